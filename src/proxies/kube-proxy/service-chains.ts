/** Where a node holds service rules, and which hooks lead to them. */

import { tablesOf } from '../../kernel/base-chains.ts'
import type { Family } from '../../model/address.ts'
import { memoByFamily } from '../../model/memo.ts'
import type { NodeState } from '../../model/node.ts'
import type { Chain, Hook, Ruleset, Table } from '../../model/rules.ts'

export interface Place {
  /** What writes and shows it: iptables of one back end, or nft. */
  name: 'iptables-legacy' | 'iptables-nft' | 'nftables'
  family: Family
  ruleset: Ruleset
  table: Table
  /** The chain that all services' rules begin in. */
  services: Chain
  /** The base chains through which connections come. */
  hooks: { name: string; hook: Hook; leads: boolean }[]
}

/** Every table of a family that holds kube-proxy's chain of services. */
export const placesOf = ({ rulesets }: NodeState, family: Family): readonly Place[] => placesIn(rulesets, family)

const placesIn = memoByFamily((rulesets: readonly Ruleset[], family): Place[] =>
  tablesOf(rulesets, family).flatMap(({ ruleset, table }) => {
    const native = table.name === 'kube-proxy'
    const services =
      native || table.name === 'nat' ? table.chains.get(native ? 'services' : 'KUBE-SERVICES') : undefined
    if (!services) return []
    const hooks = [...table.chains.values()].flatMap(({ name, base }) =>
      base?.type === 'nat' && (base.hook === 'prerouting' || base.hook === 'output')
        ? [{ name, hook: base.hook, leads: reaches(name, services.name, table.chains) }]
        : [],
    )
    const name = native ? ('nftables' as const) : (`iptables-${ruleset.backend ?? 'nft'}` as const)
    return [{ name, family, ruleset, table, services, hooks }]
  }),
)

/** Do packets get to its rules at all? */
export const isReached = ({ services, hooks }: Place): boolean =>
  services.rules.length > 0 && hooks.some(({ leads }) => leads)

/** Does a chain lead to another, by any number of jumps? */
export function reaches(
  from: string,
  to: string,
  chains: ReadonlyMap<string, Chain>,
  met = new Set<string>(),
): boolean {
  if (from === to) return true
  if (met.has(from)) return false
  met.add(from)
  return (chains.get(from)?.rules ?? []).some(({ actions }) =>
    actions.some((action) => 'chain' in action && reaches(action.chain, to, chains, met)),
  )
}

/** How many of the addresses the place's rules lead to: old rules lead to what is gone. */
export function likeness({ table }: Place, addresses: ReadonlySet<string>): number {
  const led = new Set<string>()
  for (const { name, rules } of table.chains.values()) {
    if (!/^(KUBE-SEP-|endpoint-)/.test(name)) continue
    for (const { actions } of rules)
      for (const action of actions)
        if (action.kind === 'dnat') for (const { target } of action.choices) if (target.address) led.add(target.address)
  }
  return [...addresses].filter((address) => led.has(address)).length
}
