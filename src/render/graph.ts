import type { EntryPath, NodePath, PathReport, Verdict } from '../model/report.ts'
import { joinHostPort } from '../trace/chain-names.ts'
import { drawLane } from './graph-lane.ts'
import { type Lane, lanesOf } from './lanes.ts'
import { kindText, modeText, nodeNames, serviceKind, sumConnections } from './phrases.ts'
import { type PathGraph, reasonLines, Sketch, type Tone } from './sketch.ts'
import { connections } from './words.ts'

/**
 * The way of a service as nodes and edges, which mermaid and Graphviz draw alike: clients and DNS name → the service's
 * entries → on each node its chains and endpoints → the pods where they stand. Nodes with the same way are drawn once.
 */
export function pathGraph(report: PathReport): PathGraph {
  const sketch = new Sketch()
  const groups = pickGroups(report.nodes.filter((node) => node.sameAs === null && node.entries.length > 0))
  const lanes = groups.map((node) => lanesOf(node))
  const keys = pickKeys(lanes)
  const drawn = lanes.map((some) => some.filter(({ key }) => keys.has(key)))
  const service = drawService(sketch, report, keys)
  const most = shareOut(drawn)
  groups.forEach((node, i) => {
    drawNode(sketch, node, drawn[i]!, service, most)
    drawSame(sketch, node, report.nodes, drawn[i]!, service)
  })
  drawRest(sketch, report.nodes, groups, service)
  return sketch.graph()
}

/** GitHub draws no more than 500 edges and 50,000 characters; these keep a large service well below. */
const MOST_GROUPS = 10
const MOST_LANES = 40
const MOST_ROWS = 90
const MOST_ENDPOINTS = 15

/** Where nodes differ too much, those with faults go first. */
function pickGroups(nodes: readonly NodePath[]): NodePath[] {
  const sorted = [...nodes].sort((a, b) => Number(a.verdict === 'reachable') - Number(b.verdict === 'reachable'))
  const chosen = new Set(sorted.slice(0, MOST_GROUPS))
  return nodes.filter((node) => chosen.has(node))
}

/** The entries that are drawn, on all nodes alike. */
function pickKeys(lanes: readonly (readonly Lane[])[]): Set<string> {
  const faulty = lanes.flat().filter(({ entries }) => entries.some(({ verdict }) => verdict !== 'reachable'))
  const all = new Set([...faulty, ...lanes.flat()].map(({ key }) => key))
  return new Set([...all].slice(0, Math.max(2, Math.floor(MOST_LANES / Math.max(lanes.length, 4)))))
}

/** How many endpoints each lane may show. */
function shareOut(lanes: readonly (readonly Lane[])[]): number {
  const count = lanes.flat().length
  return Math.max(2, Math.min(MOST_ENDPOINTS, Math.floor(MOST_ROWS / Math.max(count, 1))))
}

/** The service with its entries, which clients and DNS lead to; answers the id of each entry by its lane's key. */
function drawService(sketch: Sketch, report: PathReport, keys: ReadonlySet<string>): Map<string, string> {
  const { service, verdict } = report
  const title = [`${service.namespace}/${service.name}`, serviceKind(service), verdict].filter(Boolean).join(' · ')
  const cluster = sketch.cluster('service', title, toneOf(verdict))
  const all = new Map<string, { entries: EntryPath[]; clients: Set<string> }>()
  for (const node of report.nodes) {
    for (const { key, entries } of lanesOf(node)) {
      const place = all.get(key) ?? { entries: [], clients: new Set() }
      all.set(key, place)
      place.entries.push(...entries)
      for (const { client } of entries) place.clients.add(withoutNode(client, node.name))
    }
  }
  const ids = new Map<string, string>()
  const name = report.dns ? drawName(sketch, report.dns) : null
  for (const [key, { entries, clients }] of all) {
    if (!keys.has(key)) continue
    const id = sketch.node([key], { kind: 'entry', tone: 'plain', lines: entryLines(entries), cluster })
    ids.set(key, id)
    for (const client of clients) {
      sketch.edge(sketch.node([client], { kind: 'client', tone: 'plain', lines: [client], cluster: null }), id)
    }
    const record = report.dns?.expected.find(({ values }) => entries.some(({ address }) => values.includes(address)))
    if (name && record && entries[0]!.kind !== 'nodePort') sketch.edge(name, id, record.type, true)
  }
  if (all.size > keys.size) {
    sketch.node(['more'], { kind: 'more', tone: 'plain', lines: [`… ${all.size - keys.size} more entries`], cluster })
  }
  if (all.size === 0) drawEntryless(sketch, report, name, cluster)
  return ids
}

/** The same client on every node is drawn once. */
const withoutNode = (client: string, node: string): string => {
  const end = ` on ${node}`
  return client.endsWith(end) ? client.slice(0, -end.length) : client
}

