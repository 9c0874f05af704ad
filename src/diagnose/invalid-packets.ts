/** Rules that drop packets which connection tracking calls INVALID. */
import { baseChains, tablesOf } from '../kernel/base-chains.ts'
import type { Family } from '../model/address.ts'
import type { Evidence } from '../model/evidence.ts'
import { memoByFamily } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import type { Rule, Table } from '../model/rules.ts'

export interface InvalidDrop {
  chain: string
  dropped: number
  /** What the other rules of its chain took, which the packets that it dropped never reached. */
  passed: number
  evidence: Evidence
}

/**
 * Those of a family, with what they counted. Packets of a mark or an established connection are taken by the rules behind. Found out once a node, and looked for in
 * the tables that see what is forwarded: thousands of services have their chains in another.
 */
export const invalidDrops = memoByFamily(
  ({ name: node, rulesets }: NodeState, family: Family): readonly InvalidDrop[] =>
    tablesOf(rulesets, family).flatMap(({ ruleset: { command, file }, table }) =>
      seesForwarded(table)
        ? [...table.chains.values()].flatMap(({ name: chain, rules }) =>
            rules.filter(dropsInvalid).map((rule) => ({
              chain,
              dropped: rule.counter?.packets ?? 0,
              passed: rules
                .filter((one) => one !== rule)
                .reduce((sum, { counter }) => sum + (counter?.packets ?? 0), 0),
              evidence: { node, command, file, line: rule.source.line, text: rule.source.text },
            })),
          )
        : [],
    ),
)

const seesForwarded = ({ chains }: Table): boolean => [...chains.values()].some(({ base }) => base?.hook === 'forward')

/** Was a base chain at the hook forward read, so that a rule which is not among the rules is not on the node? */
export const sawForward = ({ rulesets }: NodeState, family: Family): boolean =>
  rulesets.every(({ problems }) => problems.length === 0) &&
  baseChains(rulesets, family).some(({ hook, type }) => hook === 'forward' && type === 'filter')

const dropsInvalid = ({ matches, actions }: Rule): boolean =>
  actions.some(({ kind }) => kind === 'drop') &&
  matches.some((match) => match.kind === 'conntrack' && !match.negated && match.states.includes('INVALID'))
