import { treatmentKey } from '../../model/identity.ts'
import { type EndpointPath, type EntryPath, isFaulty, type LinkLeg, type NodePath } from '../../model/report.ts'
import type { Lane } from '../lanes.ts'
import { trackedText } from '../phrases.ts'
import { connections, endpointName, linkText, ofEveryone, percent, stateText } from '../words.ts'
import { reasonLines, type Sketch, type Tone } from './sketch.ts'

/** The part of a node. */
export interface Place {
  node: NodePath
  cluster: string
  /** How many endpoints each lane may show. */
  most: number
  lanes: readonly Lane[]
  /** What each lane leads to, as one text. */
  ends: readonly string[]
  /** Conntrack entries by endpoint, summed over the lanes. */
  tracked: ReadonlyMap<string, number>
}

export function placeOf(node: NodePath, lanes: readonly Lane[], cluster: string, most: number): Place {
  const tracked = new Map<string, number>()
  for (const endpoint of lanes.flatMap(endpointsOf)) {
    const key = endpointKey(endpoint)
    if (endpoint.connections !== null) tracked.set(key, (tracked.get(key) ?? 0) + endpoint.connections)
  }
  return { node, cluster, most, lanes, ends: lanes.map(endOf), tracked }
}

const endpointsOf = ({ entries }: Lane): EndpointPath[] => entries.flatMap((entry) => entry.endpoints)

/** Chains of two ports may lead to one endpoint: each is drawn. */
const endpointKey = (endpoint: EndpointPath): string => JSON.stringify([endpoint.chain, treatmentKey(endpoint)])

function endOf(lane: Lane): string {
  const [{ outcome, reason }] = lane.entries as [EntryPath]
  return JSON.stringify([outcome, reason, endpointsOf(lane).map((one) => [endpointKey(one), one.probability])])
}

/**
 * One lane from its entry to the pods. Lanes that end in the same chains and endpoints run on together from where they
 * meet; before that each has chains of its own, so that every entry's way can be told.
 */
export function drawLane(sketch: Sketch, place: Place, lane: Lane, entryId: string): void {
  const [entry] = lane.entries as [EntryPath]
  const { cluster, ends, lanes } = place
  const end = ends.indexOf(ends[lanes.indexOf(lane)]!)
  let from = entryId
  entry.chains.forEach((name, i) => {
    const id = sketch.node([entry.chains.slice(i), end], { kind: 'chain', tone: 'plain', lines: [name], cluster })
    sketch.edge(from, id, i === 0 ? countText(entry) : '')
    from = id
  })
  drawEndpoints(sketch, place, lane, from)
  drawReason(sketch, place, lane, from)
}

/** What the entry's rules counted on this node; conntrack entries where they keep no count. */
function countText(entry: EntryPath): string {
  const count = ofEveryone(
    entry.hits ? connections(entry.hits.packets, entry.hits) : trackedText(entry.conntrack, entry.trackedBy),
    [entry],
  )
  const masqueraded = entry.endpoints.some(({ masquerade }) => masquerade === 'yes')
  return [count, masqueraded ? 'masqueraded' : ''].filter(Boolean).join(', ')
}

function drawEndpoints(sketch: Sketch, place: Place, lane: Lane, from: string): void {
  const endpoints = endpointsOf(lane)
  const { cluster } = place
  // Among a headless service's pods the client chooses.
  const byRule = lane.entries[0]!.kind !== 'podIP'
  const shown = pick(endpoints, place.most)
  for (const endpoint of shown) {
    const lines = endpointLines(endpoint, place)
    const key = [endpointKey(endpoint)]
    const id = sketch.node(key, { kind: 'endpoint', tone: endpointTone(endpoint), lines, cluster })
    const missing = endpoint.state === 'missing'
    const label = missing ? 'no rule' : byRule ? shareText(endpoint) : ''
    sketch.edge(from, id, label, missing || endpoint.conditions.length > 0)
    drawLastLeg(sketch, place, endpoint, id)
  }
  const hidden = endpoints.filter((one) => !shown.includes(one))
  if (hidden.length === 0) return
  const faulty = hidden.filter(isFaulty).length
  const lines = [`… ${hidden.length} more`, faulty > 0 ? `${faulty} of them with faults` : 'none with a fault']
  const tone = faulty > 0 ? 'degraded' : 'plain'
  const share = hidden.reduce((sum, { probability }) => sum + probability, 0)
  const id = sketch.node(['more', from], { kind: 'more', tone, lines, cluster })
  sketch.edge(from, id, byRule ? `${percent(share)} together` : '')
}

