import type { ServiceRow } from '../../model/report.ts'
import { cellsOf, reasonText, summary, TITLES } from '../list.ts'
import { html } from './html.ts'
import { page } from './page.ts'
import { tableHtml } from './table.ts'

/** The list of services as one file for a browser. */
export function renderListHtml(rows: readonly ServiceRow[]): string {
  const [namespace, name, type, entries, ...counts] = TITLES.map((title) => ({ title: title.toLowerCase() }))
  const table = tableHtml(
    'Services',
    [{ title: 'verdict' }, namespace!, name!, { title: 'reason', words: true }, ...counts, type!, entries!],
    rows.map((row) => {
      const [ofNamespace, ofName, ofType, itsEntries, ...figures] = cellsOf(row)
      const verdict = html`<span class="badge ${row.verdict}">${row.verdict}</span>`
      return { cells: [verdict, ofNamespace, ofName, reasonText(row), ...figures, ofType, itsEntries] }
    }),
  )
  return page({
    title: 'Services',
    header: html`<h1>Services</h1>${summary(rows).map((text) => html`<p class="impact">${text}</p>`)}`,
    sections: [{ id: 'services', title: 'All services', body: table }],
  })
}
