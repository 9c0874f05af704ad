import { type Analyzer, endpointText, listed } from '../case.ts'
import { onNode } from '../fix.ts'
import { isPolicyChain } from '../policy-chains.ts'
import { stopsOf } from '../stops.ts'

/** Forwarded packets that are dropped. */
export const forwardDropped: Analyzer = {
  code: 'SVP403',
  find: (seen) =>
    stopsOf(seen)
      .filter(({ chain, reason }) => !isPolicyChain(chain) && (/forward/i.test(chain) || /forward/i.test(reason)))
      .map(({ node, reason, how, evidence, lost }) => {
        const endpoints = [...new Set(lost.map(({ endpoint }) => endpointText(endpoint)))]
        const policy = /^the policy of FORWARD/.test(reason)
        return {
          node,
          subject: /^the policy of (\S+)/.exec(reason)?.[1] ?? 'forward',
          message: `${reason}: what ${node} forwards to ${listed(endpoints)} is ${how === 'reject' ? 'refused' : 'lost'}`,
          evidence,
          fix: policy
            ? onNode(
                node,
                'iptables -P FORWARD ACCEPT',
                'then find out who set it: Docker does, and so do host firewalls',
              )
            : `take the rule away on ${node}, or accept the pods' networks before it`,
          hits: lost.map(({ from, entry }) => ({ node: from, entry })),
        }
      }),
}
