import { lookupRoute } from '../kernel/fib.ts'
import { addressesAt, isLocal, ownAddresses } from '../kernel/locality.ts'
import { type Answer, maybe, NO_MARK, type Packet } from '../kernel/packet.ts'
import {
  type AddressSet,
  type Cidr,
  contains,
  everything,
  type Family,
  familyOf,
  parseCidr,
  single,
} from '../model/address.ts'
import type { Endpoint } from '../model/cluster.ts'
import type { Entry } from '../model/entry.ts'
import { memo, memoByFamily } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { From } from '../model/query.ts'
import { namedText, type Who } from '../model/who.ts'
import { clusterCidrs } from '../proxies/kube-proxy/cluster-cidrs.ts'
import { serviceLinkHolding } from '../proxies/on-node.ts'
import { startNode } from './start-node.ts'

/** A client as one node sees its packets. */
export interface Client {
  label: string
  /** Whom the label means. */
  who: Who
  hook: 'prerouting' | 'output'
  source: AddressSet
  sourceLocal: Answer
  inInterface: string | null
  bridged: Answer
  /** A pod, or the node itself: externalTrafficPolicy does not bind it. */
  inCluster: boolean
  /** The other node that it is on, which its packets pass first; `unknown`: nobody knows what that makes of them. Absent where it is here, or outside. */
  from?: NodeState | 'unknown'
}

/** The client whose packet to this entry meets this node's service rules; null where none of it ever does. */
export function clientFor(
  observation: Observation,
  node: NodeState,
  entry: Entry,
  from: From | null,
  endpoints: readonly Endpoint[],
): Client | null {
  const { family } = entry
  if (!from) {
    return entry.kind === 'clusterIP' || entry.kind === 'podIP'
      ? somePod(observation, node, family, endpoints)
      : outside(observation)(node, family)
  }
  if (from.kind === 'address') {
    const start = startNode(observation, from.address)
    // What starts on another node is translated there; only what is sent to a node port of this one comes here as it was.
    if (isElsewhere(start, node) && entry.kind !== 'nodePort') return null
    const isPod = start !== null || isPodAddress(observation, from.address)
    return arriving(node, from.address, from, family, isPod)
  }
  if (from.kind === 'node') {
    if (from.name === node.name) return process(observation, node, entry)
    const address = addressOf(observation, from.name, family)
    return entry.kind === 'nodePort' && address ? arriving(node, address, from, family, false) : null
  }
  // A pod's own node translates what it sends to a service; other nodes see it only at their node ports.
  if (isElsewhere(from.node, node) && entry.kind !== 'nodePort') return null
  const address = from.addresses.find((one) => familyOf(one) === family)
  return address ? arriving(node, address, from, family, true) : null
}

/** A text that tells no node's name may be of any. */
const isElsewhere = (start: string | null, { name, unnamed }: NodeState): boolean =>
  start !== null && start !== name && !unnamed

function isPodAddress(observation: Observation, address: string): boolean {
  const own = parseCidr(address)
  const networks = (observation.cluster.nodes ?? [])
    .flatMap((node) => node.podCIDRs)
    .flatMap((text) => parseCidr(text) ?? [])
  const pods = (observation.cluster.pods ?? []).filter((pod) => !pod.hostNetwork)
  return pods.some((pod) => pod.ips.includes(address)) || (own !== null && networks.some((cidr) => contains(cidr, own)))
}

/** The packet that the client sends to an entry; for a node port to the address of this node. */
export function packetTo(observation: Observation, node: NodeState, entry: Entry, client: Client): Packet {
  if (entry.address === null && entry.kind !== 'nodePort')
    return {
      ...packetToOwn(observation, node, entry, client),
      destination: everything(entry.family),
      destinationLocal: isLocal(node, everything(entry.family)),
    }
  return packetToOwn(observation, node, entry, client)
}

/** An address that others know the node by: neither one that it holds for a service, nor one of a link alone. */
const reachedBy = (node: NodeState, family: Family): string | undefined =>
  ownAddresses(node, family).find((one) => serviceLinkHolding(node, one) === null && !/^(fe80:|169\.254\.)/i.test(one))

