import { joinHostPort } from '../model/address.ts'
import { printable } from '../model/printable.ts'
import {
  type DnsLeg,
  type EndpointPath,
  type EntryPath,
  isFaulty,
  type NodePath,
  type PathReport,
  type Verdict,
} from '../model/report.ts'
import { findingLines } from './findings.ts'
import { headLines } from './head.ts'
import { type Lane, lanesOf } from './lanes.ts'
import { kindText, modeLine, nodeNames, serverText, some, sumConnections, trackedText } from './phrases.ts'
import { type Column, drawTable, type Layout, layOut } from './table.ts'
import { type Look, stringWidth, wrap } from './terminal.ts'
import { CONNTRACK, type ConntrackRow, ENDPOINTS, type EndpointRow, endpointRows } from './wide-columns.ts'
import { connections, endpointName, namesClient, ofEveryone, paintVerdict } from './words.ts'

/**
 * All that is known of a service's way, as tables: for each node and entry the endpoints, then the conntrack entries that
 * lead to them. On a narrow terminal columns are left out, and the last line names them; a pipe gets every one.
 */
export function renderWide(report: PathReport, look: Look): string {
  const nodes = report.nodes.filter((node) => node.sameAs === null)
  const rows = nodes.flatMap(lanesOf).flatMap(endpointRows)
  const records = report.dns?.expected ?? []
  const tables: Tables = {
    dns: layOut(report.dns ? dnsColumns(report.dns) : [], records, look.width),
    endpoints: layOut(ENDPOINTS, rows, look.width),
    conntrack: layOut(
      CONNTRACK,
      rows.flatMap((row) => shownConntrack(row, look)),
      look.width,
    ),
  }
  const sections = [
    summaryLines(report, look),
    dnsLines(report.dns, tables, look),
    ...nodes.flatMap((node) => nodeSections(node, report.nodes, tables, look)),
    noteLines(report, tables, look),
    report.findings.length === 0 ? [] : [look.colour.bold('FINDINGS'), ...findingLines(report.findings, look)],
  ]
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

interface Tables {
  dns: Layout<DnsRecord>
  endpoints: Layout<EndpointRow>
  conntrack: Layout<ConntrackRow>
}

/** The verdict, and why where that concerns no single node; the rest stands with its entry. */
function summaryLines(report: PathReport, look: Look): string[] {
  const general = report.reasons.filter(({ node, finding }) => node === null && finding === undefined)
  return headLines(
    report,
    general.flatMap((one) => say(one.message, look, one.verdict)),
    look,
  )
}

/** Pieces of plain text, each in its colour, side by side in as few lines as they fit into. */
function pack({ width }: Look, pieces: readonly (readonly [string, (text: string) => string])[]): string[] {
  const lines: string[] = []
  let used = 0
  for (const [text, paint] of pieces.filter(([piece]) => piece !== '')) {
    for (const part of wrap(printable(text), width)) {
      const columns = stringWidth(part)
      const fits = lines.length > 0 && (width === null || used + 2 + columns <= width)
      used = fits ? used + 2 + columns : columns
      if (fits) lines[lines.length - 1] += `  ${paint(part)}`
      else lines.push(paint(part))
    }
  }
  return lines
}

/** Plain text wrapped to the width, in the colour of a verdict; dim without one. */
function say(text: string, { colour, width }: Look, verdict: Verdict | null = null): string[] {
  if (text === '') return []
  return wrap(printable(text), width).map((line) =>
    verdict === null ? colour.dim(line) : paintVerdict(verdict, colour, line),
  )
}

function dnsLines(dns: DnsLeg | null, tables: Tables, look: Look): string[] {
  if (!dns || dns.expected.length === 0) return []
  const answered = dns.answers === null ? [] : say(`answered: ${dns.answers.join(', ') || 'nothing'}`, look)
  return [...paintRows(drawTable(tables.dns, dns.expected), look), ...answered]
}

type DnsRecord = DnsLeg['expected'][number]

function dnsColumns(dns: DnsLeg): Column<DnsRecord>[] {
  const asked = serverText(dns)
  return [
    { title: 'DNS NAME', align: 'left', rank: 1, cell: ({ name }) => name },
    { title: 'RECORD', align: 'left', rank: 3, cell: ({ type }) => type },
    { title: 'EXPECTED VALUE', align: 'left', rank: 2, cell: ({ values }) => some(values) },
    { title: 'RESOLVER', align: 'left', rank: 4, cell: () => asked },
  ]
}

/** The headings bold, a row red where it is at fault. */
function paintRows(
  lines: readonly string[],
  { colour }: Look,
  isBad: (row: number) => boolean = () => false,
): string[] {
  return lines.map((line, i) => (i === 0 ? colour.bold(line) : isBad(i - 1) ? colour.red(line) : line))
}

/** A node with its entries, and the nodes that do as it does. */
function nodeSections(node: NodePath, all: readonly NodePath[], tables: Tables, look: Look): string[][] {
  const { colour } = look
  const title = pack(look, [
    [node.name, colour.bold],
    [modeLine(node), String],
    [node.verdict === 'reachable' ? '' : node.verdict, (text) => paintVerdict(node.verdict, colour, text)],
    [node.entries.length > 0 ? ofEveryone(connections(node.connections), node.entries) : '', String],
  ])
  const notes = node.notes.flatMap((note) => say(node.entries.length > 0 ? `assumed: ${note}` : note, look))
  const lanes = lanesOf(node).flatMap((lane) => laneSections(lane, tables, look))
  return [[...title, ...say(node.counterNote ?? '', look), ...notes], ...lanes, sameLines(node, all, look)]
}

function sameLines({ name }: NodePath, all: readonly NodePath[], look: Look): string[] {
  const same = all.filter(({ sameAs }) => sameAs === name)
  if (same.length === 0) return []
  const sum = sumConnections(same)
  return pack(look, [
    [`${nodeNames(same)}: same as ${name}`, look.colour.bold],
    [
      sum === null
        ? ''
        : ofEveryone(
            connections(sum),
            same.flatMap(({ entries }) => entries),
          ),
      String,
    ],
  ])
}

function laneSections(lane: Lane, tables: Tables, look: Look): string[][] {
  const [entry] = lane.entries as [EntryPath]
  const rows = endpointRows(lane)
  const address = entry.kind === 'podIP' ? `:${entry.port}` : joinHostPort(entry.address, entry.port)
  const counted = entry.kind === 'podIP' ? '' : connections(entry.hits?.packets ?? null, entry.hits)
  const title = pack(look, [
    [`${kindText(entry)} ${address}/${entry.protocol.toLowerCase()}`, look.colour.cyan],
    [`from ${entry.client}`, String],
    [ofEveryone(counted, lane.entries), String],
    [ofEveryone(trackedText(trackedIn(lane), entry.trackedBy), lane.entries), String],
  ])
  const head = [...title, ...say(entry.chains.join(' → '), look), ...verdictLines(lane, look)]
  const endpoints = rows.length > 0 ? drawTable(tables.endpoints, rows) : []
  const table = paintRows(endpoints, look, (row) => isFaulty(rows[row]!.endpoint))
  return [[...head, ...table, ...remarks(lane, rows, look)], conntrackLines(rows, tables, look)]
}

function trackedIn({ entries }: Lane): number | null {
  const counts = entries.flatMap(({ conntrack }) => conntrack ?? [])
  return counts.length > 0 ? counts.reduce((sum, one) => sum + one, 0) : null
}

/** Why an entry is not reachable, and what its outcome depends on. */
function verdictLines({ entries }: Lane, look: Look): string[] {
  const bad = entries.filter(({ verdict }) => verdict !== 'reachable')
  const reasons = new Map(bad.map(({ verdict, reason }) => [`${verdict}: ${reason ?? 'no reason is known'}`, verdict]))
  const conditions = new Set(entries.flatMap((entry) => entry.conditions.filter((one) => one !== entry.reason)))
  return [
    ...[...reasons].flatMap(([text, verdict]) => say(text, look, verdict)),
    ...[...conditions].flatMap((one) => say(`depends on: ${one}`, look)),
  ]
}

/** What there is to say about endpoints that no column holds, each thing once with the endpoints that it holds for. */
function remarks({ entries }: Lane, rows: readonly EndpointRow[], look: Look): string[] {
  const subjects = new Map<string, string[]>()
  for (const { endpoint } of rows) {
    for (const remark of remarksOn(endpoint)) {
      const names = subjects.get(remark) ?? []
      subjects.set(remark, names)
      names.push(endpointName(endpoint))
    }
  }
  const lines = [...subjects].map(([remark, names]) => `${some(names)}: ${remark}`)
  const shared = (rows[0]?.counted ?? 0) > (entries[0]!.hits?.packets ?? Number.POSITIVE_INFINITY)
  return [
    ...(shared ? [SHARED] : []),
    ...(rows.length > 0 && namesClient(entries) ? [EVERYBODY] : []),
    ...lines,
  ].flatMap((line) => say(line, look))
}

const SHARED = "an endpoint's rule counts the connections of all entries that lead to it"

const EVERYBODY = 'CONNECTIONS and CONNTRACK count all clients'

function remarksOn({ address, known, reason, conditions, link }: EndpointPath): string[] {
  return [
    address === null ? 'its address is not in the text' : '',
    known === 'hash' ? "its address is proven by its chain's name" : '',
    reason ?? '',
    ...conditions.map((condition) => `only if ${condition}`),
    link.reason !== null && link.reason !== reason ? `the interface is not known: ${link.reason}` : '',
  ].filter(Boolean)
}

/** The conntrack entries of each endpoint; of many the first ones. */
function conntrackLines(rows: readonly EndpointRow[], { conntrack }: Tables, look: Look): string[] {
  const groups = rows.map((row) => shownConntrack(row, look))
  const all = groups.flat()
  if (all.length === 0) return []
  const [head, ...lines] = drawTable(conntrack, all)
  let next = 0
  const body = groups.flatMap((group, i) => {
    const { endpoint } = rows[i]!
    const hidden = endpoint.conntrack.length - group.length
    const more = hidden > 0 ? say(`… and ${hidden} more to ${endpointName(endpoint)} (-v shows all)`, look) : []
    next += group.length
    return [...lines.slice(next - group.length, next), ...more]
  })
  return [look.colour.bold(head!), ...body]
}

const MOST_CONNTRACK = 10

function shownConntrack({ endpoint }: EndpointRow, { verbose }: Look): ConntrackRow[] {
  const lines = verbose ? endpoint.conntrack : endpoint.conntrack.slice(0, MOST_CONNTRACK)
  return lines.map((line) => ({ line, endpoint }))
}

function noteLines(report: PathReport, tables: Tables, look: Look): string[] {
  const leftOut = [...new Set([tables.dns, tables.endpoints, tables.conntrack].flatMap(({ leftOut }) => leftOut))]
  const hint = `no room on ${look.width} columns for: ${leftOut.join(', ')}`
  return [...report.notes.flatMap((note) => say(`note: ${note}`, look)), ...(leftOut.length > 0 ? say(hint, look) : [])]
}
