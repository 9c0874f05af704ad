import type { Service } from '../model/cluster.ts'
import type { Entry } from '../model/entry.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { From } from '../model/query.ts'
import type { EntryPath, NodePath } from '../model/report.ts'
import { modeOf } from '../proxies/on-node.ts'
import { walkEntry } from './entry-path.ts'
import { combineVerdicts } from './verdict.ts'

/** The way of every entry through one node. A node whose rules were not read is unknown, and says so. */
export function nodePath(
  observation: Observation,
  node: NodeState,
  service: Service,
  entries: readonly Entry[],
  from: From | null,
): NodePath {
  const walked = entries.flatMap((entry) => walkEntry(observation, node, service, entry, from) ?? [])
  const paths = walked.map(({ path }) => path)
  const notes = [...new Set(walked.flatMap(({ assumptions }) => [...assumptions]))]
  return {
    name: node.name,
    ...modeOf(node),
    verdict: combineVerdicts(paths.map((path) => path.verdict)),
    sameAs: null,
    connections: sumHits(paths),
    entries: paths,
    notes,
  }
}

/** A node that the API names and nobody read, or could. */
export function unreadNode(observation: Observation, name: string): NodePath {
  const notes = [observation.unread.find(({ node }) => node === name)?.reason ?? 'nothing was collected from this node']
  return { name, mode: null, backend: null, verdict: 'unknown', sameAs: null, connections: null, entries: [], notes }
}

/** Sets `sameAs` on each node whose way is that of an earlier one; where links and counters differ, the way is still the same. */
export function foldNodes(nodes: readonly NodePath[]): NodePath[] {
  const first = new Map<string, string>()
  return nodes.map((node) => {
    const way = JSON.stringify([node.verdict, node.mode, node.backend, node.notes, node.entries.map(signature)])
    // Reasons name their node; said of another one they are the same.
    const key = way
      .replaceAll(` ${node.name}:`, ' *:')
      .replaceAll(` ${node.name}"`, ' *"')
      .replaceAll(` ${node.name} `, ' * ')
    const sameAs = first.get(key) ?? null
    if (sameAs === null) first.set(key, node.name)
    return { ...node, sameAs }
  })
}

function signature(entry: EntryPath) {
  const { kind, address, port, protocol, chains, outcome, verdict, conditions, endpoints } = entry
  // A node port stands at another address on every node.
  const where = kind === 'nodePort' ? '*' : address
  const places = endpoints.map((one) => {
    return [
      one.address,
      one.port,
      one.chain,
      one.probability.toFixed(6),
      one.state,
      one.fate,
      one.reason,
      one.masquerade,
    ]
  })
  return [kind, where, port, protocol, chains, outcome, verdict, conditions, entry.reason, places]
}

function sumHits(entries: readonly EntryPath[]): number | null {
  // What a filter rule rejects or drops it counts by packets, each retransmission anew.
  const translated = entries.filter((entry) => entry.outcome !== 'reject' && entry.outcome !== 'drop')
  const counted = translated.flatMap((entry) => entry.hits?.packets ?? [])
  return counted.length > 0 ? counted.reduce((sum, packets) => sum + packets, 0) : null
}
