/** Rules that drop packets which connection tracking calls INVALID. */
import { baseChains, tablesOf } from '../kernel/base-chains.ts'
import type { Family } from '../model/address.ts'
import type { Evidence } from '../model/evidence.ts'
import { memoByFamily } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import type { Rule, Table } from '../model/rules.ts'
import { isForwardChain } from '../proxies/kube-proxy/roles.ts'
import { translatesByRules } from '../proxies/on-node.ts'

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
const invalidDrops = memoByFamily(({ name: node, rulesets }: NodeState, family: Family): readonly InvalidDrop[] =>
  tablesOf(rulesets, family).flatMap(({ ruleset: { command, file }, table }) =>
    seesForwarded(table)
      ? [...table.chains.values()].flatMap(({ name: chain, rules }) =>
          rules.filter(dropsInvalid).map((rule) => ({
            chain,
            dropped: rule.counter?.packets ?? 0,
            passed: rules.filter((one) => one !== rule).reduce((sum, { counter }) => sum + (counter?.packets ?? 0), 0),
            evidence: { node, command, file, line: rule.source.line, text: rule.source.text },
          })),
        )
      : [],
  ),
)

/** A few are normal: what arrives after a connection has ended is INVALID, too. */
const MANY_INVALID = 1000

export const LIBERAL = 'net.netfilter.nf_conntrack_tcp_be_liberal'

/** Does the node forward what is INVALID, which is a lot, untranslated? What translates by a table of connections of its own asks no rule. */
export const forwardsInvalid = (state: NodeState, families: readonly Family[]): boolean =>
  (state.conntrackStats?.invalid ?? 0) >= MANY_INVALID &&
  state.sysctls?.get(LIBERAL) === '0' &&
  families.every(
    (family) =>
      translatesByRules(state, family) && sawForward(state, family) && invalidDrops(state, family).length === 0,
  )

/** Late packets of connections that have ended are dropped on every node. Many, and in a hundred forwarded ones more than one, are something else. */
const MANY_DROPPED = 100
const SHARE = 0.01

/** Rules of kube-proxy's that dropped many INVALID packets, beside what passed. */
export const busyInvalidDrops = (state: NodeState, family: Family): InvalidDrop[] =>
  invalidDrops(state, family).filter(
    ({ chain, dropped, passed }) => isForwardChain(chain) && dropped >= MANY_DROPPED && isMuchOf(dropped, passed),
  )

export const isMuchOf = (dropped: number, passed: number): boolean =>
  dropped > 0 && dropped >= SHARE * (dropped + passed)

const seesForwarded = ({ chains }: Table): boolean => [...chains.values()].some(({ base }) => base?.hook === 'forward')

/** Was a base chain at the hook forward read, so that a rule which is not among the rules is not on the node? */
const sawForward = ({ rulesets }: NodeState, family: Family): boolean =>
  rulesets.every(({ problems }) => problems.length === 0) &&
  baseChains(rulesets, family).some(({ hook, type }) => hook === 'forward' && type === 'filter')

const dropsInvalid = ({ matches, actions }: Rule): boolean =>
  actions.some(({ kind }) => kind === 'drop') &&
  matches.some((match) => match.kind === 'conntrack' && !match.negated && match.states.includes('INVALID'))
