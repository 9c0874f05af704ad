import { joinHostPort } from '../../model/address.ts'
import type { EntryPath, NodePath, PathReport, Verdict } from '../../model/report.ts'
import { type Lane, lanesOf } from '../lanes.ts'
import { kindText, modeText, nodeNames, serverText, serviceKind, some, sumConnections } from '../phrases.ts'
import { connections, ofEveryone } from '../words.ts'
import { drawLane, placeOf } from './graph-lane.ts'
import { type PathGraph, reasonLines, Sketch, type Tone } from './sketch.ts'

/**
 * The way of a service as nodes and edges, which mermaid and Graphviz draw alike: clients and DNS name → the service's
 * entries → on each node its chains and endpoints → the pods where they stand. Nodes with the same way are drawn once.
 */
export function pathGraph(report: PathReport): PathGraph {
  const sketch = new Sketch()
  const groups = pickLanes(pickNodes(report.nodes.filter((node) => node.sameAs === null && node.entries.length > 0)))
  const entries = drawService(sketch, report, groups)
  const most = shareOut(groups)
  for (const { node, lanes } of groups) {
    const cluster = sketch.cluster(`node ${node.name}`, `${node.name} · ${modeText(node)}`, toneOf(node.verdict))
    const place = placeOf(node, lanes, cluster, most)
    for (const lane of lanes) drawLane(sketch, place, lane, entries.get(lane.key)!)
    drawSame(
      sketch,
      node,
      report.nodes,
      lanes.map(({ key }) => entries.get(key)!),
    )
  }
  drawUnread(sketch, report.nodes, [...entries.values()])
  drawOthers(sketch, report.nodes, groups, [...entries.values()])
  return sketch.graph()
}

/** A node that is drawn, with the lanes that are. */
interface Group {
  node: NodePath
  lanes: Lane[]
}

/** Mermaid draws at most 500 edges and 50,000 characters; these keep a service of any size below. */
const MOST_NODES = 10
const MOST_LANES = 40
const MOST_ROWS = 90
const MOST_ENDPOINTS = 15

/** Where too many nodes differ, those with faults go first. */
function pickNodes(nodes: readonly NodePath[]): NodePath[] {
  const faulty = nodes.filter(({ verdict }) => verdict !== 'reachable')
  const chosen = new Set([...new Set([...faulty, ...nodes])].slice(0, MOST_NODES))
  return nodes.filter((node) => chosen.has(node))
}

/** The same entries on all nodes; of too many those with faults first. */
function pickLanes(nodes: readonly NodePath[]): Group[] {
  const groups = nodes.map((node) => ({ node, lanes: lanesOf(node) }))
  const all = groups.flatMap(({ lanes }) => lanes)
  const faulty = all.filter(({ entries }) => entries.some(({ verdict }) => verdict !== 'reachable'))
  const most = Math.floor(MOST_LANES / Math.max(nodes.length, 4))
  const keys = new Set([...new Set([...faulty, ...all].map(({ key }) => key))].slice(0, most))
  return groups.map(({ node, lanes }) => ({ node, lanes: lanes.filter(({ key }) => keys.has(key)) }))
}

/** How many endpoints each lane may show. */
function shareOut(groups: readonly Group[]): number {
  const count = groups.reduce((sum, { lanes }) => sum + lanes.length, 0)
  return Math.max(2, Math.min(MOST_ENDPOINTS, Math.floor(MOST_ROWS / Math.max(count, 1))))
}

/** The service with its entries, which clients and DNS lead to; gives the id of each entry by the key of its lane. */
function drawService(sketch: Sketch, report: PathReport, groups: readonly Group[]): Map<string, string> {
  const { service, verdict, dns } = report
  const title = [`${service.namespace}/${service.name}`, serviceKind(service), verdict].filter(Boolean).join(' · ')
  const cluster = sketch.cluster('service', title, toneOf(verdict))
  const name = dns ? drawName(sketch, dns) : null
  const keys = new Set(groups.flatMap(({ lanes }) => lanes.map(({ key }) => key)))
  const all = collectEntries(report.nodes)
  const ids = new Map<string, string>()
  for (const [key, { entries, clients }] of all) {
    if (!keys.has(key)) continue
    const id = sketch.node([key], { kind: 'entry', tone: 'plain', lines: entryLines(entries), cluster })
    ids.set(key, id)
    for (const client of clients) {
      sketch.edge(sketch.node([client], { kind: 'client', tone: 'plain', lines: [client], cluster: null }), id)
    }
    const record = dns?.expected.find(({ values }) => entries.some(({ address }) => values.includes(address)))
    if (name && record) sketch.edge(name, id, record.type, true)
  }
  const hidden = all.size - ids.size
  if (hidden > 0) sketch.node(['more'], { kind: 'more', tone: 'plain', lines: [`… ${hidden} more entries`], cluster })
  if (all.size === 0) drawEntryless(sketch, report, name, cluster)
  return ids
}

