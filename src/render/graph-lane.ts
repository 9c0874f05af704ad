import type { EndpointPath, EntryPath, NodePath } from '../model/report.ts'
import { isFaulty } from '../trace/verdict.ts'
import { trackedText } from './phrases.ts'
import type { Sketch, Tone } from './sketch.ts'
import { wrap } from './terminal.ts'
import { connections, endpointName, linkText, percent, STATE_WORDS } from './words.ts'

/** An entry as a node leads it on. All pods of a headless service, each an entry of its own, are one lane. */
export interface Lane {
  /** The same on every node. */
  key: string
  entries: EntryPath[]
}

export function lanesOf(node: NodePath): Lane[] {
  const lanes = Map.groupBy(node.entries, ({ kind, address, port, portName, protocol }) => {
    const ofMany = kind === 'nodePort' || kind === 'podIP'
    return JSON.stringify([kind, ofMany ? address.includes(':') : address, port, portName, protocol])
  })
  return [...lanes].map(([key, entries]) => ({ key, entries }))
}

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
  const end = endpoints.length > 0 ? endpoints.map((one) => [...endpointKey(one), one.probability, one.fate]) : [entry.outcome, entry.reason]
  const { cluster } = place
  let from = entryId
  entry.chains.forEach((name, i) => {
    const id = sketch.node([entry.chains.slice(i), end], { kind: 'chain', tone: 'plain', lines: [name], cluster })
    sketch.edge(from, id, i === 0 ? countText(entry) : '')
    from = id
  })
  drawEndpoints(sketch, place, endpoints, from)
  const told = endpoints.some(isFaulty) || entry.reason === null
  if (told && endpoints.length > 0) return
  const lines = wrap(entry.reason ?? 'leads nowhere', 34)
  const tone = entry.verdict === 'reachable' ? 'plain' : entry.verdict
  const stop = sketch.node([entry.outcome, entry.reason], { kind: 'stop', tone, lines, cluster })
  sketch.edge(from, stop, '', endpoints.length > 0)
}

const endpointKey = ({ chain, address, port, state }: EndpointPath) => [chain, address, port, state]

/** What the entry's rules counted on this node; conntrack entries where they keep no count. */
function countText(entry: EntryPath): string {
  const count = entry.hits ? connections(entry.hits.packets, entry.hits) : trackedText(entry)
  const masqueraded = entry.endpoints.some(({ masquerade }) => masquerade === 'yes')
  return [count, masqueraded ? 'masqueraded' : ''].filter(Boolean).join(', ')
}

function drawEndpoints(sketch: Sketch, place: Place, endpoints: readonly EndpointPath[], from: string): void {
  const shown = pick(endpoints, place.most)
  for (const endpoint of shown) {
    const { cluster } = place
    const missing = endpoint.state === 'missing'
    const lines = endpointLines(endpoint, place)
    const id = sketch.node(endpointKey(endpoint), { kind: 'endpoint', tone: endpointTone(endpoint), lines, cluster })
    sketch.edge(from, id, missing ? 'no rule' : shareText(endpoint), missing || endpoint.conditions.length > 0)
    drawLastLeg(sketch, place, endpoint, id)
  }
  const hidden = endpoints.filter((one) => !shown.includes(one))
  if (hidden.length === 0) return
  const faulty = hidden.filter(isFaulty).length
  const lines = [`… ${hidden.length} more`, faulty > 0 ? `${faulty} of them with faults` : 'none with a fault']
  const tone = faulty > 0 ? 'degraded' : 'plain'
  const id = sketch.node(['more', from], { kind: 'more', tone, lines, cluster: place.cluster })
  const share = hidden.reduce((sum, { probability }) => sum + probability, 0)
  sketch.edge(from, id, hidden[0]!.chain === null ? '' : `${percent(share)} together`)
}

/** All of a few; of many those with faults and the first ones, in their order. */
function pick(endpoints: readonly EndpointPath[], most: number): readonly EndpointPath[] {
  if (endpoints.length <= most) return endpoints
  const chosen = new Set([...endpoints.filter(isFaulty), ...endpoints].slice(0, most))
  return endpoints.filter((one) => chosen.has(one))
}
