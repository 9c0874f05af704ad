import type { Service } from '../model/cluster.ts'
import type { Entry } from '../model/entry.ts'
import { wayKey } from '../model/identity.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { From } from '../model/query.ts'
import type { EntryPath, NodePath } from '../model/report.ts'
import { counterNoteOf } from '../proxies/offload.ts'
import { modeOf } from '../proxies/on-node.ts'
import { walkEntry } from './entry-path.ts'
import { combineVerdicts } from './verdict.ts'

/** A node's path, and the reasons of its entries without the node's name. */
export interface WalkedNode {
  path: NodePath
  reasons: readonly (string | null)[]
}

/** The way of every entry through one node. A node whose rules were not read is unknown, and says so. */
export function nodePath(
  observation: Observation,
  node: NodeState,
  service: Service,
  entries: readonly Entry[],
  from: From | null,
): WalkedNode {
  const walked = entries.flatMap((entry) => walkEntry(observation, node, service, entry, from) ?? [])
  const paths = walked.map(({ path }) => path)
  const notes = [...new Set(walked.flatMap(({ assumptions }) => [...assumptions]))]
  const counterNote = counterNoteOf(node)
  const path = {
    name: node.name,
    ...modeOf(node),
    ...(counterNote ? { counterNote } : {}),
    verdict: combineVerdicts(paths.map((path) => path.verdict)),
    sameAs: null,
    connections: sumHits(paths),
    entries: paths,
    notes,
  }
  const reasons = walked.map(({ unnamedReason }) => unnamedReason)
  return { path, reasons }
}

/** A node that the API names and nobody read, or could. */
export function unreadNode(observation: Observation, name: string): WalkedNode {
  const notes = [observation.unread.find(({ node }) => node === name)?.reason ?? 'nothing was collected from this node']
  const unknown = { mode: null, backend: null, verdict: 'unknown', sameAs: null, connections: null } as const
  const path = { name, ...unknown, entries: [], notes }
  return { path, reasons: [] }
}

/** Sets `sameAs` on each node whose way is that of an earlier one. */
export function foldNodes(nodes: readonly WalkedNode[]): NodePath[] {
  // Few entries of few nodes are compared: a key holds every endpoint.
  const alike = Map.groupBy(nodes, ({ path }) => path.entries.length)
  const first = new Map<string, string>()
  return nodes.map(({ path, reasons }) => {
    if (alike.get(path.entries.length)!.length === 1) return { ...path, sameAs: null }
    const way = wayKey(path, reasons)
    const sameAs = first.get(way) ?? null
    if (sameAs === null) first.set(way, path.name)
    return { ...path, sameAs }
  })
}

function sumHits(entries: readonly EntryPath[]): number | null {
  // What a filter rule rejects or drops it counts by packets, each retransmission anew.
  const translated = entries.filter((entry) => entry.outcome !== 'reject' && entry.outcome !== 'drop')
  const counted = translated.flatMap((entry) => entry.hits?.packets ?? [])
  return counted.length > 0 ? counted.reduce((sum, packets) => sum + packets, 0) : null
}
