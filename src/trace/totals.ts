import type { Endpoint, Service } from '../model/cluster.ts'
import { endpointKey } from '../model/identity.ts'
import type { EndpointPath, EndpointTotal, EntryPath, NodePath } from '../model/report.ts'
import { stateOf } from './endpoints.ts'

/** One endpoint of one port on one node, each rule's counter once though several entries lead to it. */
interface Tally {
  endpoint: EndpointPath
  entry: EntryPath
  perNode: Map<string, { hits: number | null; probability: number }>
}

/** Every endpoint over all nodes: connections, the share seen and the share due. */
export function endpointTotals(
  service: Service,
  nodes: readonly NodePath[],
  declared: readonly Endpoint[],
): EndpointTotal[] {
  const tallies = new Map<string, Tally>()
  for (const node of nodes) {
    for (const entry of node.entries) {
      for (const endpoint of entry.endpoints) {
        if (endpoint.address === null) continue
        const key = `${entry.portName} ${entry.protocol} ${endpointKey(endpoint)}`
        const tally = tallies.get(key) ?? { endpoint, entry, perNode: new Map() }
        tallies.set(key, tally)
        const before = tally.perNode.get(node.name)
        const hits = endpoint.hits?.packets ?? before?.hits ?? null
        // The entry that most clients use comes first and speaks for the node.
        tally.perNode.set(node.name, { hits, probability: before?.probability ?? endpoint.probability })
      }
    }
  }
  const all = [...tallies.values()]
  const found = all.map((tally) => total(tally, all, service))
  const untold = declared.filter(
    (one) =>
      !found.some(
        (other) =>
          other.address === one.address && (one.untold ? other.port === one.port : other.portName === one.portName),
      ),
  )
  return [...found, ...untold.map(onlyDeclared)]
}

/** An endpoint of the API that no node's rules were seen to lead to, nor should have. */
function onlyDeclared(endpoint: Endpoint): EndpointTotal {
  const { address, port, portName, protocol, pod, node } = endpoint
  return {
    address,
    port,
    portName,
    protocol,
    state: stateOf(endpoint),
    pod,
    node,
    connections: null,
    share: null,
    due: null,
  }
}

function total({ endpoint, entry, perNode }: Tally, all: readonly Tally[], service: Service): EndpointTotal {
  const rivals = all.filter((one) => one.entry.portName === entry.portName && one.entry.protocol === entry.protocol)
  const family = (one: Tally) => one.endpoint.address!.includes(':') === endpoint.address!.includes(':')
  const peers = rivals.filter(family)
  const connections = sum([...perNode.values()].map(({ hits }) => hits))
  const everyone = sum(peers.flatMap((one) => [...one.perNode.values()].map(({ hits }) => hits)))
  return {
    address: endpoint.address!,
    port: endpoint.port,
    portName: entry.portName,
    protocol: entry.protocol,
    state: endpoint.state,
    pod: endpoint.pod,
    node: endpoint.node,
    connections,
    share: connections !== null && everyone ? connections / everyone : null,
    due: service.headless ? null : dueShare(perNode, peers),
  }
}

/** Each node's probability weighted by the connections that this node translated; by none at all, all nodes count alike. */
function dueShare(perNode: Tally['perNode'], peers: readonly Tally[]): number | null {
  if (perNode.size === 0) return null
  const names = [...new Set(peers.flatMap((peer) => [...peer.perNode.keys()]))]
  const weights = names.map((name) => sum(peers.map((peer) => peer.perNode.get(name)?.hits ?? null)) ?? 0)
  const whole = weights.reduce((a, b) => a + b, 0)
  return names.reduce((due, name, i) => {
    const weight = whole > 0 ? weights[i]! / whole : 1 / names.length
    return due + (perNode.get(name)?.probability ?? 0) * weight
  }, 0)
}

/** Null where nothing was counted. */
function sum(values: readonly (number | null)[]): number | null {
  const counted = values.filter((value) => value !== null)
  return counted.length > 0 ? counted.reduce((a, b) => a + b, 0) : null
}
