/** Where a packet that left one node arrives. */
import type { RouteResult } from '../kernel/fib.ts'
import { isLocal, linkHolding } from '../kernel/locality.ts'
import { type Answer, NO_MARK, type Packet } from '../kernel/packet.ts'
import { type AddressSet, onlyAddress } from '../model/address.ts'
import { nodeHolding } from '../model/cluster.ts'
import { memo } from '../model/memo.ts'
import type { Link, NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import { arrivalFromOutside } from './client.ts'

/** The node that a route leads to, and the interface by which packets come in there; `told`: the route itself says which. */
export interface Hop {
  node: NodeState
  device: string | null
  told: boolean
  /** Nothing is between: the route names the node, or it has the address on that very network. Behind a tunnel or a router may be others first. */
  next: boolean
}

/**
 * The node that holds a route's gateway; `unread` where that is a node nobody read; null where no node has it: then a router outside the nodes leads on, or nothing
 * is known of it.
 */
export function hopBy(observation: Observation, from: NodeState, way: RouteResult): Hop | 'unread' | null {
  const { gateway, device } = way
  const node = holderOf(observation, from, gateway)
  return node === null || node === 'unread' ? node : { node, ...arrivalOf(from, node, device, gateway!), next: true }
}

/** A route with several hops, one by one: each takes a share of the connections. Which of the routers outside leads on makes no difference that is known. */
export function hopsOf(observation: Observation, from: NodeState, way: RouteResult): RouteResult[] {
  const hops = way.route?.hops ?? []
  if (hops.length < 2 || hops.every(({ gateway }) => holderOf(observation, from, gateway) === null)) return [way]
  return hops.map((hop) => ({ ...way, ...hop }))
}

/** The node, and where its packets arrive, if no route names it and the network between leads there. */
export function hopAcross(
  observation: Observation,
  from: NodeState,
  { device: left, gateway }: Pick<RouteResult, 'device' | 'gateway'>,
  node: NodeState,
  destination: AddressSet,
): Hop {
  const { family } = destination
  const tunnel = left === null ? null : tunnelLike(linkOf(from, left), node)
  if (tunnel !== null) return { node, ...tunnel, told: false, next: false }
  const address = onlyAddress(destination)
  const next = gateway === null && left !== null && address !== null && linkHolding(node, address) !== null
  // What leaves by another interface than the one that the node is reached by may come in by another one, too.
  const isUsual = left === null || left === arrivalFromOutside(observation, from, family).device
  return { node, device: isUsual ? arrivalFromOutside(observation, node, family).device : null, told: false, next }
}

function holderOf(observation: Observation, from: NodeState, gateway: string | null): NodeState | 'unread' | null {
  if (gateway === null) return null
  const named = nodeHolding(observation.cluster, gateway)?.name
  if (named === from.name) return null
  const node = named
    ? observation.nodes.find(({ name }) => name === named)
    : only((holders(observation).get(gateway) ?? []).filter((one) => one !== from))
  return node ?? (named ? 'unread' : null)
}

/** Nothing comes in by an interface that has an address and no wire. */
function arrivalOf(
  from: NodeState,
  node: NodeState,
  device: string | null,
  gateway: string,
): Omit<Hop, 'node' | 'next'> {
  const holding = linkHolding(node, gateway)
  const [left, entered] = [linkOf(from, device), linkOf(node, holding)]
  const tunnel = tunnelLike(left, node, entered)
  if (tunnel !== null) return { ...tunnel, told: tunnel.device !== null && from.links !== null }
  if (entered && (entered.name === 'lo' || entered.kind === 'dummy')) return { device: null, told: false }
  return { device: holding, told: left !== undefined && entered !== undefined }
}

/** A tunnel's packets come out of the tunnel, whichever interface holds the address that they were sent to. Null where none is one. */
function tunnelLike(left: Link | undefined, node: NodeState, entered?: Link): { device: string | null } | null {
  const isEntered = entered !== undefined && isTunnel(entered)
  if (!(left && isTunnel(left)) && !isEntered) return null
  const tunnel = isEntered && left?.kind === entered.kind ? entered : linkOf(node, left?.name ?? null)
  return { device: tunnel && isTunnel(tunnel) && tunnel.kind === left?.kind ? tunnel.name : null }
}

const linkOf = ({ links }: NodeState, name: string | null): Link | undefined => links?.find((one) => one.name === name)

/** Kinds of `ip -d link` whose packets travel inside others. */
const isTunnel = ({ kind, name }: Link): boolean =>
  TUNNELS.has(kind ?? '') || /^(tun|wg|wireguard|vxlan|flannel|cilium|ip6?tnl|gre|sit|genev)/.test(name)

const TUNNELS: ReadonlySet<string> = new Set(
  'vxlan geneve ipip sit gre gretap erspan ip6tnl ip6gre vti vti6 xfrm wireguard tun'.split(' '),
)

/** The nodes that have an address at one of their interfaces. */
const holders = memo(({ nodes }: Observation): ReadonlyMap<string, NodeState[]> => {
  const all = nodes.flatMap((node) =>
    (node.links ?? []).flatMap(({ addresses }) => addresses.map(({ address }) => ({ address, node }))),
  )
  return new Map(
    [...Map.groupBy(all, ({ address }) => address)].map(([key, found]) => [key, found.map((one) => one.node)]),
  )
})

const only = (nodes: readonly NodeState[]): NodeState | undefined => (nodes.length === 1 ? nodes[0] : undefined)

/** A packet as it comes to the next node, which knows nothing of what the one before made of it. */
export function atNextNode(packet: Packet, { node, device, told }: Hop, bridged: Answer): Packet {
  const { sourceTranslated: _, original: __, arrivedAs: ___, arrived: ____, ...rest } = packet
  return {
    ...rest,
    sourceLocal: isLocal(node, packet.source),
    destinationLocal: isLocal(node, packet.destination),
    inInterface: device,
    outInterface: '',
    bridged,
    ...(told ? { arrived: true as const } : {}),
    mark: NO_MARK,
    connectionMark: NO_MARK,
    translated: false,
    untracked: false,
  }
}
