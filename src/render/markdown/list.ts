import type { ServiceRow } from '../../model/report.ts'
import { cellsOf, reasonText, summary, TITLES } from '../list.ts'
import { code, prose, table } from './escape.ts'
import { page } from './page.ts'

/** The list of services as a table, with what most of them suffer from. */
export function renderListMarkdown(rows: readonly ServiceRow[]): string {
  const titles = ['service', ...TITLES.slice(2).map((title) => title.toLowerCase()), 'verdict', 'reason']
  const cells = rows.map((row) => [
    code(`${row.namespace}/${row.name}`),
    ...cellsOf(row).slice(2).map(prose),
    row.verdict === 'reachable' ? row.verdict : `**${row.verdict}**`,
    prose(reasonText(row)),
  ])
  return page([...summary(rows).map((text) => [prose(text)]), rows.length > 0 ? table(titles, cells) : []])
}
