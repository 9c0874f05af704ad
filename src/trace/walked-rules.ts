import type { Step } from '../kernel/flow.ts'
import type { Journey } from '../kernel/journey.ts'
import type { Family } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { Stop, WalkedRule } from '../model/report.ts'
import type { Counter, Rule } from '../model/rules.ts'
import { isPassedBy } from '../proxies/offload.ts'
import { meaningOf, roleOf, saidByFate } from '../proxies/rule-meaning.ts'

/** Every rule that the packet met, in the order in which it was first met, each once. */
export const metRules = (node: NodeState, family: Family, journeys: readonly Journey[]): WalkedRule[] =>
  walkedRules(
    node,
    family,
    journeys.flatMap(({ steps }) => steps),
  )

/** The rules that dropped or rejected; where a policy, a route or a setting did, none. */
export const stoppingRules = (node: NodeState, family: Family, journeys: readonly Journey[]): WalkedRule[] =>
  walkedRules(
    node,
    family,
    journeys.flatMap(({ stop, steps }) => (stop?.kind === 'rule' ? steps.slice(-1) : [])),
    new Map(journeys.flatMap((one) => one.steps.slice(-1).map(({ rule }) => [rule, saidBy(one)]))),
  )

/** What is carried past a rule it does not count. */
const counterOf = (
  node: NodeState,
  family: Family,
  table: string,
  chain: string,
  counter: Counter | null,
): Counter | null => (counter && isPassedBy(node, family, table, chain) ? { ...counter, partial: true } : counter)

function walkedRules(
  node: NodeState,
  family: Family,
  steps: readonly Step[],
  said: ReadonlyMap<Rule, WalkedRule['says']> = new Map(),
): WalkedRule[] {
  const rules = new Map<Rule, Step>()
  for (const step of steps) if (!rules.has(step.rule)) rules.set(step.rule, step)
  return Array.from(rules.values(), ({ chain, maybe, origin, rule }) => {
    const { command, file, table } = origin
    const { line, text } = rule.source
    const meaning = meaningOf(table, chain, rule)
    return {
      ...{ node: node.name, command, file, line, text, table, chain },
      ...meaning,
      ...{ says: said.get(rule) ?? meaning.says, counter: counterOf(node, family, table, chain, rule.counter), maybe },
    }
  })
}

/** Do the rules themselves say that they drop because no endpoint is local, whether or not the policy is known? */
export const saysNoLocal = (journeys: readonly Journey[]): boolean =>
  someRuleSays(journeys, 'noLocalEndpoints') || journeys.some((journey) => saidBy(journey) === 'noLocalEndpoints')

/** Do they say that there is no endpoint for this node, which by policy Local is as it should be? */
export const saysNoneHere = (journeys: readonly Journey[]): boolean => someRuleSays(journeys, 'noneHere')

const someRuleSays = (journeys: readonly Journey[], says: WalkedRule['says']): boolean =>
  journeys.some(({ steps }) =>
    steps.some(({ origin, chain, rule, maybe }) => {
      return maybe === null && meaningOf(origin.table, chain, rule).says === says
    }),
  )

/** Did the proxy's own rule, which says why, stop this share of the packets? */
export const isStatedStop = (journey: Pick<Journey, 'stop' | 'steps' | 'fate'>): boolean =>
  journey.stop?.kind === 'rule' && saidBy(journey) !== null

/** What the proxy says by the rule that a packet met last, and by what that did. */
function saidBy({ steps, fate, stop }: Pick<Journey, 'stop' | 'steps' | 'fate'>): WalkedRule['says'] {
  const last = steps.at(-1)
  if (!last) return null
  const { origin, chain, rule } = last
  return (
    meaningOf(origin.table, chain, rule).says ?? (stop?.kind === 'rule' ? saidByFate(origin.table, chain, fate) : null)
  )
}

/** A stop with what its chain is to a proxy. */
export const withRole = (stop: Stop): Stop =>
  stop.kind === 'rule' && stop.table !== null && stop.chain !== null
    ? { ...stop, role: roleOf(stop.table, stop.chain) }
    : stop
