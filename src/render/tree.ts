import { joinHostPort } from '../model/address.ts'
import type { EntryPath, NodePath, PathReport } from '../model/report.ts'
import { endpointTable } from './endpoint-table.ts'
import { findingLines } from './findings.ts'
import { headLines } from './head.ts'
import { lanesOf } from './lanes.ts'
import { kindText, modeLine, nodeNames, sumConnections } from './phrases.ts'
import { ruleLines } from './rule-lines.ts'
import { type Look, pad, stringWidth, wrap } from './terminal.ts'
import { countText, nodeCount, sameEndpoints } from './texts/counts.ts'
import { dnsTexts } from './texts/dns.ts'
import { type ReasonText, reasonTexts } from './texts/reasons.ts'
import { connections, ofEveryone, paintVerdict } from './words.ts'

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

/** What is not known, or wrong and in no finding. */
function reasons(report: PathReport, look: Look): string[] {
  const all = reasonTexts(report)
  const shown = look.verbose ? all : all.slice(0, MOST_REASONS)
  const more = all.length - shown.length
  const lines = shown.flatMap((one) => reasonLines(one, look))
  return more > 0 ? [...lines, `  … and ${more} more, see -v`] : lines
}

const MOST_REASONS = 8
const SIGNS = { broken: '✗', degraded: '!', unknown: '?', reachable: '✓' }

function reasonLines({ verdict, where, message }: ReasonText, { colour, width }: Look): string[] {
  const lines = wrap(`${where ? `${where}: ` : ''}${message}`, width === null ? null : width - 2)
  return lines.map((line, i) => (i === 0 ? `${paintVerdict(verdict, colour, SIGNS[verdict])} ${line}` : `  ${line}`))
}

function dns(report: PathReport, look: Look): string[] {
  const { colour } = look
  const lines = dnsTexts(report, look.verbose, colour.dim).flatMap((line) => wrap(line, room(look, 5)))
  return lines.map((line, i) => (i === 0 ? `${colour.bold('DNS')}  ${line}` : `     ${line}`))
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

function outcomeLines(entry: EntryPath, look: Look): string[] {
  // What is wrong with a translation stands in the headline's reasons and at the endpoints.
  if (entry.reason === null || entry.outcome === 'dnat') return []
  return wrap(entry.reason, room(look, 4)).map((line) => `    ${paintVerdict(entry.verdict, look.colour, line)}`)
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