function packetToOwn(observation: Observation, node: NodeState, entry: Entry, client: Client): Packet {
  const own = entry.address ?? addressOf(observation, node.name, entry.family) ?? reachedBy(node, entry.family)
  const destination = own ? single(own) : unknownOwnAddress(entry.family)
  return {
    protocol: entry.protocol.toLowerCase(),
    source: client.source,
    sourceLocal: client.sourceLocal,
    destination,
    destinationLocal: entry.address === null ? true : isLocal(node, destination),
    destinationPort: entry.port,
    inInterface: client.inInterface,
    outInterface: client.hook === 'output' ? null : '',
    bridged: client.bridged,
    mark: { value: 0, known: 0xffffffff },
    connectionMark: { value: 0, known: 0xffffffff },
    translated: false,
    untracked: false,
  }
}

/** The node's InternalIP of a family; null where the API's nodes were not collected. */
export function addressOf(observation: Observation, name: string, family: Family): string | null {
  const node = observation.cluster.nodes?.find((one) => one.name === name)
  const addresses = (node?.addresses ?? []).filter(({ type }) => type === 'InternalIP')
  return addresses.find(({ address }) => familyOf(address) === family)?.address ?? null
}

/** A pod on the node that is no endpoint of the service itself: that one calls in a hairpin, which is another way. */
function somePod(observation: Observation, node: NodeState, family: Family, endpoints: readonly Endpoint[]): Client {
  const within = podNetworks(observation)(node, family)
  const own = endpoints.flatMap(({ address }) => parseCidr(address) ?? []).filter((cidr) => cidr.family === family)
  const except = [...own, ...localAddresses(node, family)]
  const source = within.length > 0 ? { family, within, except } : everything(family)
  const { device, bridged } = arrival(node, source)
  const named = clientNamed({ kind: 'pods', name: null, node: node.name })
  return { ...named, hook: 'prerouting', source, sourceLocal: false, inInterface: device, bridged, inCluster: true }
}

/** Addresses in the pods' network that no pod can have: the bridge's own, the broadcast address. */
const localAddresses = memoByFamily((node: NodeState, family): readonly Cidr[] =>
  (node.routes ?? [])
    .flatMap(({ table, destination }) =>
      table === 'local' && !destination.includes('/0') ? (parseCidr(destination) ?? []) : [],
    )
    .filter((cidr) => cidr.family === family),
)

const podNetworks = memo((observation: Observation) =>
  memoByFamily((node: NodeState, family) => podNetwork(observation, node, family)),
)

/** Where the node's pods have their addresses: the API's podCIDRs, else its pods, else what kube-proxy takes for the cluster. */
function podNetwork(observation: Observation, node: NodeState, family: Family): Cidr[] {
  const read = (texts: readonly string[]) =>
    texts.flatMap((text) => parseCidr(text) ?? []).filter((c) => c.family === family)
  const allotted = read(observation.cluster.nodes?.find(({ name }) => name === node.name)?.podCIDRs ?? [])
  const pods = (observation.cluster.pods ?? []).filter((pod) => pod.node === node.name && !pod.hostNetwork)
  const addresses = read(pods.flatMap((pod) => pod.ips))
  // A CNI with address management of its own leaves podCIDRs unused.
  if (allotted.length > 0 && addresses.every((pod) => allotted.some((cidr) => contains(cidr, pod)))) return allotted
  return addresses.length > 0 ? addresses : [...clusterCidrs(node, family)]
}

/** A client that is neither a pod nor a node. */
const outside = memo((observation: Observation) =>
  memoByFamily((node: NodeState, family): Client => {
    const nodes = observation.cluster.nodes ?? []
    const taken = [
      ...nodes.flatMap((one) => [...one.podCIDRs, ...one.addresses.map(({ address }) => address)]),
      ...ownAddresses(node, family),
      ...(observation.cluster.pods ?? []).flatMap((pod) => pod.ips),
      family === 4 ? '127.0.0.0/8' : '::1',
    ]
    const except = [...taken.flatMap((text) => parseCidr(text) ?? []), ...clusterCidrs(node, family)]
    const source = { ...everything(family), except: except.filter((cidr) => cidr.family === family) }
    const { device, bridged } = arrivalFromOutside(observation, node, family)
    const named = clientNamed({ kind: 'outside', name: null, node: node.name })
    return { ...named, hook: 'prerouting', source, sourceLocal: false, inInterface: device, bridged, inCluster: false }
  }),
)

