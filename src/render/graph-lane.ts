import type { EndpointPath, EntryPath, LinkLeg, NodePath } from '../model/report.ts'
import { isFaulty } from '../trace/verdict.ts'
import type { Lane } from './lanes.ts'
import { trackedText } from './phrases.ts'
import { reasonLines, type Sketch, type Tone } from './sketch.ts'
import { connections, endpointName, linkText, percent, STATE_WORDS } from './words.ts'

/** Where a lane is drawn: its node, that node's lanes, their cluster, and how many endpoints each may show. */
export interface Place {
  node: NodePath
  lanes: readonly Lane[]
  cluster: string
  most: number
}

/**
 * One lane from its entry to the pods. Lanes that end in the same chains and endpoints run on together from where they
 * meet; before that each has chains of its own, so that every entry's way can be told.
 */
export function drawLane(sketch: Sketch, place: Place, lane: Lane, entryId: string): void {
  const [entry] = lane.entries as [EntryPath]
  const endpoints = lane.entries.flatMap((one) => one.endpoints)
  const end =
    endpoints.length > 0 ? endpoints.map((one) => [endpointKey(one), one.probability]) : [entry.outcome, entry.reason]
  const { cluster } = place
  let from = entryId
  entry.chains.forEach((name, i) => {
    const id = sketch.node([entry.chains.slice(i), end], { kind: 'chain', tone: 'plain', lines: [name], cluster })
    sketch.edge(from, id, i === 0 ? countText(entry) : '')
    from = id
  })
  drawEndpoints(sketch, place, endpoints, from, entry.kind !== 'podIP')
  const told = endpoints.some(isFaulty) || entry.reason === null
  if (told && endpoints.length > 0) return
  // Beside a translation the reason is a doubt, without one it is the end.
  const kind = endpoints.length > 0 ? 'doubt' : 'stop'
  const lines = reasonLines(entry.reason ?? 'leads nowhere')
  const tone = entry.verdict === 'reachable' ? 'plain' : entry.verdict
  const id = sketch.node([entry.outcome, entry.reason], { kind, tone, lines, cluster })
  sketch.edge(from, id, '', kind === 'doubt')
}

const endpointKey = ({ chain, address, port, state, fate }: EndpointPath) => [chain, address, port, state, fate]

/** What the entry's rules counted on this node; conntrack entries where they keep no count. */
function countText(entry: EntryPath): string {
  const count = entry.hits ? connections(entry.hits.packets, entry.hits) : trackedText(entry.conntrack)
  const masqueraded = entry.endpoints.some(({ masquerade }) => masquerade === 'yes')
  return [count, masqueraded ? 'masqueraded' : ''].filter(Boolean).join(', ')
}

function drawEndpoints(
  sketch: Sketch,
  place: Place,
  endpoints: readonly EndpointPath[],
  from: string,
  drawn: boolean,
): void {
  const shown = pick(endpoints, place.most)
  for (const endpoint of shown) {
    const { cluster } = place
    const missing = endpoint.state === 'missing'
    const lines = endpointLines(endpoint, place)
    const id = sketch.node(endpointKey(endpoint), { kind: 'endpoint', tone: endpointTone(endpoint), lines, cluster })
    sketch.edge(
      from,
      id,
      missing ? 'no rule' : drawn ? shareText(endpoint) : '',
      missing || endpoint.conditions.length > 0,
    )
    drawLastLeg(sketch, place, endpoint, id)
  }
  const hidden = endpoints.filter((one) => !shown.includes(one))
  if (hidden.length === 0) return
  const faulty = hidden.filter(isFaulty).length
  const lines = [`… ${hidden.length} more`, faulty > 0 ? `${faulty} of them with faults` : 'none with a fault']
  const tone = faulty > 0 ? 'degraded' : 'plain'
  const id = sketch.node(['more', from], { kind: 'more', tone, lines, cluster: place.cluster })
  const share = hidden.reduce((sum, { probability }) => sum + probability, 0)
  sketch.edge(from, id, drawn ? `${percent(share)} together` : '')
}

/** All of a few; of many those with faults and the first ones, in their order. */
function pick(endpoints: readonly EndpointPath[], most: number): readonly EndpointPath[] {
  if (endpoints.length <= most) return endpoints
  const chosen = [...new Set([...endpoints.filter(isFaulty), ...endpoints])].slice(0, most)
  return endpoints.filter((one) => chosen.includes(one))
}

const shareText = ({ probability, conditions }: EndpointPath): string =>
  (conditions.length > 0 ? '≤' : '') + percent(probability)

function endpointLines(endpoint: EndpointPath, { lanes }: Place): string[] {
  const { chain, address, state, hits, link } = endpoint
  const key = JSON.stringify(endpointKey(endpoint))
  const every = lanes.flatMap(({ entries }) => entries.flatMap((entry) => entry.endpoints))
  const tracked = every
    .filter((one) => JSON.stringify(endpointKey(one)) === key)
    .flatMap((one) => one.connections ?? [])
  const count = tracked.length > 0 ? tracked.reduce((sum, one) => sum + one, 0) : null
  const counted = hits ? connections(hits.packets, hits) : trackedText(count)
  const out = isHere(link) ? '' : linkText({ ...link, remote: null, how: null })
  return [
    chain ?? '',
    address === null
      ? 'its address is not in the text'
      : `→ ${[endpointName(endpoint), counted].filter(Boolean).join(', ')}`,
    out ? `by ${out}` : '',
    state === 'ready' ? '' : STATE_WORDS[state],
  ]
}

function endpointTone({ state, fate, address, conditions }: EndpointPath): Tone {
  if (state === 'stale' || state === 'missing') return state
  if (state === 'notReady' || state === 'terminating' || fate === 'drop' || fate === 'reject') return 'broken'
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
  const inside = isHere(link)
    ? linkText(link)
    : link.remote
      ? linkText({ ...link, via: null, ...link.remote, remote: null })
      : ''
  const machine = isHere(link) ? node.name : (link.remote?.node ?? endpoint.node)
  const home = machine === null ? null : sketch.cluster(`pods ${machine}`, `pods on ${machine}`, 'plain')
  const tone = state === 'stale' ? 'stale' : 'plain'
  const id = sketch.node([pod ? [pod.namespace, pod.name] : address, tone], {
    kind: 'pod',
    tone,
    lines: [pod?.name ?? address, inside],
    cluster: home,
  })
  sketch.edge(from, id, '', state === 'missing')
}
