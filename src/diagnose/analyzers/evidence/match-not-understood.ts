import { familyOf } from '../../../model/address.ts'
import type { EntryPath } from '../../../model/report.ts'
import { proxiesOn } from '../../../proxies/on-node.ts'
import { type Analyzer, listed, walkedEntries } from '../../case.ts'

/** A rule on the path that could not be judged. */
export const matchNotUnderstood: Analyzer = {
  code: 'SVP803',
  find(seen) {
    const doubts = walkedEntries(seen).flatMap(({ node, entry, state }) =>
      // Where something else translates, that is what is not known (SVP804).
      proxiesOn(state, familyOf(entry.address)).other === null
        ? entry.rules.flatMap((rule) => (isDecisive(entry, rule.maybe) ? [{ ...rule, node }] : []))
        : [],
    )
    return [...Map.groupBy(doubts, ({ node, text }) => `${node}\n${text}`).values()].map((all) => {
      const { node, command, file, line, text, maybe, chain } = all[0]!
      return {
        node,
        subject: listed([...new Set(all.map((one) => one.chain))]) || chain,
        message: `whether a rule on the path applies cannot be told: ${maybe}`,
        evidence: [{ node, command, file, line, text }],
      }
    })
  },
}

/** Does what becomes of the packet, or of a share of it, depend on it? A doubt that made no difference is none. */
const isDecisive = ({ conditions, endpoints, reason }: EntryPath, maybe: string | null): boolean =>
  maybe !== null &&
  (reason?.includes(maybe) ||
    [conditions, ...endpoints.map((one) => one.conditions)].some((all) => all.includes(maybe)))
