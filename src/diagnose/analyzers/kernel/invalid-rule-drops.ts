import type { NodeState } from '../../../model/node.ts'
import { type Analyzer, familiesOf, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'
import { countOf, growthOf, span } from '../../growth.ts'
import { busyInvalidDrops, type InvalidDrop, isMuchOf } from '../../invalid-packets.ts'

/** kube-proxy's rule that drops INVALID packets takes a part of the traffic that matters. */
export const invalidRuleDrops: Analyzer = {
  code: 'SVP410',
  beyond: true,
  find: (seen) =>
    walkedNodes(seen).flatMap(({ path, state }) =>
      familiesOf(path.entries)
        .flatMap((family) => busyInvalidDrops(state, family))
        .map((drop) => {
          const { chain, dropped, passed, evidence } = drop
          const { still, words } = sinceFirstLook(state, drop)
          return {
            node: path.name,
            subject: chain,
            severity: still ? ('warning' as const) : ('info' as const),
            message: `a rule of ${chain} on ${path.name} dropped ${dropped} packets as INVALID since kube-proxy last wrote the chain, beside ${passed} that the other rules of the chain accepted${words}: ${path.name} sees only one direction of some connections, or packets arrive outside of TCP's window; these connections hang`,
            evidence: [evidence],
            fix: onNode(
              path.name,
              'conntrack -E -o extended; ip route get ADDRESS',
              'do requests and replies take the same path? If they do, sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1 and restart kube-proxy, which then leaves the rule out',
            ),
          }
        }),
    ),
}

/** Does the rule still drop a part of the traffic? Where its counters were read once, or began anew, that is not known, and its share stands. */
function sinceFirstLook(
  state: NodeState,
  { dropped, passed, evidence }: InvalidDrop,
): { still: boolean; words: string } {
  const dump = evidence.file.split('/').at(-1)
  const growth = growthOf(state)
  const after = { dropped: countOf(state, `${dump} dropped`), passed: countOf(state, `${dump} passed`) }
  if (!growth || after.dropped === null || after.passed === null) return { still: true, words: '' }
  const more = { dropped: after.dropped - dropped, passed: after.passed - passed }
  if (more.dropped < 0 || more.passed < 0) return { still: true, words: '' }
  if (!isMuchOf(more.dropped, more.passed))
    return { still: false, words: `; in the ${span(growth)} since then ${more.dropped} more, beside ${more.passed}` }
  return { still: true, words: `; in the ${span(growth)} since then ${more.dropped} more, beside ${more.passed}` }
}
