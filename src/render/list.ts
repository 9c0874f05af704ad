import type { ServiceList, ServiceRow, Verdict } from '../model/report.ts'
import { seenText } from './head.ts'
import { clip, type Look, pad, stringWidth, wrap } from './terminal.ts'
import { paintVerdict } from './words.ts'

/** The list of services as kubectl prints lists, one line each with its worst fault; a narrow terminal loses other columns first. The last lines count. */
export function renderServiceList(list: ServiceList, look: Look): string {
  const rows = list.items
  const table = rows.map(cellsOf)
  const reason = Math.min(
    REASON_COLUMNS,
    rows.reduce((most, row) => Math.max(most, stringWidth(reasonText(row))), 0),
  )
  const keep = columnsFor([TITLES, ...table], look.width, reason)
  const widths = keep.map((i) => Math.max(...[TITLES, ...table].map((cells) => stringWidth(cells[i]!))))
  const line = (cells: readonly string[]) => keep.map((i, at) => pad(cells[i]!, widths[at]!)).join('   ')
  const lines = rows.map((row, i) => {
    const start = `${line(table[i]!)}   ${paintVerdict(row.verdict, look.colour, pad(row.verdict, 'reachable'.length))}`
    // A log has no width: what is cut there is lost.
    const space = look.width === null ? Number.POSITIVE_INFINITY : look.width - stringWidth(start) - 3
    const why = reasonText(row)
    return why && space > 15 ? `${start}   ${look.colour.dim(clip(why, space))}` : start.trimEnd()
  })
  const head = look.colour.bold(`${line(TITLES)}   VERDICT${reason > 0 ? '     REASON' : ''}`)
  const nodes = { length: rows.reduce((most, row) => Math.max(most, row.nodes), 0) }
  const last = [
    ...wrap(seenText({ ...list, nodes }), look.width).map((text) => look.colour.dim(text)),
    ...summary(rows).flatMap((text) => wrap(text, look.width)),
  ]
  return `${[head, ...lines, '', ...last].join('\n')}\n`
}

export const TITLES = ['NAMESPACE', 'NAME', 'TYPE', 'ENTRIES', 'ENDPOINTS', 'NODES', 'CONNECTIONS'] as const

/** What stands below them. */
export function cellsOf(row: ServiceRow): string[] {
  const [first, second, ...others] = row.entries
  return [
    row.namespace,
    row.name,
    row.type,
    [first, second, others.length > 0 ? `+${others.length}` : ''].filter(Boolean).join(' ') || '-',
    endpointsText(row),
    row.nodes === 0 ? '-' : `${row.agreeing}/${row.nodes}`,
    row.connections === null ? '-' : String(row.connections),
  ]
}

/** What a reason needs at least to say something. */
const REASON_COLUMNS = 40

/** The worst that is known of it; '' where all is well. */
export const reasonText = ({ finding, reason }: ServiceRow): string => [finding, reason].filter(Boolean).join(' ')

/** `18 services: 2 broken, 12 degraded, 4 reachable`, and what most of them suffer from. */
export function summary(rows: readonly ServiceRow[]): string[] {
  const counts = VERDICTS.flatMap((verdict) => {
    const count = rows.filter((row) => row.verdict === verdict).length
    return count > 0 ? [`${count} ${verdict}`] : []
  })
  const total = `${rows.length} service${rows.length === 1 ? '' : 's'}: ${counts.join(', ')}`
  const causes = [...Map.groupBy(rows, ({ finding }) => finding)].filter(([code]) => code !== undefined)
  const [most] = causes.sort(([, a], [, b]) => b.length - a.length)
  if (!most || most[1].length < 2) return [total]
  const [code, all] = most
  return [total, `most frequent cause: ${code}, ${all.length} services (kubectl svcpath explain ${code})`]
}

const VERDICTS: readonly Verdict[] = ['broken', 'degraded', 'unknown', 'reachable']

/** `2/3`; `?/3` where only the rules tell of them, and `?` where nothing does. */
function endpointsText({ ready, endpoints }: ServiceRow): string {
  if (ready !== null) return `${ready}/${endpoints}`
  return endpoints === 0 ? '?' : `?/${endpoints}`
}

/** Which columns fit beside the verdict and a reason: CONNECTIONS, then TYPE, ENTRIES, NODES and ENDPOINTS are left away. */
function columnsFor(table: readonly (readonly string[])[], width: number | null, reason: number): number[] {
  const widths = table[0]!.map((_, i) => Math.max(...table.map((cells) => stringWidth(cells[i] ?? ''))))
  let keep = [0, 1, 2, 3, 4, 5, 6]
  for (const shed of [6, 2, 3, 5, 4]) {
    const total = keep.reduce((sum, i) => sum + widths[i]! + 3, 12 + reason)
    if (width === null || total <= width) return keep
    keep = keep.filter((i) => i !== shed)
  }
  return keep
}
