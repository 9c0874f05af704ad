import { joinHostPort } from '../model/address.ts'
import { treatmentKey } from '../model/identity.ts'
import type { DnsLeg, DnsServerAnswer, EntryPath, NodePath, PathReport, Reason, Verdict } from '../model/report.ts'
import { renamed, unnamed } from '../model/sentence.ts'
import { endpointTable } from './endpoint-table.ts'
import { findingLines } from './findings.ts'
import { headLines } from './head.ts'
import { lanesOf } from './lanes.ts'
import { kindText, modeLine, nodeNames, serverText, some, sumConnections } from './phrases.ts'
import { ruleLines } from './rule-lines.ts'
import { type Look, pad, stringWidth, wrap } from './terminal.ts'
import { connections, ofEveryone, paintVerdict, percent } from './words.ts'

/**
 * The way of a service for a person: the verdict and what it rests on first, then names, then the nodes. Nodes with the
 * same way share a line, so that those which differ stand out.
 */
export function renderTree(report: PathReport, look: Look): string {
  const table = endpointTable(report, look)
  const sections = [
    headLines(report, reasons(report, look), look),
    dns(report, look),
    ...nodes(report, look, table.draw),
    notes(report, table.leftOut, look),
    ...findings(report, look),
  ]
  const text = sections.filter((lines) => lines.length > 0).map((lines) => lines.join('\n'))
  return `${text.join('\n\n')}\n`
}

/** What is wrong, with its proof: last, where the eye rests when the text has run through. */
const findings = (report: PathReport, look: Look): string[][] =>
  report.findings.length === 0 ? [] : [[look.colour.bold('FINDINGS'), ...findingLines(report.findings, look)]]

