import { isForwardChain } from '../../../proxies/kube-proxy/roles.ts'
import { type Analyzer, familiesOf, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'
import { invalidDrops } from '../../invalid-packets.ts'

/** Late packets of connections that have ended are dropped on every node. Many, and in a hundred forwarded ones more than one, are something else. */
const LEAST = 100
const LEAST_SHARE = 0.01

/** kube-proxy's rule that drops INVALID packets takes a part of the traffic that matters. */
export const invalidRuleDrops: Analyzer = {
  code: 'SVP410',
  beyond: true,
  find: (seen) =>
    walkedNodes(seen).flatMap(({ path, state }) =>
      familiesOf(path.entries)
        .flatMap((family) => invalidDrops(state, family))
        .filter(
          ({ chain, dropped, passed }) =>
            isForwardChain(chain) && dropped >= LEAST && dropped >= LEAST_SHARE * (dropped + passed),
        )
        .map(({ chain, dropped, passed, evidence }) => ({
          node: path.name,
          subject: chain,
          message: `a rule of ${chain} on ${path.name} dropped ${dropped} packets as INVALID since kube-proxy last wrote the chain, beside ${passed} that the other rules of the chain accepted: ${path.name} sees only one direction of some connections, or packets arrive outside of TCP's window; these connections hang`,
          evidence: [evidence],
          fix: onNode(
            path.name,
            'conntrack -E -o extended; ip route get ADDRESS',
            'do requests and replies take the same way? If both do, sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1 and restart kube-proxy, which then leaves the rule out',
          ),
        })),
    ),
}
