import { tablesOf } from '../kernel/base-chains.ts'
import type { Origin } from '../kernel/flow.ts'
import type { Family } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { Ruleset } from '../model/rules.ts'

/** The language in which a step's rule was read; null where nftables tells nothing of it: it is no rule of its, but of iptables-legacy, IPVS or a program. */
export function languageOf({ rulesets }: NodeState, { command, file, table }: Origin): Ruleset['dialect'] | null {
  const source = rulesets.find((one) => one.file === file && one.command === command)
  return source?.tables.some(({ name }) => name === table) && source.backend !== 'legacy' ? source.dialect : null
}

/** Does a packet of the family meet rules besides, of which nftables tells nothing? */
export const meetsUntold = ({ rulesets }: NodeState, family: Family): boolean =>
  tablesOf(rulesets, family).some(({ ruleset, table }) => ruleset.backend === 'legacy' && hasRules(table))

const hasRules = ({ chains }: Ruleset['tables'][number]): boolean =>
  [...chains.values()].some(({ rules, policy }) => rules.length > 0 || policy === 'drop')
