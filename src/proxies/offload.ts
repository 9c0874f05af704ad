import { tablesOf } from '../kernel/base-chains.ts'
import type { Family } from '../model/address.ts'
import { memoByFamily } from '../model/memo.ts'
import type { Rule, Ruleset } from '../model/rules.ts'

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
