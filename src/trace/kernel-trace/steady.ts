import type { NodeState } from '../../model/node.ts'
import type { Chain, NamedSet, Rule } from '../../model/rules.ts'

/** Were the rules of a node the same at both times? Counters aside, and what rules themselves put into sets. */
export const isSteady = (before: NodeState, after: NodeState): boolean => rulesOf(before) === rulesOf(after)

const rulesOf = ({ rulesets }: NodeState): string =>
  JSON.stringify(
    rulesets.map(({ command, file, tables }) => [
      ...[command, file],
      tables.map(({ family, name, chains, sets }) => [
        ...[family, name],
        [...chains.values()].map(chainOf),
        [...sets.values()].filter(({ dynamic }) => !dynamic).map(setOf),
      ]),
    ]),
    (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value),
  )

const chainOf = ({ name, base, policy, rules }: Chain) => [name, base, policy, rules.map(ruleOf)]

const ruleOf = ({ matches, actions }: Rule) => [matches, actions]

const setOf = ({ name, elements, verdicts }: NamedSet) => [name, elements, verdicts]
