import type { Family } from '../model/address.ts'
import { memoByFamily } from '../model/memo.ts'
import type { Chain, ChainType, Hook, Ruleset, Table } from '../model/rules.ts'

/** A chain that the kernel calls at a hook. */
export interface Base {
  ruleset: Ruleset
  table: Table
  chain: Chain
  hook: Hook
  priority: number
  type: ChainType
}

/** The tables that see packets of a family, each with its dump. */
export function tablesOf(rulesets: readonly Ruleset[], family: Family): { ruleset: Ruleset; table: Table }[] {
  const families = family === 4 ? ['ip', 'inet'] : ['ip6', 'inet']
  return rulesets.flatMap((ruleset) =>
    ruleset.tables.filter((table) => families.includes(table.family)).map((table) => ({ ruleset, table })),
  )
}

/**
 * The base chains of a family in the order in which the kernel calls them. Chains of one priority keep the order of the
 * dumps: which was registered first is not in any dump.
 */
export const baseChains = memoByFamily((rulesets: readonly Ruleset[], family): readonly Base[] => {
  const bases = tablesOf(rulesets, family).flatMap(({ ruleset, table }) =>
    [...table.chains.values()].flatMap((chain) => (chain.base ? [{ ruleset, table, chain, ...chain.base }] : [])),
  )
  return bases.sort((a, b) => a.priority - b.priority)
})

/** A chain that a hook is known to lead to, where the text may lack what does so. */
export interface Start {
  hook: Hook
  type: 'nat' | 'filter'
  chain: string
  /** Nothing else comes to it than what is looked at. */
  own?: boolean
}

/** Every chain of that name that holds rules, made to stand at its hook: where a fragment begins in the middle. */
export const standIns = (rulesets: readonly Ruleset[], family: Family, { hook, type, chain: name }: Start): Base[] =>
  tablesOf(rulesets, family).flatMap(({ ruleset, table }) => {
    const chain = table.chains.get(name)
    const elsewhere = (table.name === 'nat' || table.name === 'filter') && table.name !== type
    if (!chain || chain.rules.length === 0 || elsewhere) return []
    return [{ ruleset, table, chain, hook, priority: type === 'nat' ? -100 : 0, type }]
  })
