import { familyOf } from '../../../model/address.ts'
import type { EntryPath } from '../../../model/report.ts'
import { proxiesOn } from '../../../proxies/on-node.ts'
import { type Analyzer, listed, ruleEvidence, walkedEntries } from '../../case.ts'

/** Rules on the path that could not be judged: those of a node are one doubt. */
export const matchNotUnderstood: Analyzer = {
  code: 'SVP803',
  find(seen) {
    const doubts = walkedEntries(seen).flatMap(({ node, entry, state }) =>
      // Where something else translates, that is what is not known (SVP804).
      proxiesOn(state, familyOf(entry.address)).other === null
        ? entry.rules.flatMap((rule) => (isDecisive(entry, rule.maybe) ? [{ ...rule, node }] : []))
        : [],
    )
    return [...Map.groupBy(doubts, ({ node }) => node)].map(([node, all]) => {
      const rules = [...new Map(all.map((one) => [`${one.file} ${one.line} ${one.text}`, one])).values()]
      const reasons = [...new Set(rules.map(({ maybe }) => maybe!))]
      return {
        node,
        subject: listed([...new Set(rules.map(({ chain }) => chain))]),
        message:
          rules.length === 1
            ? `it is not known whether a rule on the path applies: ${reasons[0]}`
            : `it is not known whether ${rules.length} rules on the path apply: ${listed(reasons, 2)}`,
        evidence: ruleEvidence(node, rules),
      }
    })
  },
}

/** Does what becomes of the packet, or of a share of it, depend on it? A doubt that made no difference is none. */
const isDecisive = ({ conditions, endpoints, reason }: EntryPath, maybe: string | null): boolean =>
  maybe !== null &&
  (reason?.includes(maybe) ||
    [conditions, ...endpoints.map((one) => one.conditions)].some((all) => all.includes(maybe)))
