import { lookupRoute, type RouteResult } from '../kernel/fib.ts'
import { familyOf, single } from '../model/address.ts'
import type { Link, NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { LinkLeg } from '../model/report.ts'
import { addressOf } from './client.ts'
import { downLinkFor } from './link-doubts.ts'

/**
 * The last leg to an endpoint as one node sees it: the interface into the pod where the pod is its own, else the next
 * hop and, from the other node's evidence, the interface there. `home` is the node that the API names for the endpoint, `walked` the route that the packet took.
 */
export function linkLeg(
  observation: Observation,
  node: NodeState,
  address: string,
  home: string | null,
  walked: RouteResult | null = null,
): LinkLeg {
  const route = walked ?? lookupRoute(node, single(address))
  if (route.kind === 'local') {
    const owner = node.links?.find((link) => link.addresses.some((own) => own.address === address))
    return { ...NOTHING, interface: owner?.name ?? route.device, how: 'local' }
  }
  const own = ownLeg(node, address)
  const onLink = route.kind === 'forward' && route.gateway === null
  const far = home !== null && home !== node.name
  // A neighbour behind a bridge port or a pod's namespace is proof enough, whatever the node goes by in the API.
  if (own.interface || own.disagree)
    return { ...NOTHING, interface: own.interface, bridge: own.bridge, how: own.how, reason: own.reason }
  if (onLink && !far) {
    const bridge = isBridge(node, route.device!) ? route.device : null
    return { ...NOTHING, interface: bridge ? null : route.device, bridge, how: 'route', reason: own.reason }
  }
  const down = far || route.kind === 'unknown' ? undefined : downLinkFor(node, address)
  // Without its own route the packet goes wherever the default one leads.
  if (down && isBridge(node, down.name) && (home !== null || route.kind === 'none'))
    return { ...NOTHING, bridge: down.name, reason: `${down.name} is down` }
  const hop = home ?? nodeWithAddress(observation, route.gateway)
  const remote = remoteLeg(observation, hop, node, address)
  if (route.kind !== 'forward') return { ...NOTHING, remote, reason: route.reason }
  if (walked?.doubt) return { ...NOTHING, remote, reason: walked.doubt }
  return { ...NOTHING, interface: route.device, via: route.gateway, how: 'route', remote }
}

const NOTHING: LinkLeg = { interface: null, bridge: null, via: null, how: null, remote: null, reason: null }

interface OwnLeg {
  interface: string | null
  bridge: string | null
  how: string | null
  reason: string | null
  disagree: boolean
}

/**
 * The interface of a node that leads into the pod of an address. Three proofs are tried, and those that agree are named
 * together: a host route to a device; the neighbour's MAC found behind a bridge port; the peer ifindex read inside the
 * pod's network namespace. Where they disagree nothing is claimed.
 */
function ownLeg(node: NodeState, address: string): OwnLeg {
  const proofs = [byRoute(node, address), byBridge(node, address), byNamespace(node, address)].filter(
    (proof) => proof !== null,
  )
  const [first] = proofs
  if (!first)
    return {
      interface: null,
      bridge: null,
      how: null,
      reason: 'no neighbour or pod namespace tells the interface',
      disagree: false,
    }
  const names = new Set(proofs.map((proof) => proof.interface))
  if (names.size > 1) {
    const told = proofs.map((proof) => `${proof.how} says ${proof.interface}`).join(', ')
    return { interface: null, bridge: first.bridge, how: null, reason: `the proofs disagree: ${told}`, disagree: true }
  }
  const bridge = proofs.find((proof) => proof.bridge)?.bridge ?? null
  return {
    interface: first.interface,
    bridge,
    how: proofs.map((proof) => proof.how).join('+'),
    reason: proofs.length > 1 ? null : first.caveat,
    disagree: false,
  }
}

interface Proof {
  interface: string
  bridge: string | null
  how: string
  /** What the proof rests on that need not be so. */
  caveat: string | null
}

/** Calico, ptp, AWS VPC and others give each pod a route of its own to its veth. */
function byRoute(node: NodeState, address: string): Proof | null {
  const { kind, device, gateway, route } = lookupRoute(node, single(address))
  if (kind !== 'forward' || !device || gateway !== null) return null
  const whole =
    route?.destination.endsWith(familyOf(address) === 4 ? '/32' : '/128') || !route?.destination.includes('/')
  return whole && !isBridge(node, device) ? { interface: device, bridge: null, how: 'route', caveat: null } : null
}

/** The neighbour table names the MAC, the bridge's forwarding table the port behind which it was seen. */
function byBridge(node: NodeState, address: string): Proof | null {
  const neighbour = node.neighbours?.find((one) => one.address === address && one.mac)
  if (!neighbour) return null
  const bridge = neighbour.device
  for (const entry of node.fdb ?? []) {
    if (entry.mac !== neighbour.mac || entry.local || (entry.bridge !== null && entry.bridge !== bridge)) continue
    if (entry.device) {
      if (entry.device !== bridge) return { interface: entry.device, bridge, how: 'neighbour+fdb', caveat: null }
    } else if (entry.portNumber !== null) {
      const port = portOf(node, bridge, entry.portNumber)
      if (port) return { ...port, bridge, how: 'neighbour+fdb' }
    }
  }
  return null
}

/**
 * brctl knows ports by number. A port's own MAC stands in the same table under the same number. Failing that, the place
 * in `brctl show` is all there is to go by: it lists the ports by name, which is the order of their numbers only as long
 * as they were added so.
 */
function portOf(node: NodeState, bridge: string, number: number): Pick<Proof, 'interface' | 'caveat'> | null {
  const own = node.fdb?.find(
    (entry) => entry.local && entry.portNumber === number && (entry.bridge ?? bridge) === bridge,
  )
  const link = own && node.links?.find((one) => one.mac === own.mac && one.master === bridge)
  if (link) return { interface: link.name, caveat: null }
  const listed = node.bridgePorts?.find((port) => port.bridge === bridge && port.position === number)
  return listed ? { interface: listed.device, caveat: `port ${number} taken for the ${number}. in brctl show` } : null
}

function byNamespace(node: NodeState, address: string): Proof | null {
  for (const inside of node.podInterfaces ?? []) {
    if (!inside.addresses.some((one) => one.address === address)) continue
    const host = node.links?.find((link) => link.index === inside.peerIndex)
    if (host) return { interface: host.name, bridge: host.master, how: 'netns', caveat: null }
  }
  return null
}

function remoteLeg(observation: Observation, home: string | null, here: NodeState, address: string): LinkLeg['remote'] {
  if (home === null || home === here.name) return null
  const node = observation.nodes.find((one) => one.name === home)
  if (!node) return { node: home, interface: null, bridge: null, how: null }
  const { interface: name, bridge, how } = linkLeg(observation, node, address, home)
  return { node: home, interface: name, bridge, how }
}

function nodeWithAddress(observation: Observation, address: string | null): string | null {
  if (!address) return null
  const family = familyOf(address)
  return observation.cluster.nodes?.find(({ name }) => addressOf(observation, name, family) === address)?.name ?? null
}

const isBridge = (node: NodeState, device: string): boolean =>
  (node.links ?? []).some((link: Link) => link.name === device && link.kind === 'bridge') ||
  (node.bridgePorts ?? []).some((port) => port.bridge === device) ||
  (node.links ?? []).some((link) => link.master === device)
