import { memo } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'

/** The ipsets that rules of the node add to or take from: what they hold may be another by the time that a rule asks. Takes every rule apart, once a node. */
export const writtenSets = memo(({ rulesets }: NodeState): ReadonlySet<string> => {
  const names = new Set<string>()
  for (const { tables } of rulesets)
    for (const { chains } of tables)
      for (const { rules } of chains.values())
        for (const { actions } of rules)
          for (const action of actions) if (action.kind === 'none' && action.writes) names.add(action.writes)
  return names
})
