/** The screen of a watch: the verdict, each endpoint with what every node sends it, the nodes, the findings, and what happened last. */

import type { WatchEvent, WatchedEndpointView, WatchedNodeView, WatchView } from '../../model/live/watch.ts'
import { printable } from '../../model/printable.ts'
import type { EndpointState } from '../../model/report.ts'
import { impactText } from '../impact.ts'
import { serviceKind } from '../phrases.ts'
import { forPeople } from '../screen/people.ts'
import { type Column, drawTable, layOut } from '../table.ts'
import { clip, type Look, wrap } from '../terminal.ts'
import { endpointsText, paintVerdict, STATE_WORDS } from '../words.ts'
import { clockText, eventLine } from './lines.ts'

/** So many nodes have a column of their own. */
const MOST_COLUMNS = 6

/** Never more lines than `height`: what does not fit is cut from below, the latest events first kept short. */
export function screenLines(
  view: WatchView,
  events: readonly WatchEvent[],
  notes: readonly string[],
  look: Look & { height: number },
): string[] {
  const width = look.width ?? 80
  const top = [...headline(view, look, width), '', ...endpointLines(view, look, width), '', ...nodeLines(view, width)]
  const findings = findingLines(view, look, width)
  const middle = findings.length > 0 ? ['', ...findings] : []
  const room = look.height - top.length - middle.length - notes.length - 2
  const last = room > 0 ? events.slice(-room).map((one) => clip(eventLine(one), width)) : []
  const bottom = last.length > 0 ? ['', ...last.map((line) => look.colour.dim(line))] : []
  const warned = notes.map((note) => look.colour.yellow(clip(printable(note), width)))
  return [...top, ...middle, ...bottom, ...warned]
    .slice(0, Math.max(1, look.height - 1))
    .map((line) => forPeople(line, look))
}

function headline(view: WatchView, { colour }: Look, width: number): string[] {
  const { report, verdict, settling } = view
  const impact = printable(impactText(report))
  const words = [
    printable(view.service),
    `watching for ${durationText(view.seconds)}`,
    `${view.connections} ${view.connections === 1 ? 'connection' : 'connections'}, ${view.failures} failed`,
    settling ? 'nodes and API differ, looking again' : '',
  ].filter(Boolean)
  const label = verdict.toUpperCase()
  const facts = [serviceKind(report.service), ...report.service.clusterIPs, endpointsText(report)].filter(Boolean)
  return [
    `${paintVerdict(verdict, colour, label)}  ${clip(words.join(' · '), Math.max(1, width - label.length - 2))}`,
    ...(impact === '' ? [] : wrap(impact, width)),
    colour.dim(clip(printable(facts.join(' · ')), width)),
  ]
}

function endpointLines({ endpoints, nodes }: WatchView, { colour }: Look, width: number): string[] {
  if (endpoints.length === 0) return ['no endpoints']
  const named = nodes.length <= MOST_COLUMNS ? nodes : []
  const total = (row: WatchedEndpointView, of: 'rate' | 'total') =>
    [...row.nodes.values()].reduce((sum, one) => sum + one[of], 0)
  const columns: Column<WatchedEndpointView>[] = [
    { title: 'ENDPOINT', align: 'left', rank: 1, cell: ({ place }) => place },
    { title: 'POD', align: 'left', rank: 6, cell: ({ pod }) => pod ?? '' },
    { title: 'NODE', align: 'left', rank: 5, cell: ({ node }) => node ?? '' },
    { title: 'STATE', align: 'left', rank: 2, cell: ({ state }) => STATE_WORDS[state] || 'not known' },
    ...named.map(
      ({ name }): Column<WatchedEndpointView> => ({
        ...{ title: printable(`FROM ${name}`), align: 'right', rank: 7 },
        cell: (row) => rateText(row.nodes.get(name)?.rate ?? 0),
      }),
    ),
    { title: 'NEW/S', align: 'right', rank: 3, cell: (row) => rateText(total(row, 'rate')) },
    { title: 'TOTAL', align: 'right', rank: 4, cell: (row) => String(total(row, 'total')) },
  ]
  // The counts of some nodes would look like those of all.
  const isCut = layOut(columns, endpoints, width).leftOut.some((title) => title.startsWith('FROM '))
  const fitting = isCut ? columns.filter(({ title }) => !title.startsWith('FROM ')) : columns
  const [title = '', ...rows] = drawTable(layOut(fitting, endpoints, width), endpoints)
  return [colour.dim(title), ...rows.map((row, i) => paintState(endpoints[i]?.state ?? 'unknown', row, colour))]
}

const paintState = (state: EndpointState, row: string, colour: Look['colour']): string =>
  state === 'ready' ? row : state === 'stale' || state === 'missing' ? colour.red(row) : colour.yellow(row)

/** `0`, `0.4`, `12`. */
const rateText = (rate: number): string => (rate === 0 ? '0' : rate < 10 ? rate.toFixed(1) : String(Math.round(rate)))

function nodeLines({ nodes }: WatchView, width: number): string[] {
  const shown = nodes.length > MOST_COLUMNS ? nodes.filter((one) => !isWell(one)) : nodes
  const rest = nodes.length - shown.length
  const lines = shown.map((node) => clip(printable(nodeText(node)), width))
  return rest > 0 ? [...lines, `${rest} ${rest === 1 ? 'node' : 'nodes'} reachable and watched`] : lines
}

const isWell = ({ open, verdict, by }: WatchedNodeView): boolean => open && verdict === 'reachable' && by !== null

function nodeText({ name, verdict, open, since, reason, by, note, ages, failures }: WatchedNodeView): string {
  const state = verdict ?? 'not seen'
  if (!open)
    return reason === null
      ? `${name}  ${state} · connecting`
      : `${name}  ${state} · no data since ${clockText(since)}: ${reason}`
  const source = by === null ? 'connections are not counted' : `connections by ${SOURCES[by]}`
  const failed = failures > 0 ? ` · ${failures} failed` : ''
  return `${name}  ${state} · ${source}${note === null ? '' : ` (${note})`}${failed}${agesText(ages)}`
}

/** What was read a moment ago is not worth a word. */
const FRESH_SECONDS = 3

function agesText(ages: WatchedNodeView['ages']): string {
  if (ages === null) return ''
  const parts = [
    ['its chains', ages.own],
    ['rules around its chains', ages.near],
    ['all rules', ages.all],
  ] as const
  const old = parts.filter(([, age]) => age > FRESH_SECONDS).map(([what, age]) => `${what} ${age} s ago`)
  return old.length === 0 ? '' : ` · last read: ${old.join(', ')}`
}

const SOURCES = { conntrack: 'conntrack events', rules: 'rule counters', ipvs: 'IPVS statistics' }

function findingLines({ findings }: WatchView, { colour }: Look, width: number): string[] {
  return findings.flatMap(({ finding: { code, severity, node, message, fix }, since }) => {
    const where = node === null ? '' : ` on ${node}`
    const [first = '', ...more] = wrap(printable(`${clockText(since)}  ${code}${where}: ${message}`), width)
    const paint = severity === 'error' ? colour.red : colour.yellow
    const command = fix === null ? [] : [clip(printable(`          fix: ${fix.split('\n')[0]}`), width)]
    return [paint(first), ...more.map((line) => paint(line)), ...command]
  })
}

/** `0:42`, `12:03`, `1:02:03`. */
function durationText(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, '0')
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60]
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`
}
