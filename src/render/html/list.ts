import type { ServiceRow } from '../../model/report.ts'
import { cellsOf, reasonText, summary, TITLES } from '../list.ts'
import { html } from './html.ts'
import { page } from './page.ts'
import { tableHtml } from './table.ts'

/** The list of services as one file for a browser. */
export function renderListHtml(rows: readonly ServiceRow[]): string {
  const titles = ['verdict', ...TITLES.map((title) => title.toLowerCase())].map((title) => ({ title }))
  const table = tableHtml(
    'Services',
    [...titles, { title: 'reason', words: true as const }],
    rows.map((row) => ({
      cells: [html`<span class="badge ${row.verdict}">${row.verdict}</span>`, ...cellsOf(row), reasonText(row)],
    })),
  )
  return page({
    title: 'Services',
    header: html`<h1>Services</h1>${summary(rows).map((text) => html`<p class="impact">${text}</p>`)}`,
    sections: [{ id: 'services', title: 'All services', body: table }],
  })
}