function drawName(sketch: Sketch, dns: NonNullable<PathReport['dns']>): string {
  const server = [dns.service ? `${dns.service.namespace}/${dns.service.name}` : '', dns.server ?? '']
    .filter(Boolean)
    .join(' ')
  const verdict = dns.path?.verdict ?? dns.verdict
  // Unknown is how every recording leaves it: nobody was asked.
  const tone = verdict === 'unknown' ? 'plain' : toneOf(verdict)
  const fault = tone === 'plain' ? '' : `the way to it is ${verdict}`
  const lines = [dns.names[0] ?? '', server ? `asked at ${server}` : '', fault]
  return sketch.node(['dns'], { kind: 'name', tone, lines, cluster: null })
}

/** A node port stands at an address of every node, a headless service at those of its pods. */
function entryLines(entries: readonly EntryPath[]): string[] {
  const [first] = entries as [EntryPath]
  const addresses = [...new Set(entries.map(({ address }) => address))]
  const port = `:${first.port}/${first.protocol.toLowerCase()}`
  if (first.kind === 'nodePort') return [kindText(first), port, `at ${some(addresses)}`]
  if (first.kind === 'podIP')
    return [kindText(first), port, `at ${addresses.length} address${addresses.length === 1 ? '' : 'es'}`]
  return [kindText(first), `${joinHostPort(first.address, first.port)}/${first.protocol.toLowerCase()}`]
}

const some = (texts: readonly string[]): string =>
  texts.length > 2 ? `${texts[0]} and ${texts.length - 1} more` : texts.join(', ')

/** An alias, or a service that has no address to offer. */
function drawEntryless(sketch: Sketch, report: PathReport, name: string | null, cluster: string): void {
  const alias = report.service.externalName
  const reason = report.reasons.find(({ node }) => node === null)
  const lines = alias ? [alias] : reasonLines(reason?.message ?? 'no entry')
  const id = sketch.node(['none'], { kind: alias ? 'entry' : 'stop', tone: toneOf(report.verdict), lines, cluster })
  if (name) sketch.edge(name, id, alias ? 'CNAME' : '', true)
}

function drawNode(
  sketch: Sketch,
  node: NodePath,
  lanes: readonly Lane[],
  service: ReadonlyMap<string, string>,
  most: number,
): void {
  const cluster = sketch.cluster(`node ${node.name}`, `${node.name} · ${modeText(node)}`, toneOf(node.verdict))
  for (const lane of lanes) drawLane(sketch, { node, lanes, cluster, most }, lane, service.get(lane.key)!)
}

/** The nodes that do as this one does. */
function drawSame(
  sketch: Sketch,
  node: NodePath,
  nodes: readonly NodePath[],
  lanes: readonly Lane[],
  service: ReadonlyMap<string, string>,
): void {
  const same = nodes.filter(({ sameAs }) => sameAs === node.name)
  if (same.length === 0) return
  const cluster = sketch.cluster(`same as ${node.name}`, `${nodeNames(same)} (the same way)`, toneOf(node.verdict))
  const sum = sumConnections(same)
  const lines = [`as on ${node.name}`, sum === null ? '' : connections(sum)]
  const id = sketch.node([node.name], { kind: 'more', tone: 'plain', lines, cluster })
  for (const { key } of lanes) sketch.edge(service.get(key)!, id)
}

/** Nodes that were not read, and those beyond the most that are drawn. */
function drawRest(
  sketch: Sketch,
  nodes: readonly NodePath[],
  groups: readonly NodePath[],
  service: ReadonlyMap<string, string>,
): void {
  const unread = nodes.filter((node) => node.entries.length === 0)
  const notes = new Set(unread.map(noteOf))
  for (const note of notes) {
    const cluster = sketch.cluster(
      `unread ${note}`,
      nodeNames(unread.filter((node) => noteOf(node) === note)),
      'unknown',
    )
    const id = sketch.node([note], { kind: 'stop', tone: 'unknown', lines: reasonLines(note), cluster })
    for (const entry of service.values()) sketch.edge(entry, id, '', true)
  }
  const rest = nodes.filter((node) => node.sameAs === null && node.entries.length > 0 && !groups.includes(node))
  if (rest.length === 0) return
  const faulty = rest.filter(({ verdict }) => verdict !== 'reachable').length
  const lines = [
    `… ${rest.length} more nodes with other ways`,
    faulty > 0 ? `${faulty} of them not well` : 'all reachable',
  ]
  const id = sketch.node(['nodes'], { kind: 'more', tone: 'plain', lines, cluster: null })
  for (const entry of service.values()) sketch.edge(entry, id)
}

const noteOf = ({ notes }: NodePath): string => notes[0] ?? 'nothing is known of its way'

const toneOf = (verdict: Verdict): Tone => (verdict === 'reachable' ? 'plain' : verdict)
