import { tablesOf } from '../kernel/base-chains.ts'
import type { Family } from '../model/address.ts'
import { memoByFamily } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import type { Hook, Rule, Ruleset } from '../model/rules.ts'

/** A rule that hands connections to a flow table, and where it stands; null where none does. iptables has no such rules. */
export const offloadingRule: (
  rulesets: readonly Ruleset[],
  family: Family,
) => { ruleset: Ruleset; table: string; chain: string; rule: Rule } | null = memoByFamily((rulesets, family) => {
  for (const { ruleset, table } of tablesOf(rulesets, family)) {
    if (ruleset.dialect !== 'nft') continue
    for (const chain of table.chains.values()) {
      const rule = chain.rules.find(({ actions }) => actions.some((one) => one.kind === 'none' && one.offloads))
      if (rule) return { ruleset, table: table.name, chain: chain.name, rule }
    }
  }
  return null
})

/** What there is to know of the counters of a node where a flow table carries connections; null where none does. */
export function counterNoteOf({ rulesets }: Pick<NodeState, 'rulesets'>): string | null {
  const found = offloadingRule(rulesets, 4) ?? offloadingRule(rulesets, 6)
  return (
    found &&
    `counts of packets and bytes are partial: the flow table of ${found.table} ${found.chain} carries established connections past the rules`
  )
}

/** Does a flow table carry packets past a chain: one that the hooks of forwarded packets lead to, and that sees more than the first of a connection? */
export const isPassedBy = (
  { rulesets }: Pick<NodeState, 'rulesets'>,
  family: Family,
  table: string,
  chain: string,
): boolean =>
  offloadingRule(rulesets, family) !== null && (passedChains(rulesets, family).get(table)?.has(chain) ?? false)

const FORWARDED = new Set<Hook>(['prerouting', 'forward', 'postrouting'])

const passedChains = memoByFamily((rulesets: readonly Ruleset[], family) => {
  const found = new Map<string, Set<string>>()
  for (const { table } of tablesOf(rulesets, family)) {
    const bases = [...table.chains.values()].filter(
      ({ base }) => base && base.type !== 'nat' && FORWARDED.has(base.hook),
    )
    const met = new Set(bases.map(({ name }) => name))
    // Chains found on the way join the end of the list.
    for (const name of met)
      for (const { actions } of table.chains.get(name)?.rules ?? [])
        for (const action of actions) if (action.kind === 'jump' || action.kind === 'goto') met.add(action.chain)
    found.set(table.name, new Set([...(found.get(table.name) ?? []), ...met]))
  }
  return found
})
