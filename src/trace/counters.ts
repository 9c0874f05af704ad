import type { Step } from '../kernel/flow.ts'
import type { Journey } from '../kernel/journey.ts'
import { isLocal } from '../kernel/locality.ts'
import { familyOf, joinHostPort, single } from '../model/address.ts'
import type { Entry } from '../model/entry.ts'
import { memo } from '../model/memo.ts'
import type { ConntrackEntry, NodeState } from '../model/node.ts'
import type { Action, Counter, Rule } from '../model/rules.ts'
import { proxiesOn } from '../proxies/on-node.ts'
import type { Tracked } from '../proxies/proxy.ts'
import { meaningOf } from '../proxies/rule-meaning.ts'
import { otherConnections } from '../proxies/tracked.ts'

/** The sum of counters; null where one of them is not kept, or there are none. */
export function sumCounters(counters: readonly (Counter | null)[]): Counter | null {
  if (counters.length === 0) return null
  let [packets, bytes, approximate, lags] = [0, 0, false, false]
  for (const counter of counters) {
    if (!counter) return null
    packets += counter.packets
    bytes += counter.bytes
    approximate ||= counter.approximate === true
    lags ||= counter.lags === true
  }
  return { packets, bytes, ...(approximate ? { approximate } : {}), ...(lags ? { lags } : {}) }
}

/**
 * Connections that came in by an entry: what the rules counted that test its address or port and lead on, or, where
 * nothing leads on, that reject it. In nat tables only the first packet of a connection is counted.
 */
export function entryHits(journeys: readonly Journey[]): Counter | null {
  const steps = journeys.flatMap((journey) => journey.steps)
  const certain = steps.filter(({ maybe, rule }) => maybe === null && rule.matches.some(namesEntry))
  const leading = certain.filter(isLeading)
  const stopping = certain.filter(({ rule }) => rule.actions.some(({ kind }) => kind === 'drop' || kind === 'reject'))
  const rules = new Set((leading.length > 0 ? leading : stopping).map(({ rule }) => rule))
  return sumCounters([...rules].map((rule) => rule.counter))
}

/** A rule of the chains that all services' rules begin in, which leads on to the service's own. */
function isLeading({ origin, chain, rule }: Step): boolean {
  const { role, to, toRole } = meaningOf(origin.table, chain, rule)
  return role === 'services' && to !== null && toRole !== 'mark' && rule.actions.some(({ kind }) => LEADS.has(kind))
}

const LEADS = new Set<Action['kind']>(['jump', 'goto'])

const namesEntry = (match: Rule['matches'][number]): boolean =>
  (match.kind === 'address' && match.side === 'destination' && !match.negated) ||
  (match.kind === 'port' && match.side === 'destination')

/** Connections to this entry on this node; null where they were not collected. By the proxy's own table, where it keeps one, else by conntrack. */
export function entryConnections(node: NodeState, entry: Entry): Tracked | null {
  const [own] = proxiesOn(node, entry.family).all.flatMap((proxy) => proxy.tracked(entry) ?? [])
  if (own) return own
  const led = conntrackOf(node, entry)
  return led && { count: led.length, led }
}

/** Entries whose client asked for this entry on this node. */
function conntrackOf(node: NodeState, entry: Entry): ConntrackEntry[] | null {
  const own = node.conntrack && connectionsIn(node.conntrack, node, entry)
  if (own && own.length > 0) return own
  // A proxy may take its connections out of conntrack, and keep them in a table of its own.
  const other = otherConnections(node)
  return other && (own === null || other.length > 0) ? connectionsIn(other, node, entry) : own
}

/** Entries of an original destination, in their order. */
export const connectionsTo = (
  all: readonly ConntrackEntry[],
  { address, port, protocol }: { address: string; port: number; protocol: string },
): readonly ConntrackEntry[] =>
  conntrackIndex(all).get(`${protocol.toLowerCase()} ${joinHostPort(address, port)}`) ?? []

function connectionsIn(all: readonly ConntrackEntry[], node: NodeState, entry: Entry): ConntrackEntry[] {
  const { address, port, protocol } = entry
  const index = conntrackIndex(all)
  if (address !== null) return index.get(`${protocol.toLowerCase()} ${joinHostPort(address, port)}`) ?? []
  const toPort = index.get(`${protocol.toLowerCase()} *:${port}`) ?? []
  return toPort.filter(({ original }) => {
    return familyOf(original.destination) === entry.family && isLocal(node, single(original.destination)) === true
  })
}

/** Entries by protocol and original destination, and by protocol and destination port alone. */
const conntrackIndex = memo((entries: readonly ConntrackEntry[]) => {
  const index = new Map<string, ConntrackEntry[]>()
  for (const entry of entries) {
    const { destination, destinationPort } = entry.original
    for (const key of [joinHostPort(destination, destinationPort), `*:${destinationPort}`]) {
      const full = `${entry.protocol} ${key}`
      const list = index.get(full)
      if (list) list.push(entry)
      else index.set(full, [entry])
    }
  }
  return index
})
