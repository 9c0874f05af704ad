import { asSureAs, hitsOf, isPolicy, stopsOf, unblock } from '../../blocked-endpoints.ts'
import { type Analyzer, endpointText, listed } from '../../case.ts'

/** Forwarded packets that are dropped: by a base chain's policy, or by a rule below one. */
export const forwardDropped: Analyzer = {
  code: 'SVP403',
  find: (seen) =>
    stopsOf(seen, ['rule', 'policy'])
      // A base chain of nft may have any name: what counts is where the kernel calls it.
      .filter(({ stop }) => stop.hook === 'forward' && !isPolicy(stop))
      .map((one) => {
        const { node, kind, chain, reason, evidence, ends } = one.stop
        const endpoints = [...new Set(one.lost.map(({ endpoint }) => endpointText(endpoint)))]
        return {
          node,
          subject: chain ?? 'forward',
          ...asSureAs(one.lost),
          message: ends
            ? `${reason}: replies from ${listed(endpoints)} are lost on ${node}`
            : `${reason}: what ${node} forwards to ${listed(endpoints)} is ${one.how === 'reject' ? 'refused' : 'lost'}`,
          evidence,
          fix: unblock(
            seen,
            one,
            kind === 'policy'
              ? 'then find out who set it: Docker does, and so do host firewalls'
              : "or accept the pods' networks before it",
          ),
          hits: hitsOf(one),
        }
      }),
}
