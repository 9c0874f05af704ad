/** A connection's entries on the nodes that it passed, from the client's to the endpoint's. */
import { familyOf } from '../model/address.ts'
import { nodeHolding } from '../model/cluster.ts'
import type { ConntrackEntry } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { Attempted } from '../model/probe/request.ts'
import { proxiesOn } from '../proxies/on-node.ts'
import { otherConnections, showsTranslation } from '../proxies/tracked.ts'
import { isTranslated, type NodeEvidence, onward, type Seen } from './evidence.ts'
import type { PlannedAttempt } from './plan.ts'

interface Stage {
  node: string
  seen: Seen
}

export interface Trail {
  stages: readonly Stage[]
  /** Where it was led; null where it was not, or that is not known. */
  endpoint: { address: string; port: number } | null
  /** The endpoint's node; null where it is not known. */
  home: string | null
  /** It came to the node that should translate it, and was not. */
  untranslated: boolean
  /** The node on which it has no entry although it should have come there; null where it has one on every node of its way. */
  missingOn: string | null
  /** Why that, or more, cannot be told; null where it can. */
  doubt: string | null
}

/** What connections are held against. */
export interface Grounds {
  observation: Observation
  evidence: ReadonlyMap<string, NodeEvidence>
}

export function trailOf(attempt: PlannedAttempt, made: Attempted, grounds: Grounds): Trail {
  const { target } = attempt
  const { place, entry } = target
  const client = grounds.evidence.get(place.node)
  const none: Trail = {
    stages: [],
    endpoint: null,
    home: null,
    untranslated: false,
    missingOn: place.node,
    doubt: null,
  }
  if (made.sourcePort === null) return { ...none, doubt: 'the tool that made it cannot tell its source port' }
  if (!client) return { ...none, doubt: `${place.node} was not read` }
  const other = elsewhere(attempt, made.sourcePort, grounds)
  if (other) return { ...none, ...other }
  const found = client.from(attempt.protocol, made.sourcePort, attempt.address, attempt.port)
  const first = found.find(
    ({ entry: { original } }) => place.kind === 'node' || place.addresses.includes(original.source),
  )
  if (!first) {
    const read = client.afterRead || client.watched
    return { ...none, doubt: read ? null : `the conntrack of ${place.node} could not be read` }
  }
  const stages: Stage[] = [{ node: place.node, seen: first }]
  if (!isTranslated(first.entry) && target.node !== place.node) {
    const next = nextOn(target.node, attempt.protocol, first.entry, grounds)
    if (!('seen' in next)) return { ...none, ...next, stages }
    stages.push(next)
  }
  const last = stages.at(-1)!
  if (!isTranslated(last.seen.entry) && entry.kind !== 'podIP') {
    const state = grounds.observation.nodes.find(({ name }) => name === last.node)
    const doubt =
      state && showsTranslation(state) ? null : `conntrack on ${last.node} does not show where connections are led`
    return { ...none, stages, missingOn: null, untranslated: doubt === null, doubt }
  }
  const { source: address, sourcePort: port } = last.seen.entry.reply
  const endpoint = { address, port: port ?? 0 }
  const home = homeOf(grounds.observation, endpoint.address, attempt)
  const led = { ...none, stages, endpoint, home }
  if (home === null) return { ...led, missingOn: null, doubt: `which node has ${address} is not known` }
  if (home === last.node) return { ...led, missingOn: null }
  const next = nextOn(home, attempt.protocol, last.seen.entry, grounds)
  return 'seen' in next ? { ...led, stages: [...stages, next], missingOn: null } : { ...led, ...next }
}

/** The entry on the node that a connection was sent to; or that it has none there, or why that is not known. */
function nextOn(
  node: string,
  protocol: string,
  entry: ConntrackEntry,
  { evidence }: Grounds,
): Stage | Pick<Trail, 'missingOn' | 'doubt'> {
  const there = evidence.get(node)
  const seen = there?.of(protocol, onward(entry)) ?? null
  if (seen) return { node, seen }
  if (!there?.lookRead) return { missingOn: node, doubt: `the conntrack of ${node} could not be read` }
  const isTracked = there.tracks(entry.reply.source)
  return { missingOn: node, doubt: isTracked ? null : `${node} may not track these connections` }
}

/** What a proxy's own table says, where the kernel's does not say which endpoint a connection got; null where the kernel's does. */
function elsewhere(
  { target, protocol }: PlannedAttempt,
  sourcePort: number,
  { observation }: Grounds,
): Partial<Trail> | null {
  const { place, entry, node } = target
  const state = observation.nodes.find(({ name }) => name === node)
  if (!state) return null
  const where = {
    protocol: entry.protocol,
    address: entry.kind === 'nodePort' ? null : entry.address,
    port: entry.port,
  }
  const [own] = proxiesOn(state, familyOf(entry.address)).all.flatMap((proxy) => proxy.tracked(where) ?? [])
  const all = own ? own.led : otherConnections(state)
  if (!own && !all) return null
  const found = (all ?? []).find(
    (one) =>
      one.protocol === protocol &&
      one.original.sourcePort === sourcePort &&
      (place.kind === 'node' || place.addresses.includes(one.original.source)),
  )
  const doubt = `${node} keeps connections in a table of its own, which does not tell how far they came`
  if (!found) return own ? { missingOn: null, doubt } : null
  const endpoint = { address: found.reply.source, port: found.reply.sourcePort ?? 0 }
  return { stages: [{ node, seen: { entry: found, when: 'look' } }], endpoint, missingOn: null, doubt }
}

/** The node of an endpoint, by the API; for an address that is none, by whatever pod or node has it. */
function homeOf({ cluster }: Observation, address: string, { target }: PlannedAttempt): string | null {
  const walked = target.entry.endpoints.find((one) => one.address === address)?.node
  const pod = (cluster.pods ?? []).find((one) => !one.hostNetwork && one.ips.includes(address))?.node
  return walked ?? pod ?? nodeHolding(cluster, address)?.name ?? null
}
