import { type ConntrackLine, type EndpointPath, type EntryPath, isFaulty, type NodePath } from '../../model/report.ts'
import { endpointName } from '../words.ts'
import { type Html, html } from './html.ts'
import { LEFT_OUT, type Room } from './room.ts'
import { tableHtml } from './table.ts'

/** The conntrack entries of the service on a node, folded; of many the first ones, with how many are left out. Null where none were seen. */
export function conntrackHtml(node: NodePath, verbose: boolean, room: Room): Html | null {
  const tracked = trackedOn(node)
  const rows = rowsOf(tracked)
  if (rows.length === 0) return null
  const shown = verbose ? rows : rows.slice(0, MOST_LINES)
  // A trace keeps the first entries of each endpoint, and how many there were.
  const total = Math.max(rows.length, countOf(tracked))
  const command = rows[0]!.line.elsewhere?.command ?? 'conntrack -L'
  const more = total - shown.length
  const table = tableHtml(
    `Conntrack entries on ${node.name}`,
    [
      ...[{ title: 'client' }, { title: 'endpoint' }, { title: 'protocol' }, { title: 'state' }],
      ...[{ title: 'timeout', align: 'right' as const }, { title: 'entry', words: true as const }, { title: 'line' }],
    ],
    shown.map(({ line, endpoint }) => ({
      cells: [
        ...[line.client, endpointName(endpoint), line.protocol, line.state ?? ''],
        ...[line.timeout === null ? '' : `${line.timeout} s`, html`<code>${line.text}</code>`, placeOf(line)],
      ],
    })),
  )
  const rest = more > 0 && html`<p class="dim">${more} more are left out: ${command} on ${node.name} shows all</p>`
  return html`<details class="conntrack"><summary>${total} conntrack ${total === 1 ? 'entry' : 'entries'}</summary>
${room.take(html`${table}${rest}`) ?? LEFT_OUT}
</details>`
}

const MOST_LINES = 20

interface Tracked {
  entry: EntryPath
  endpoint: EndpointPath
}

/** Each endpoint of each address once: several clients share its connections. */
function trackedOn({ entries }: NodePath): Tracked[] {
  const all = entries.flatMap((entry) => entry.endpoints.map((endpoint) => ({ entry, endpoint })))
  const keyOf = ({ entry: { address, port, protocol }, endpoint }: Tracked) =>
    [address, port, protocol, endpointName(endpoint)].join(' ')
  return [...new Map(all.map((one) => [keyOf(one), one])).values()]
}

interface LineRow {
  line: ConntrackLine
  endpoint: EndpointPath
}

/** Those of endpoints at fault come first, so that they are not among what is left out. */
function rowsOf(tracked: readonly Tracked[]): LineRow[] {
  const worstFirst = tracked.toSorted((a, b) => Number(isFaulty(b.endpoint)) - Number(isFaulty(a.endpoint)))
  const all = worstFirst.flatMap(({ endpoint }) => endpoint.conntrack.map((line) => ({ line, endpoint })))
  return [...new Map(all.map((one) => [`${placeOf(one.line)} ${one.line.text}`, one])).values()]
}

const countOf = (tracked: readonly Tracked[]): number =>
  tracked.reduce((sum, { endpoint }) => sum + (endpoint.connections ?? 0), 0)

const placeOf = ({ elsewhere, line }: ConntrackLine): string => (elsewhere ? `${elsewhere.file}:${line}` : String(line))
