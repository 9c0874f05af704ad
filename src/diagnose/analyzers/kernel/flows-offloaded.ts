import { offloadingRule } from '../../../proxies/offload.ts'
import { type Analyzer, familiesOf, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** A flow table that carries connections past the rules. */
export const flowsOffloaded: Analyzer = {
  code: 'SVP416',
  find: (seen) =>
    walkedNodes(seen).flatMap(({ path, state }) => {
      const [found] = familiesOf(path.entries).flatMap((family) => offloadingRule(state.rulesets, family) ?? [])
      if (!found) return []
      const { ruleset, table, chain, rule } = found
      return [
        {
          node: path.name,
          subject: `${table} ${chain}`,
          message: `a flow table carries established connections past the rules of ${path.name}: packet and byte counters of rules and conntrack are partial; connection counts are complete`,
          evidence: [{ node: path.name, command: ruleset.command, file: ruleset.file, ...rule.source }],
          fix: onNode(path.name, 'nft list flowtables', 'shows the flow tables and their interfaces; nothing is wrong'),
        },
      ]
    }),
}