function drawName(sketch: Sketch, dns: NonNullable<PathReport['dns']>): string {
  const server = serverText(dns)
  const verdict = dns.path?.verdict ?? dns.verdict
  // Unknown is how every recording leaves it: nobody was asked.
  const tone = verdict === 'unknown' ? 'plain' : toneOf(verdict)
  const fault = tone === 'plain' ? '' : `the way to it is ${verdict}`
  const lines = [dns.names[0] ?? '', server ? `asked at ${server}` : '', fault]
  return sketch.node(['dns'], { kind: 'name', tone, lines, cluster: null })
}

/** The entries of each lane over all nodes, and the clients that call them. */
function collectEntries(nodes: readonly NodePath[]) {
  const all = new Map<string, { entries: EntryPath[]; clients: Set<string> }>()
  for (const node of nodes) {
    for (const { key, entries } of lanesOf(node)) {
      const found = all.get(key) ?? { entries: [], clients: new Set() }
      all.set(key, found)
      found.entries.push(...entries)
      for (const entry of entries) found.clients.add(clientText(entry))
    }
  }
  return all
}

/** Any pod of whatever node is drawn once. */
const clientText = ({ client, who }: EntryPath): string => (who.kind === 'pods' ? 'a pod' : client)

/** A node port stands at an address of every node, a headless service at those of its pods. */
function entryLines(entries: readonly EntryPath[]): string[] {
  const [first] = entries as [EntryPath]
  const protocol = first.protocol.toLowerCase()
  const addresses = [...new Set(entries.map(({ address }) => address))]
  if (first.kind === 'nodePort' || first.kind === 'podIP') {
    return [kindText(first), `:${first.port}/${protocol}`, `at ${some(addresses, 1)}`]
  }
  return [kindText(first), `${joinHostPort(first.address, first.port)}/${protocol}`]
}

/** An alias, or a service that has no address to offer. */
function drawEntryless(sketch: Sketch, report: PathReport, name: string | null, cluster: string): void {
  const alias = report.service.externalName
  const reason = report.reasons.find(({ node }) => node === null)
  const lines = alias ? [alias] : reasonLines(reason?.message ?? 'no entry was walked')
  const id = sketch.node(['none'], { kind: alias ? 'entry' : 'stop', tone: toneOf(report.verdict), lines, cluster })
  if (name) sketch.edge(name, id, alias ? 'CNAME' : '', true)
}

/** The nodes that do as this one does. */
function drawSame(sketch: Sketch, node: NodePath, nodes: readonly NodePath[], entries: readonly string[]): void {
  const same = nodes.filter(({ sameAs }) => sameAs === node.name)
  if (same.length === 0) return
  const cluster = sketch.cluster(
    `same as ${node.name}`,
    `${nodeNames(same)} (same as ${node.name})`,
    toneOf(node.verdict),
  )
  const sum = sumConnections(same)
  const lines = [
    `as on ${node.name}`,
    sum === null
      ? ''
      : ofEveryone(
          connections(sum),
          same.flatMap((one) => one.entries),
        ),
  ]
  const id = sketch.node([node.name], { kind: 'more', tone: 'plain', lines, cluster })
  for (const entry of entries) sketch.edge(entry, id)
}

/** Nodes of which no way is known, together where the reason is the same. */
function drawUnread(sketch: Sketch, nodes: readonly NodePath[], entries: readonly string[]): void {
  const unread = nodes.filter((node) => node.entries.length === 0)
  for (const note of new Set(unread.map(noteOf))) {
    const some = unread.filter((node) => noteOf(node) === note)
    const cluster = sketch.cluster(`unread ${note}`, nodeNames(some), 'unknown')
    const id = sketch.node([note], { kind: 'stop', tone: 'unknown', lines: reasonLines(note), cluster })
    for (const entry of entries) sketch.edge(entry, id, '', true)
  }
}

const noteOf = ({ notes }: NodePath): string => notes[0] ?? 'nothing is known of its way'

/** Nodes with ways of their own that there was no room for. */
function drawOthers(
  sketch: Sketch,
  nodes: readonly NodePath[],
  groups: readonly Group[],
  entries: readonly string[],
): void {
  const drawn = new Set(groups.map(({ node }) => node))
  const rest = nodes.filter((node) => node.sameAs === null && node.entries.length > 0 && !drawn.has(node))
  if (rest.length === 0) return
  const faulty = rest.filter(({ verdict }) => verdict !== 'reachable').length
  const lines = [
    `… ${rest.length} more nodes with other ways`,
    faulty > 0 ? `${faulty} not reachable` : 'all reachable',
  ]
  const tone = faulty > 0 ? 'degraded' : 'plain'
  const id = sketch.node(['nodes'], { kind: 'more', tone, lines, cluster: null })
  for (const entry of entries) sketch.edge(entry, id)
}

const toneOf = (verdict: Verdict): Tone => (verdict === 'reachable' ? 'plain' : verdict)