/** What is not known, or wrong and in no finding: the same message on several nodes is told once, with their names. */
function reasons(report: PathReport, look: Look): string[] {
  const groups = new Map<string, Reason[]>()
  for (const one of report.reasons.filter(({ finding }) => finding === undefined)) {
    const key = `${one.verdict} ${unnamed(one.message, one.node)}`
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  const shown = [...groups.values()].slice(0, look.verbose ? undefined : MOST_REASONS)
  const lines = shown.flatMap((group) => reasonLines(group, look))
  const more = groups.size - shown.length
  return more > 0 ? [...lines, `  … and ${more} more, see -v`] : lines
}

const MOST_REASONS = 8
const SIGNS = { broken: '✗', degraded: '!', unknown: '?', reachable: '✓' }

function reasonLines(group: readonly Reason[], { colour, width }: Look): string[] {
  const [first] = group
  const where = [...new Set(group.flatMap(({ node }) => node ?? []))].join(', ')
  const subjects = [...new Set(group.flatMap(({ subject }) => subject ?? []))]
  const what = some(subjects)
  const nodes = new Set(group.map(({ node }) => node))
  // One node's name within the message would be wrong for the others.
  const message = nodes.size > 1 ? renamed(first!.message, first!.node ?? '', 'each of them') : first!.message
  const head = [where, what].filter(Boolean).join('  ')
  const lines = wrap(`${head ? `${head}: ` : ''}${message}`, width === null ? null : width - 2)
  return lines.map((line, i) =>
    i === 0 ? `${paintVerdict(first!.verdict, colour, SIGNS[first!.verdict])} ${line}` : `  ${line}`,
  )
}

/** Nothing is known to be answered: there is no address to give, or it is not known which. */
const recordless = ({ service: { headless, clusterIPs }, endpointsKnown, source }: PathReport): string =>
  (headless ? endpointsKnown : clusterIPs.length > 0)
    ? 'no record'
    : `an address that ${source === 'rules' ? 'is not in this text' : 'was not collected'}`

type Readiness = Pick<NonNullable<PathReport['dns']>['cache'] & object, 'ready' | 'total'>

function dns(report: PathReport, look: Look): string[] {
  const { dns: leg } = report
  if (!leg) return []
  const { colour } = look
  const [name] = leg.names
  const [first, ...others] = leg.expected
  const expected = first ? some(first.values, 4) : recordless(report)
  const asked = leg.servers === null ? colour.dim('(expected; DNS was not queried)') : `(${answersText(leg.servers)})`
  const lines = [`${name} → ${expected} ${asked}`]
  for (const { type, name: record, values } of others) {
    lines.push(type === 'SRV' && !look.verbose ? '' : `${record} → ${type} ${some(values, 4)}`)
  }
  if (look.verbose && leg.names.length > 1) lines.push(colour.dim(`also as ${leg.names.slice(1).join(', ')}`))
  const { service, cache } = leg
  const readyOf = (one: Readiness | null | undefined) =>
    one && one.ready !== null ? `${one.ready} of ${one.total} pods ready` : ''
  const queried = cache && service ? `it queries ${service.namespace}/${service.name}` : ''
  const behind = queried && readyOf(cache) ? `${readyOf(cache)}; ${queried}` : queried
  const way = leg.path ? WAYS[leg.path.verdict] : ''
  const state = [behind, readyOf(service ?? cache), way].filter(Boolean).join(', ')
  const unseen = report.source === 'rules' ? 'not in this text' : 'not collected'
  lines.push(serverText(leg) ? `resolver ${serverText(leg)}${state ? `: ${state}` : ''}` : `cluster DNS: ${unseen}`)
  const wrapped = lines.filter(Boolean).flatMap((line) => wrap(line, room(look, 5)))
  return wrapped.map((line, i) => (i === 0 ? `${colour.bold('DNS')}  ${line}` : `     ${line}`))
}

const WAYS: Readonly<Record<Verdict, string>> = {
  reachable: 'reachable from these nodes',
  degraded: 'reachable only in part',
  broken: 'not reachable',
  unknown: 'not known whether it can be reached',
}

function nodes(report: PathReport, look: Look, table: DrawEndpoints): string[][] {
  const sections = report.nodes
    // Asked for every rule, nodes are told one by one: their counters differ.
    .filter((node) => look.verbose || node.sameAs === null)
    .map((node) => {
      const same = look.verbose ? [] : report.nodes.filter((other) => other.sameAs === node.name)
      return [...nodeLines(node, look, table), ...(same.length > 0 ? sameLine(same, node, look) : [])]
    })
  return sections
}

/** Draws the endpoints of an entry, indented by two. */
type DrawEndpoints = (entry: EntryPath) => string[]

function nodeLines(node: NodePath, look: Look, table: DrawEndpoints): string[] {
  const { colour } = look
  const verdict = node.verdict === 'reachable' ? '' : `  ${paintVerdict(node.verdict, colour)}`
  const title = `${colour.bold(node.name)}  ${colour.dim(modeLine(node))}${verdict}`
  const lines = spread(title, ofEveryone(nodeCount(node), node.entries), look)
  if (node.counterNote) lines.push(...wrap(node.counterNote, room(look, 2)).map((line) => `  ${colour.dim(line)}`))
  let before: EntryPath | null = null
  for (const { entries } of lanesOf(node)) {
    // The pods of a headless service are an entry each, and told as one.
    const entry = { ...entries[0]!, endpoints: entries.flatMap((one) => one.endpoints) }
    lines.push(...entryLines(entry, before, look, table))
    if (entry.outcome === 'dnat') before = entry
  }
  // Why a node has no way at all stands in the headline.
  for (const note of node.entries.length > 0 ? node.notes : [])
    lines.push(...wrap(`assumed: ${note}`, room(look, 2)).map((line) => `  ${colour.dim(line)}`))
  return lines
}

function entryLines(entry: EntryPath, before: EntryPath | null, look: Look, table: DrawEndpoints): string[] {
  const { colour } = look
  const address = entry.kind === 'podIP' ? `:${entry.port}` : joinHostPort(entry.address, entry.port)
  const what = `${kindText(entry)} ${colour.cyan(address)}/${entry.protocol.toLowerCase()}`
  const verdict = entry.verdict === 'reachable' ? '' : `  ${paintVerdict(entry.verdict, colour)}`
  const counted = entry.kind === 'podIP' ? '' : ofEveryone(countText(entry), [entry])
  const client = colour.dim(`from ${entry.client}`)
  const whole = `  ${what} ${client}${verdict}`
  const fits = look.width === null || stringWidth(whole) + stringWidth(counted) + 2 <= look.width
  const lines = fits ? spread(whole, counted, look) : [...spread(`  ${what}${verdict}`, counted, look), `    ${client}`]
  if (entry.chains.length > 0) {
    lines.push(...wrap(entry.chains.join(' → '), room(look, 4)).map((line) => `    ${colour.dim(line)}`))
  }
  lines.push(...outcomeLines(entry, look))
  if (before && sameEndpoints(before, entry)) {
    const masquerade = entry.endpoints.some((one) => one.masquerade === 'yes') ? ', masqueraded' : ''
    const count = entry.endpoints.length
    if (count > 0) lines.push(`    ${count === 1 ? 'the same endpoint' : `the same ${count} endpoints`}${masquerade}`)
  } else lines.push(...table(entry))
  return look.verbose ? [...lines, ...ruleLines(entry, look)] : lines
}

/**
 * What the entry's rules counted: connections where they translate, packets where a filter rule stops them. Rules of
 * kube-proxy's nftables mode keep no counters: then conntrack entries stand in, and are called so.
 */
function countText({ hits, outcome, conntrack, trackedBy }: EntryPath): string {
  const stopped = outcome === 'reject' || outcome === 'drop'
  if (!hits) return conntrack === null ? 'not counted' : conntrackText(conntrack, trackedBy)
  if (stopped) return `${hits.packets} packet${hits.packets === 1 ? '' : 's'}`
  // A count that lags lacks the last connections, which a table of connections has.
  const late = hits.lags && conntrack !== null && conntrack > hits.packets
  return late
    ? `${connections(hits.packets, hits)} counted, ${conntrack} in ${trackedBy ?? 'conntrack'}`
    : connections(hits.packets, hits)
}

const conntrackText = (count: number, by?: string): string =>
  by ? `${count} in ${by}` : `${count} conntrack entr${count === 1 ? 'y' : 'ies'}`

/** The node's sum; of conntrack entries where no rule counts. */
function nodeCount({ entries, connections: counted }: NodePath): string {
  const tracked = entries.flatMap((entry) => entry.conntrack ?? [])
  if (counted !== null) return connections(counted)
  if (entries.length === 0 || entries.every(({ kind }) => kind === 'podIP')) return ''
  return tracked.length > 0 ? conntrackText(tracked.reduce((a, b) => a + b, 0)) : 'not counted'
}

function outcomeLines(entry: EntryPath, look: Look): string[] {
  // What is wrong with a translation stands in the headline's reasons and at the endpoints.
  if (entry.reason === null || entry.outcome === 'dnat') return []
  return wrap(entry.reason, room(look, 4)).map((line) => `    ${paintVerdict(entry.verdict, look.colour, line)}`)
}

function sameEndpoints(a: EntryPath, b: EntryPath): boolean {
  const key = (entry: EntryPath) =>
    JSON.stringify(entry.endpoints.map((one) => [treatmentKey(one), percent(one.probability)]))
  return key(a) === key(b)
}

function sameLine(same: readonly NodePath[], { name }: NodePath, look: Look): string[] {
  const counted = sumConnections(same)
  const figure =
    counted === null
      ? ''
      : ofEveryone(
          connections(counted),
          same.flatMap(({ entries }) => entries),
        )
  return spread(`${look.colour.bold(nodeNames(same))}: same as ${name}`, figure, look)
}

function notes(report: PathReport, leftOut: readonly string[], { colour, width, verbose }: Look): string[] {
  const shown = verbose ? report.notes : report.notes.slice(0, 6)
  const lines = shown.flatMap((note) => wrap(`note: ${note}`, width))
  const more = report.notes.length - shown.length
  const rest = more > 0 ? [`note: and ${more} more, see -v`] : []
  const narrow = leftOut.length > 0 ? wrap(`no room on ${width} columns for: ${leftOut.join(', ')}`, width) : []
  return [...lines, ...rest, ...narrow].map((line) => colour.dim(line))
}

const room = (look: Look, indent: number): number | null => (look.width === null ? null : look.width - indent)

/**
 * Text on the left and a figure at the right edge, which for an endless width is column 100; on a terminal too narrow for
 * both the figure stands below.
 */
function spread(left: string, right: string, look: Look): string[] {
  if (right === '') return [left]
  const edge = Math.min(look.width ?? 100, 120)
  const gap = edge - stringWidth(left) - stringWidth(right)
  if (gap >= 2) return [left + ' '.repeat(gap) + right]
  return look.width === null ? [`${left}  ${right}`] : [left, pad(right, edge, 'left')]
}

/** `2 of 2 pods answer so`, and how the first that does not answers instead, or why it could not be asked. */
function answersText(servers: NonNullable<DnsLeg['servers']>): string {
  const pods = [...new Set(servers.map(({ pod }) => pod))]
  const right = pods.filter((pod) => servers.every((one) => one.pod !== pod || one.right))
  const other = servers.find((one) => one.right === false) ?? servers.find((one) => !one.right)
  const instead = other ? `; ${other.pod}: ${other.error ?? `${other.type} ${answerText(other)}`}` : ''
  return `${right.length} of ${pods.length} pods answer so${instead}`
}

const answerText = ({ rcode, values }: DnsServerAnswer): string =>
  rcode === 'NOERROR' ? values.join(', ') || 'nothing' : String(rcode)
