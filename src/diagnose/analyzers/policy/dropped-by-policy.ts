import { sh } from '../../../model/shell.ts'
import { asSureAs, hitsOf, isPolicy, stopsOf, unblock } from '../../blocked-endpoints.ts'
import { type Analyzer, endpointText, listed } from '../../case.ts'
import { withNote } from '../../fix.ts'

/** A network policy, or a rule at another hook than forward, that stands in the way. */
export const droppedByPolicy: Analyzer = {
  code: 'SVP701',
  find: (seen) =>
    stopsOf(seen, ['rule', 'policy'])
      .filter(({ stop }) => isPolicy(stop) || stop.hook !== 'forward')
      .map((one) => {
        const { node, chain, reason, evidence, ends } = one.stop
        const endpoints = [...new Set(one.lost.map(({ endpoint }) => endpointText(endpoint)))]
        return {
          node,
          subject: chain ?? listed(endpoints),
          ...asSureAs(one.lost),
          message: ends
            ? `${reason}: replies from ${listed(endpoints)} are lost on ${node}`
            : `${reason}: connections to ${listed(endpoints)} are ${one.how === 'reject' ? 'refused' : 'lost'}`,
          evidence,
          fix: isPolicy(one.stop)
            ? withNote(
                sh`kubectl describe networkpolicies -n ${seen.service.namespace}`,
                'let the one that selects the pods allow these clients',
              )
            : unblock(seen, one, "or accept the service's traffic before it"),
          hits: hitsOf(one),
        }
      }),
}
