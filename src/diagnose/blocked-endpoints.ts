/** Where packets on their way to an endpoint are dropped or rejected, each stop once. */
import { familyOf } from '../model/address.ts'
import { stopKey } from '../model/identity.ts'
import { memoLast } from '../model/memo.ts'
import type { EndpointPath, EntryPath, Stop } from '../model/report.ts'
import { isPolicyChain, isPolicyTable } from '../proxies/policy-chains.ts'
import { unblocking } from '../proxies/rule-commands.ts'
import { type Case, type Draft, type Hit, walkedEntries } from './case.ts'
import { onNode } from './fix.ts'

interface Lost {
  /** The node whose clients it hits. */
  from: string
  entry: EntryPath
  endpoint: EndpointPath
}

/** A stop with all that ends there. */
export interface Blocked {
  stop: Stop
  how: 'drop' | 'reject'
  lost: readonly Lost[]
}

/**
 * Every rule, policy, route or setting of the wanted kinds that stands in the way. A rule that drops what a node takes for INVALID, having seen one direction alone, is
 * not the fault: the routes are (`strays`).
 */
export function stopsOf(seen: Case, kinds: readonly Stop['kind'][], strays = false): Blocked[] {
  const lost = stopped(seen).filter(({ stop }) => kinds.includes(stop.kind) && (stop.ends === 'strays') === strays)
  if (lost.length === 0) return []
  const groups = Map.groupBy(lost, ({ stop }) => stopKey(stop))
  return [...groups.values()].map((all) => ({
    ...{ stop: all[0]!.stop, how: all[0]!.how },
    lost: all.map((one) => one.lost),
  }))
}

/** All that is stopped, whatever by; several analyzers ask. */
const stopped = memoLast((seen: Case) =>
  walkedEntries(seen).flatMap(({ node: from, entry }) =>
    entry.endpoints.flatMap((endpoint) => {
      const { stop, fate, probability } = endpoint
      return stop && probability > 0 && (fate === 'drop' || fate === 'reject')
        ? [{ stop, how: fate, lost: { from, entry, endpoint } } as const]
        : []
    }),
  ),
)

/** A finding on endpoints that perhaps nobody is led to, since a rule on the way may not match, is no error. */
export const asSureAs = (led: readonly { entry: EntryPath; endpoint: EndpointPath }[]): Pick<Draft, 'severity'> =>
  led.every(({ entry, endpoint }) => entry.verdict === 'unknown' && endpoint.conditions.length > 0)
    ? { severity: 'warning' }
    : {}

/** A policy's chain, or a table of a program that enforces policies. */
export const isPolicy = ({ table, chain }: Stop): boolean => isPolicyChain(chain ?? '') || isPolicyTable(table ?? '')

/** Whose connections end there: every entry that leads to one of the lost endpoints, on each node that it does. */
export const hitsOf = ({ lost }: Blocked): Hit[] => lost.map(({ from, entry }) => ({ node: from, entry }))

/** The command that takes a rule away, or lets a policy accept, by the tool that the stop was read with. */
export function unblock({ observation }: Case, { stop, lost }: Blocked, note: string): string {
  const state = observation.nodes.find(({ name }) => name === stop.node)
  const six = lost.some(({ endpoint: { address } }) => address !== null && familyOf(address) === 6)
  const { run, note: shows } = unblocking(state, stop, six)
  return onNode(stop.node, run, shows === null ? note : `${shows}; ${note}`)
}