/** A known address whose packets arrive at the node, or leave it where the address is its own. */
function arriving(node: NodeState, address: string, from: From, family: Family, isPod: boolean): Client | null {
  if (familyOf(address) !== family) return null
  const source = single(address)
  const sourceLocal = isLocal(node, source)
  const hook = sourceLocal === true ? 'output' : 'prerouting'
  const { device, bridged } = arrival(node, source)
  const inCluster = isPod || sourceLocal === true
  const named = clientNamed({ kind: from.kind, name: nameOf(from), node: node.name })
  return { ...named, hook, source, sourceLocal, inInterface: hook === 'output' ? '' : device, bridged, inCluster }
}

function nameOf(from: From): string {
  if (from.kind === 'address') return from.address
  return from.kind === 'pod' ? `${from.namespace}/${from.name}` : from.name
}

/** A client in words and as data. */
export const clientNamed = (who: Who): Pick<Client, 'label' | 'who'> => ({ label: labelOf(who), who })

function labelOf(who: Who): string {
  if (who.kind === 'pods') return `a pod on ${who.node}`
  if (who.kind === 'outside') return who.name === null ? 'a client outside' : `a client in ${who.name}`
  return namedText(who)
}

/** A process in the node's own network namespace. */
function process(observation: Observation, node: NodeState, entry: Entry): Client {
  const { family } = entry
  const address =
    sourceTo(observation, node, entry) ?? addressOf(observation, node.name, family) ?? reachedBy(node, family)
  const source = address ? single(address) : unknownOwnAddress(family)
  const named = clientNamed({ kind: 'node', name: node.name, node: node.name })
  return { ...named, hook: 'output', source, sourceLocal: true, inInterface: '', bridged: false, inCluster: true }
}

/** The address that the kernel gives a process's connection: the route's, else one of the interface that it leaves by (inet_select_addr in devinet.c). */
function sourceTo(observation: Observation, node: NodeState, { address, family }: Entry): string | null {
  if (address === null) return null
  const { kind, doubt, route, device } = lookupRoute(node, single(address), {
    source: null,
    mark: NO_MARK,
    inInterface: 'lo',
  })
  if (kind !== 'forward' || doubt !== null || device === null) return null
  const own = addressesAt(node, device, family)
  const usual = addressOf(observation, node.name, family)
  return route?.source ?? (usual !== null && own.includes(usual) ? usual : (own[0] ?? null))
}

/** The interface that packets of a source enter by, taken from the way back to it. */
export function arrival(node: NodeState, source: AddressSet): { device: string | null; bridged: Answer } {
  const { kind, device } = lookupRoute(node, source)
  return kind === 'forward' ? { device, bridged: entersByBridgePort(node, device) } : { device: null, bridged: UNTOLD }
}

/** The interface by which packets from other hosts enter the node: that of its InternalIP, else of its default route. */
export function arrivalFromOutside(observation: Observation, node: NodeState, family: Family) {
  const address = addressOf(observation, node.name, family)
  const link = node.links?.find((one) => address !== null && one.addresses.some((own) => own.address === address))
  const fallback = (node.routes ?? []).find(
    (route) => /^(0\.0\.0\.0|::)\/0$/.test(route.destination) && route.family === family,
  )
  const device = link?.name ?? fallback?.hops[0]?.device ?? null
  return { device, bridged: device === null ? UNTOLD : entersByBridgePort(node, device) }
}

const UNTOLD = maybe('whether it enters by a bridge port is not known')

/** physdev sees a bridge port only where br_netfilter hands bridged packets to iptables: bridge-nf-call-iptables. */
function entersByBridgePort(node: NodeState, device: string | null): Answer {
  const link = node.links?.find((one) => one.name === device)
  if (!link) return UNTOLD
  if (link.kind !== 'bridge' && !node.links?.some((one) => one.master === device)) return false
  const call = node.sysctls?.get('net.bridge.bridge-nf-call-iptables')
  return call === undefined ? UNTOLD : call === '1'
}

/** One of the node's addresses, not known which, but never loopback. */
function unknownOwnAddress(family: Family): AddressSet {
  const loopback = parseCidr(family === 4 ? '127.0.0.0/8' : '::1')!
  return { ...everything(family), except: [loopback] }
}
