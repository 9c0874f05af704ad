import type { Step } from '../kernel/flow.ts'
import type { Journey } from '../kernel/journey.ts'
import type { NodeState } from '../model/node.ts'
import type { Stop, WalkedRule } from '../model/report.ts'
import { meaningOf, roleOf } from '../proxies/rule-meaning.ts'

/** Every rule that the packet met, in the order in which it was first met, each once. */
export const metRules = (node: NodeState, journeys: readonly Journey[]): WalkedRule[] =>
  walkedRules(
    node,
    journeys.flatMap(({ steps }) => steps),
  )

/** The rules that dropped or rejected; where a policy, a route or a setting did, none. */
export const stoppingRules = (node: NodeState, journeys: readonly Journey[]): WalkedRule[] =>
  walkedRules(
    node,
    journeys.flatMap(({ stop, steps }) => (stop?.kind === 'rule' ? steps.slice(-1) : [])),
  )

function walkedRules({ name }: NodeState, steps: readonly Step[]): WalkedRule[] {
  const rules = new Map(steps.toReversed().map((step) => [step.rule, step]))
  const inOrder = [...new Set(steps.map(({ rule }) => rule))]
  return inOrder.map((rule) => {
    const { chain, maybe, origin } = rules.get(rule)!
    const { command, file, table } = origin
    return {
      ...{ node: name, command, file, line: rule.source.line, text: rule.source.text, table, chain },
      ...meaningOf(table, chain, rule),
      ...{ counter: rule.counter, maybe },
    }
  })
}

/** Do the rules themselves say that they drop because no endpoint is local, whether or not the policy is known? */
export const saysNoLocal = (journeys: readonly Journey[]): boolean => someRuleSays(journeys, 'noLocalEndpoints')

/** Do they say that there is no endpoint for this node, which by policy Local is as it should be? */
export const saysNoneHere = (journeys: readonly Journey[]): boolean => someRuleSays(journeys, 'noneHere')

const someRuleSays = (journeys: readonly Journey[], says: WalkedRule['says']): boolean =>
  journeys.some(({ steps }) =>
    steps.some(({ origin, chain, rule, maybe }) => {
      return maybe === null && meaningOf(origin.table, chain, rule).says === says
    }),
  )

/** Did the proxy's own rule, which says why, stop this share of the packets? */
export const isStatedStop = ({ stop, steps }: Pick<Journey, 'stop' | 'steps'>): boolean => {
  const last = steps.at(-1)
  return (
    stop?.kind === 'rule' && last !== undefined && meaningOf(last.origin.table, last.chain, last.rule).says !== null
  )
}

/** A stop with what its chain is to a proxy. */
export const withRole = (stop: Stop): Stop =>
  stop.kind === 'rule' && stop.table !== null && stop.chain !== null
    ? { ...stop, role: roleOf(stop.table, stop.chain) }
    : stop
