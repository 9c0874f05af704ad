/** The way of a connection's first packet from the node that translates it to the endpoint's own. */

import type { RouteResult } from '../kernel/fib.ts'
import { sendPacket } from '../kernel/hooks.ts'
import type { Journey } from '../kernel/journey.ts'
import { maybe, type Packet } from '../kernel/packet.ts'
import type { Passed } from '../kernel/reply.ts'
import { withSource } from '../kernel/translate.ts'
import { contains, familyOf, onlyAddress, parseCidr, single } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import { proxiesOn } from '../proxies/on-node.ts'
import { addressOf, arrivalFromOutside } from './client.ts'
import { atNextNode, type Hop, hopAcross, hopBy, hopsOf } from './hop.ts'

/** A node on the way, and what became of the packet there. */
export interface Stage extends Passed {
  node: NodeState
  way: RouteResult | null
  /** It came from the stage before by nothing else. */
  next: boolean
}

/** How a request ends, with the nodes that it passed in order. */
export interface Request {
  stages: readonly Stage[]
  /** `home`: at the endpoint's node. `unread`: on its way to a node that nobody read, or of which nobody knows what it does. */
  end: 'home' | 'unread' | Ended
}

/** What stops it, for all connections or (`sure` is false) for some. */
export interface Ended {
  by: Journey
  node: NodeState
  sure: boolean
}

/** Follows what passed these nodes to `home`, the endpoint's node: once for each way that it may take. */
export function followRequest(observation: Observation, stages: readonly Stage[], home: NodeState): Request[] {
  const at = stages.at(-1)!
  if (at.node === home) return [{ stages, end: 'home' }]
  const ways = at.way ? hopsOf(observation, at.node, at.way) : [null]
  return ways.flatMap((way) => followOn(observation, stages, way, home))
}

function followOn(
  observation: Observation,
  stages: readonly Stage[],
  way: RouteResult | null,
  home: NodeState,
): Request[] {
  const at = stages.at(-1)!
  const hop = hopTo(observation, at, way, home)
  // A circle is SVP502's.
  if (hop === 'unread' || hop.node.rulesets.length === 0 || stages.some(({ node }) => node === hop.node))
    return [{ stages, end: 'unread' }]
  const came = arriving(observation, at, hop)
  const journeys = passNode(hop.node, came)
  const stopped = journeys.filter(({ fate }) => fate === 'drop' || fate === 'reject')
  if (stopped[0]) return [{ stages, end: { by: stopped[0], node: hop.node, sure: stopped.length === journeys.length } }]
  const next = stagesOf(hop.node, came, journeys, hop.next)
  if (next.length === 0) return [{ stages, end: 'unread' }]
  return next.flatMap((one) => followRequest(observation, [...stages, one], home))
}

/** Of a packet that another node sent nothing is missing that its way would begin with. */
export const ON_ITS_WAY = { starts: [], resolve: () => null, onItsWay: true } as const

/** What becomes of a packet that comes to a node from another one. */
export function passNode(node: NodeState, packet: Packet): Journey[] {
  const { names, stations } = proxiesOn(node, packet.destination.family)
  return sendPacket(node, 'prerouting', packet, { ...ON_ITS_WAY, names, stations }).all
}

/**
 * What all connections are on a node: where it is not known whether they are masqueraded, one of both. None where their ways part, or are not known.
 */
export function stagesOf(node: NodeState, came: Packet, journeys: readonly Journey[], next = true): Stage[] {
  const [first, ...others] = journeys
  if (!first || first.fate === 'unknown') return []
  if (others.some(({ route, fate }) => route?.route !== first.route?.route || fate !== first.fate)) return []
  const worlds = journeys.flatMap(({ masquerade, packet }) =>
    masquerade === 'unknown' ? bothOf(node, came, packet) : [{ masquerade, packet }],
  )
  const distinct = new Map(worlds.toReversed().map((one) => [one.masquerade, one.packet]))
  return [...distinct.values()].map((left) => ({ node, came, left, way: first.route, next }))
}

function bothOf(node: NodeState, { source, sourceLocal }: Packet, packet: Packet) {
  const plain = { ...packet, source, sourceLocal, sourceTranslated: false }
  return [
    { masquerade: 'no', packet: plain },
    { masquerade: 'yes', packet: withSource(node, plain, null) },
  ]
}

/** The node that the route names; where it names none, the network between leads to the endpoint's node. */
function hopTo(
  observation: Observation,
  { node, left }: Stage,
  way: RouteResult | null,
  home: NodeState,
): Hop | 'unread' {
  if (way?.doubt) return 'unread'
  const hop = way && hopBy(observation, node, way)
  return hop ?? hopAcross(observation, node, way ?? { device: null, gateway: null }, home, left.destination)
}

/** The packet as it comes to the next node, which knows nothing of what this one made of it. */
function arriving(observation: Observation, { node, came, left }: Stage, hop: Hop): Packet {
  const { family } = left.destination
  const own = left.source === came.source ? null : addressOf(observation, node.name, family)
  const source = own && mayBe(left, own) ? single(own) : left.source
  const { device: usual, bridged } = arrivalFromOutside(observation, hop.node, family)
  return atNextNode({ ...left, source }, hop, hop.device === null ? UNTOLD : hop.device === usual && bridged)
}

const UNTOLD = maybe('by which interface it enters is not known')

/** Of the addresses that masquerading may give it, the one that the node is known by is the likely one. */
function mayBe({ source }: Packet, address: string): boolean {
  const own = parseCidr(address)
  return own !== null && familyOf(address) === source.family && onlyAddress(source) === null
    ? source.within.some((cidr) => contains(cidr, own))
    : false
}