/** All of a few; of many those with faults and the first ones, in their order. */
function pick(endpoints: readonly EndpointPath[], most: number): readonly EndpointPath[] {
  if (endpoints.length <= most) return endpoints
  const chosen = [...new Set([...endpoints.filter(isFaulty), ...endpoints])].slice(0, most)
  return endpoints.filter((one) => chosen.includes(one))
}

const shareText = ({ probability, conditions }: EndpointPath): string =>
  (conditions.length > 0 ? '≤' : '') + percent(probability)

function endpointLines(endpoint: EndpointPath, { tracked, node: { entries } }: Place): string[] {
  const { chain, address, state, hits, link } = endpoint
  const counted = hits ? connections(hits.packets, hits) : trackedText(tracked.get(endpointKey(endpoint)) ?? null)
  const target = `→ ${[endpointName(endpoint), ofEveryone(counted, entries)].filter(Boolean).join(', ')}`
  const out = isHere(link) ? '' : linkText({ ...link, remote: null, how: null })
  return [
    chain ?? '',
    address === null ? 'its address is not in the text' : target,
    out ? `by ${out}` : '',
    state === 'ready' ? '' : stateText(endpoint),
  ]
}

function endpointTone({ state, fate, address, conditions }: EndpointPath): Tone {
  if (state === 'stale' || state === 'missing') return state
  if (state === 'rival' || state === 'notReady' || state === 'terminating' || fate === 'drop' || fate === 'reject')
    return 'broken'
  return fate === 'unknown' || address === null || conditions.length > 0 ? 'unknown' : 'plain'
}

/** Does the link lead straight to a pod on the same node? */
const isHere = ({ bridge, via, remote, reason }: LinkLeg): boolean =>
  via === null && remote === null && (reason === null || bridge !== null)

/** From the translation to the pod on its own node, or to what stops it. */
function drawLastLeg(sketch: Sketch, { node, cluster }: Place, endpoint: EndpointPath, from: string): void {
  const { address, pod, fate, reason, state, link } = endpoint
  if (fate === 'drop' || fate === 'reject') {
    const lines = reasonLines([fate === 'drop' ? 'dropped' : 'rejected', reason].filter(Boolean).join(': '))
    sketch.edge(from, sketch.node([fate, reason], { kind: 'stop', tone: 'broken', lines, cluster }))
    return
  }
  if (address === null) return
  const far = link.remote ? linkText({ ...link, via: null, ...link.remote, remote: null }) : ''
  const inside = isHere(link) ? linkText(link) : far
  const machine = isHere(link) ? node.name : (link.remote?.node ?? endpoint.node)
  const home = machine === null ? null : sketch.cluster(`pods ${machine}`, `pods on ${machine}`, 'plain')
  const tone = state === 'stale' ? 'stale' : 'plain'
  const key = [pod ? [pod.namespace, pod.name] : address, tone]
  const id = sketch.node(key, { kind: 'pod', tone, lines: [pod?.name ?? address, inside], cluster: home })
  sketch.edge(from, id, '', state === 'missing')
}

/** The end of a way without a translation; beside a translation a doubt, unless an endpoint's fault tells it already. */
function drawReason(sketch: Sketch, { cluster }: Place, lane: Lane, from: string): void {
  const endpoints = endpointsOf(lane)
  const entry = lane.entries.find(({ reason }) => reason !== null) ?? lane.entries[0]!
  if (endpoints.length > 0 && (entry.reason === null || endpoints.some(isFaulty))) return
  const kind = endpoints.length > 0 ? 'doubt' : 'stop'
  const tone = entry.verdict === 'reachable' ? 'plain' : entry.verdict
  const lines = reasonLines(entry.reason ?? 'leads nowhere')
  const id = sketch.node([entry.outcome, entry.reason], { kind, tone, lines, cluster })
  sketch.edge(from, id, '', kind === 'doubt')
}
