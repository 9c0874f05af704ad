import { joinHostPort } from '../../model/address.ts'
import type { ProbedEndpoint, ProbedEntry, ProbedPlace, ProbeOutcome, ProbeReport } from '../../model/probe/report.ts'
import { findingHeads, findingLines } from '../findings.ts'
import { timeText as momentText } from '../head.ts'
import { type Column, drawTable, layOut } from '../table.ts'
import { type Look, wrap } from '../terminal.ts'
import { paintVerdict, percent, STATE_WORDS } from '../words.ts'
import { traceLines } from './kernel-trace.ts'
import {
  answerTexts,
  chanceText,
  countedTexts,
  countText,
  deathText,
  entryText,
  headlineOf,
  placeText,
  timeText,
} from './words.ts'

/** A probe for a person: what came of it first, then place by place what was predicted and what was seen. */
export function renderProbeTree(report: ProbeReport, look: Look): string {
  const { service, findings, notes, places } = report
  const { colour } = look
  const name = `${service.namespace}/${service.name}`
  const wrong = findings.filter(({ severity }) => severity !== 'info')
  const parts = [
    [
      ...wrap(`${name}: ${headlineOf(report)}`, look.width).map((line) => paint(report.outcome, line, look)),
      `the walk says ${paintVerdict(report.predicted, colour)}`,
      ...(look.verbose ? [] : findingHeads(findings, look)),
      ...[seenText(report), ...notes].flatMap((one) => wrap(one, look.width)).map((line) => colour.dim(line)),
    ],
    ...places.map((place) => placeLines(place, look)),
    ...(look.verbose && wrong.length > 0 ? [[colour.bold('FINDINGS'), ...findingLines(wrong, look)]] : []),
  ]
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`
}

const seenText = ({ origin, observedAt }: ProbeReport): string =>
  [`${origin}, probed`, observedAt === null ? '' : momentText(observedAt)].filter(Boolean).join(' ')

function placeLines(place: ProbedPlace, look: Look): string[] {
  const { colour } = look
  const title = `${colour.bold(`from ${placeText(place)}`)}${place.tool ? colour.dim(`  by ${place.tool}`) : ''}`
  if (place.failure !== null) return [title, ...signed('?', `no connection was made: ${place.failure}`, look)]
  return [title, ...place.entries.flatMap((entry) => entryLines(entry, place, look))]
}

function entryLines(entry: ProbedEntry, place: ProbedPlace, look: Look): string[] {
  const { colour } = look
  const { failed, unknown, predicted, chance } = entry
  const sign = failed > 0 ? '✗' : unknown > 0 ? '?' : '✓'
  const at = entry.node === place.node ? '' : ` at ${entry.node}`
  const facts = [
    `${entryText(entry)}${at}`,
    countText(entry),
    ...countedTexts(entry),
    ...(entry.median === null ? [] : [`median ${timeText(entry.median)}, worst ${timeText(entry.worst)}`]),
    `predicted ${predicted.verdict}`,
    ...answerTexts(entry),
    ...(chance === null ? [] : [chanceText(chance)]),
  ]
  // One endpoint, or a port of a node that leads where the others lead: its line says it all.
  const isTold = entry.endpoints.length < 2 && failed === 0
  const shown = look.verbose || failed > 0 || entry.kind === 'clusterIP' ? !isTold || look.verbose : false
  return [
    ...signed(sign, facts.join('  '), look),
    ...(shown ? endpointLines(entry.endpoints, look) : []),
    ...entry.deaths.flatMap((one) => [
      ...indented(signed('✗', deathText(one), look)),
      ...(look.verbose
        ? one.evidence.map(({ node, command, text }) => colour.dim(`      ${node}  ${command}  ${text}`))
        : []),
    ]),
    ...(entry.kernelTrace ? traceLines(entry.kernelTrace, look) : []),
    ...entry.unknowns.flatMap((one) => indented(signed('?', one, look))),
  ]
}

const COLUMNS: readonly Column<ProbedEndpoint>[] = [
  { title: 'expected', align: 'right', rank: 2, cell: ({ due }) => (due === null ? '' : percent(due)) },
  { title: 'endpoint', align: 'left', rank: 1, cell: ({ address, port }) => joinHostPort(address, port) },
  { title: 'pod', align: 'left', rank: 6, cell: ({ pod }) => pod?.name ?? '' },
  { title: 'node', align: 'left', rank: 4, cell: ({ node }) => node ?? '' },
  { title: 'got', align: 'right', rank: 3, cell: ({ led }) => String(led) },
  { title: 'through', align: 'right', rank: 3, cell: ({ through }) => String(through) },
  {
    title: 'counted',
    align: 'right',
    rank: 7,
    cell: ({ counted }) => (counted ? `+${counted.after - counted.before}` : ''),
  },
  { title: 'median', align: 'right', rank: 5, cell: ({ median }) => timeText(median) },
  { title: 'worst', align: 'right', rank: 5, cell: ({ worst }) => timeText(worst) },
  { title: 'state', align: 'left', rank: 3, cell: ({ state }) => (state === 'ready' ? '' : STATE_WORDS[state]) },
]

/** Before `-v` no more endpoints than these: those with connections first. */
const MOST_ENDPOINTS = 12

function endpointLines(endpoints: readonly ProbedEndpoint[], look: Look): string[] {
  const sorted = endpoints.toSorted((a, b) => b.led - a.led)
  const shown = look.verbose || endpoints.length <= MOST_ENDPOINTS ? endpoints : sorted.slice(0, MOST_ENDPOINTS)
  const rest = endpoints.length - shown.length
  if (shown.length === 0) return []
  const layout = layOut(COLUMNS, shown, look.width === null ? null : look.width - 6)
  return [
    ...drawTable(layout, shown).map((line) => `      ${line}`),
    ...(rest > 0 ? [`      … and ${rest} more, see -v`] : []),
  ]
}

/** A line behind its sign, and below it what did not fit. */
function signed(sign: '✗' | '?' | '✓', text: string, { colour, width }: Look): string[] {
  const tint = { '✗': colour.red, '?': colour.cyan, '✓': colour.green }[sign]
  return wrap(text, width === null ? null : width - 6).map((line, i) => `  ${i === 0 ? tint(sign) : ' '} ${line}`)
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`)

const paint = (outcome: ProbeOutcome, text: string, { colour }: Look): string =>
  ({ passed: colour.green, failed: colour.red, unknown: colour.cyan })[outcome].bold(text)
