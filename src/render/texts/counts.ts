import { treatmentKey } from '../../model/identity.ts'
import type { EntryPath, NodePath } from '../../model/report.ts'
import { connections, percent } from '../words.ts'

/**
 * What the entry's rules counted: connections where they translate, packets where a filter rule stops them. Rules of
 * kube-proxy's nftables mode keep no counters: then conntrack entries stand in, and are called so.
 */
export function countText({ hits, outcome, conntrack, trackedBy }: EntryPath): string {
  const stopped = outcome === 'reject' || outcome === 'drop'
  if (!hits) return conntrack === null ? 'not counted' : conntrackText(conntrack, trackedBy)
  if (stopped) return `${hits.packets} packet${hits.packets === 1 ? '' : 's'}`
  // A count that lags lacks the last connections, which a table of connections has.
  const late = hits.lags && conntrack !== null && conntrack > hits.packets
  return late
    ? `${connections(hits.packets, hits)} counted, ${conntrack} in ${trackedBy ?? 'conntrack'}`
    : connections(hits.packets, hits)
}

const conntrackText = (count: number, by?: string): string =>
  by ? `${count} in ${by}` : `${count} conntrack entr${count === 1 ? 'y' : 'ies'}`

/** The node's sum; of conntrack entries where no rule counts. */
export function nodeCount({ entries, connections: counted }: NodePath): string {
  const tracked = entries.flatMap((entry) => entry.conntrack ?? [])
  if (counted !== null) return connections(counted)
  if (entries.length === 0 || entries.every(({ kind }) => kind === 'podIP')) return ''
  return tracked.length > 0 ? conntrackText(tracked.reduce((a, b) => a + b, 0)) : 'not counted'
}

/** Two entries that lead to the same endpoints with the same shares. */
export function sameEndpoints(a: EntryPath, b: EntryPath): boolean {
  const key = (entry: EntryPath) =>
    JSON.stringify(entry.endpoints.map((one) => [treatmentKey(one), percent(one.probability)]))
  return key(a) === key(b)
}
