import type { Endpoint, Service } from '../model/cluster.ts'
import { endpointKey } from '../model/identity.ts'
import type { EndpointPath, EndpointTotal, EntryPath, NodePath } from '../model/report.ts'
import { stateOf } from './endpoints.ts'

/** One endpoint of one port on one node, each rule's counter once though several entries lead to it. */
interface Tally {
  endpoint: EndpointPath
  entry: EntryPath
  group: string
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
        let tally = tallies.get(key)
        if (!tally) {
          tally = { endpoint, entry, group: groupOf(endpoint, entry), perNode: new Map() }
          tallies.set(key, tally)
        }
        const before = tally.perNode.get(node.name)
        const hits = endpoint.hits?.packets ?? before?.hits ?? null
        // The entry that most clients use comes first and speaks for the node.
        tally.perNode.set(node.name, { hits, probability: before?.probability ?? endpoint.probability })
      }
    }
  }
  const wholes = wholesOf(tallies.values())
  const found = Array.from(tallies.values(), (tally) => total(tally, wholes.get(tally.group)!, service))
  const byAddress = Map.groupBy(found, ({ address }) => address)
  const untold = declared.filter(
    (one) =>
      !(byAddress.get(one.address) ?? []).some((other) =>
        one.untold ? other.port === one.port : other.portName === one.portName,
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

/** Those that share connections among them: endpoints of one port and family. */
const groupOf = ({ address }: EndpointPath, { portName, protocol }: EntryPath): string =>
  `${portName} ${protocol} ${address!.includes(':')}`

/** What all of a group counted together, and each node of them; null where nothing was counted. */
interface Whole {
  connections: number | null
  perNode: ReadonlyMap<string, number | null>
}

function wholesOf(tallies: Iterable<Tally>): Map<string, Whole> {
  const groups = new Map<string, Map<string, number | null>>()
  for (const { group, perNode } of tallies) {
    const counted = groups.get(group) ?? new Map<string, number | null>()
    groups.set(group, counted)
    for (const [name, { hits }] of perNode) counted.set(name, plus(counted.get(name) ?? null, hits))
  }
  return new Map(Array.from(groups, ([group, perNode]) => [group, { connections: sum(perNode.values()), perNode }]))
}

function total({ endpoint, entry, perNode }: Tally, whole: Whole, service: Service): EndpointTotal {
  let connections: number | null = null
  for (const { hits } of perNode.values()) connections = plus(connections, hits)
  const everyone = whole.connections
  return {
    address: endpoint.address!,
    port: endpoint.port,
    portName: entry.portName,
    protocol: entry.protocol,
    state: endpoint.state,
    ...(endpoint.rival ? { rival: endpoint.rival } : {}),
    pod: endpoint.pod,
    node: endpoint.node,
    connections,
    share: connections !== null && everyone ? connections / everyone : null,
    due: service.headless ? null : dueShare(perNode, whole.perNode),
  }
}

/** Each node's probability weighted by the connections that this node translated; by none at all, all nodes count alike. */
function dueShare(perNode: Tally['perNode'], counted: Whole['perNode']): number | null {
  if (perNode.size === 0) return null
  const whole = sum(counted.values()) ?? 0
  let due = 0
  for (const [name, hits] of counted) {
    const weight = whole > 0 ? (hits ?? 0) / whole : 1 / counted.size
    due += (perNode.get(name)?.probability ?? 0) * weight
  }
  return due
}

/** Null where nothing was counted. */
function sum(values: Iterable<number | null>): number | null {
  let all: number | null = null
  for (const value of values) all = plus(all, value)
  return all
}

const plus = (a: number | null, b: number | null): number | null => (a === null ? b : b === null ? a : a + b)
