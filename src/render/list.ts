import type { ServiceRow } from '../model/report.ts'
import { clip, type Look, pad, stringWidth } from './terminal.ts'
import { paintVerdict } from './words.ts'

/** The list of services as kubectl prints lists, one line each; a narrow terminal loses the reason first, then the types. */
export function renderServiceList(rows: readonly ServiceRow[], look: Look): string {
  const titles = ['NAMESPACE', 'NAME', 'TYPE', 'ENTRIES', 'ENDPOINTS', 'NODES', 'CONNECTIONS', 'VERDICT']
  const table = rows.map((row) => [
    row.namespace,
    row.name,
    row.type,
    row.entries.length > 2
      ? `${row.entries.slice(0, 2).join(' ')} +${row.entries.length - 2}`
      : row.entries.join(' ') || '-',
    endpointsText(row),
    row.nodes === 0 ? '-' : `${row.agreeing}/${row.nodes}`,
    row.connections === null ? '-' : String(row.connections),
  ])
  const keep = columnsFor([titles, ...table], look.width)
  const widths = keep.map((i) => Math.max(...[titles, ...table].map((cells) => stringWidth(cells[i]!))))
  const line = (cells: readonly string[]) => keep.map((i, at) => pad(cells[i]!, widths[at]!)).join('   ')
  const lines = rows.map((row, i) => {
    const start = `${line(table[i]!)}   ${paintVerdict(row.verdict, look.colour)}`
    // A log has no width: what is cut there is lost.
    const space = look.width === null ? Number.POSITIVE_INFINITY : look.width - stringWidth(start) - 3
    return row.reason && space > 15 ? `${start}   ${look.colour.dim(clip(row.reason, space))}` : start
  })
  return `${[look.colour.bold(`${line(titles)}   VERDICT`), ...lines].join('\n')}\n`
}

/** `2/3`; `?/3` where only the rules tell of them, and `?` where nothing does. */
function endpointsText({ ready, endpoints }: ServiceRow): string {
  if (ready !== null) return `${ready}/${endpoints}`
  return endpoints === 0 ? '?' : `?/${endpoints}`
}

/** Which columns fit: TYPE, then CONNECTIONS, then ENTRIES, then NODES are left away. */
function columnsFor(table: readonly (readonly string[])[], width: number | null): number[] {
  const widths = table[0]!.slice(0, -1).map((_, i) => Math.max(...table.map((cells) => stringWidth(cells[i] ?? ''))))
  let keep = [0, 1, 2, 3, 4, 5, 6]
  for (const shed of [2, 6, 3, 5]) {
    const total = keep.reduce((sum, i) => sum + widths[i]! + 3, 10)
    if (width === null || total <= width) return keep
    keep = keep.filter((i) => i !== shed)
  }
  return keep
}
