/** The way of a connection's first packet from the node that translates it to the endpoint's own. */

import type { RouteResult } from '../kernel/fib.ts'
import { sendPacket } from '../kernel/hooks.ts'
import type { Journey } from '../kernel/journey.ts'
import { isLocal } from '../kernel/locality.ts'
import { NO_MARK, type Packet } from '../kernel/packet.ts'
import type { Passed } from '../kernel/reply.ts'
import { contains, familyOf, onlyAddress, parseCidr, single } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import { proxiesOn } from '../proxies/on-node.ts'
import { addressOf, arrivalFromOutside } from './client.ts'
import { type Hop, hopBy } from './hop.ts'

/** A node on the way, and what became of the packet there. */
export interface Stage extends Passed {
  node: NodeState
  way: RouteResult | null
}

/** How a request ends, with the nodes that it passed in order. */
export interface Request {
  stages: Stage[]
  /** `home`: at the endpoint's node. `unread`: on its way to a node that nobody read, or of which nobody knows what it does. */
  end: 'home' | 'unread' | Ended
}

/** What stops it, for all connections or (`sure` is false) for some. */
export interface Ended {
  by: Journey
  node: NodeState
  sure: boolean
}

/** Follows what left `first` to `home`, the endpoint's node. */
export function followRequest(observation: Observation, first: Stage, home: NodeState): Request {
  const stages = [first]
  for (let at = first; at.node !== home; ) {
    const hop = hopTo(observation, at, home)
    // A circle is SVP502's.
    if (hop === 'unread' || hop.node.rulesets.length === 0 || stages.some(({ node }) => node === hop.node))
      return { stages, end: 'unread' }
    const came = arriving(observation, at, hop)
    const journeys = passNode(hop.node, came)
    const stopped = journeys.filter(({ fate }) => fate === 'drop' || fate === 'reject')
    if (stopped[0]) {
      return { stages, end: { by: stopped[0], node: hop.node, sure: stopped.length === journeys.length } }
    }
    const next = agreedStage(hop.node, came, journeys)
    if (!next) return { stages, end: 'unread' }
    stages.push(next)
    at = next
  }
  return { stages, end: 'home' }
}

/** What becomes of a packet that comes to a node from another one. */
export function passNode(node: NodeState, packet: Packet): Journey[] {
  const { names, stations } = proxiesOn(node, packet.destination.family)
  return sendPacket(node, 'prerouting', packet, { starts: [], resolve: () => null, names, stations }).all
}

/** The one way that all connections take on a node; null where they part, or it is not known. */
export function agreedStage(node: NodeState, came: Packet, journeys: readonly Journey[]): Stage | null {
  const [first, ...others] = journeys
  if (!first || first.masquerade === 'unknown' || first.fate === 'unknown') return null
  const alike = others.every(
    (one) => one.route?.route === first.route?.route && one.masquerade === first.masquerade && one.fate === first.fate,
  )
  return alike ? { node, came, left: first.packet, way: first.route } : null
}

/** The node that the route names; where it names none, the network between leads to the endpoint's node. */
function hopTo(observation: Observation, { node, way, left }: Stage, home: NodeState): Hop | 'unread' {
  const hop = way && hopBy(observation, node, way)
  if (hop) return hop
  return { node: home, device: arrivalFromOutside(observation, home, left.destination.family).device, told: false }
}

/** The packet as it comes to the next node, which knows nothing of what this one made of it. */
function arriving(observation: Observation, { node, came, left }: Stage, { node: next, device, told }: Hop): Packet {
  const { family } = left.destination
  const own = left.source === came.source ? null : addressOf(observation, node.name, family)
  const source = own && mayBe(left, own) ? single(own) : left.source
  const { device: usual, bridged } = arrivalFromOutside(observation, next, family)
  const { sourceTranslated: _, original: __, arrived: ___, ...rest } = left
  return {
    ...rest,
    source,
    sourceLocal: isLocal(next, source),
    destinationLocal: isLocal(next, left.destination),
    inInterface: device ?? usual,
    outInterface: '',
    bridged: device === null || device === usual ? bridged : false,
    ...(told ? { arrived: true as const } : {}),
    mark: NO_MARK,
    connectionMark: NO_MARK,
    translated: false,
    untracked: false,
  }
}

/** Of the addresses that masquerading may give it, the one that the node is known by is the likely one. */
function mayBe({ source }: Packet, address: string): boolean {
  const own = parseCidr(address)
  return own !== null && familyOf(address) === source.family && onlyAddress(source) === null
    ? source.within.some((cidr) => contains(cidr, own))
    : false
}
