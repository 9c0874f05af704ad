import { isLocal } from '../../../kernel/locality.ts'
import { single } from '../../../model/address.ts'
import type { NodeState } from '../../../model/node.ts'
import type { EntryPath } from '../../../model/report.ts'
import { type Analyzer, entryText, listed, ruleEvidence, walkedEntries } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** Service traffic that is not tracked. */
export const serviceTrafficUntracked: Analyzer = {
  code: 'SVP408',
  find(seen) {
    const met = walkedEntries(seen).flatMap(({ node, entry, state }) =>
      // A rule behind one that may not match is met only if that does.
      entry.kind === 'podIP' || entry.conditions.length > 0 || isServedHere(entry, state)
        ? []
        : entry.rules.flatMap((rule) =>
            rule.does === 'untrack' && rule.maybe === null ? [{ node, entry, rule }] : [],
          ),
    )
    const groups = Map.groupBy(met, ({ node, rule: { file, line, text } }) => `${node} ${file} ${line} ${text}`)
    return [...groups.values()].map((all) => {
      const { node, rule } = all[0]!
      const entries = listed(all.map(({ entry }) => entryText(entry)))
      return {
        node,
        subject: entries,
        message: `a rule of ${rule.chain} in the table ${rule.table} takes packets to ${entries} out of connection tracking: they are never translated, and clients get no answer`,
        evidence: ruleEvidence(node, [rule]),
        fix: onNode(node, rule.command, 'shows it: remove the rule, or exclude the service range from it'),
        hits: all.map((one) => ({ node: one.node, entry: one.entry })),
      }
    })
  },
}

/** A cluster IP that is an address of the node itself: NodeLocal DNSCache answers there, and wants no translation (its NOTRACK rules: node-cache's setup.go). */
const isServedHere = ({ kind, address }: EntryPath, state: NodeState): boolean =>
  kind === 'clusterIP' && isLocal(state, single(address)) === true
