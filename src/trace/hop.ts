/** Where a packet that left one node arrives. */
import type { RouteResult } from '../kernel/fib.ts'
import { linkHolding } from '../kernel/locality.ts'
import { nodeHolding } from '../model/cluster.ts'
import { memo } from '../model/memo.ts'
import type { Link, NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'

/** The node that a route leads to, and the interface by which packets come in there; `told`: the route itself says which. */
export interface Hop {
  node: NodeState
  device: string | null
  told: boolean
}

/**
 * The node that holds a route's gateway; `unread` where that is a node nobody read; null where no node has it: then a router outside the nodes leads on, or nothing
 * is known of it.
 */
export function hopBy(observation: Observation, from: NodeState, way: RouteResult): Hop | 'unread' | null {
  const { gateway, device } = way
  if (gateway === null) return null
  const named = nodeHolding(observation.cluster, gateway)?.name
  const node = named
    ? observation.nodes.find(({ name }) => name === named)
    : only((holders(observation).get(gateway) ?? []).filter((one) => one !== from))
  if (!node) return named ? 'unread' : null
  return { node, ...arrivalOf(from, node, device, gateway) }
}

/** A tunnel's packets come out of the tunnel, whichever interface holds the address that they were sent to. */
function arrivalOf(from: NodeState, node: NodeState, device: string | null, gateway: string): Omit<Hop, 'node'> {
  const holding = linkHolding(node, gateway)
  const [left, entered] = [linkOf(from, device), linkOf(node, holding)]
  if (!left || !entered) return { device: holding, told: false }
  if (!isTunnel(left) && !isTunnel(entered)) return { device: holding, told: true }
  const tunnel = left.kind === entered.kind ? entered : linkOf(node, left.name)
  return tunnel?.kind === left.kind ? { device: tunnel.name, told: true } : { device: null, told: false }
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
