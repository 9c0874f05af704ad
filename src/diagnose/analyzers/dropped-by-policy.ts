import { sh } from '../../model/shell.ts'
import { type Analyzer, endpointText, listed } from '../case.ts'
import { withNote } from '../fix.ts'
import { isPolicyChain } from '../policy-chains.ts'
import { stopsOf } from '../stops.ts'

/** A network policy, or a rule beyond FORWARD's, that stands in the way. */
export const droppedByPolicy: Analyzer = {
  code: 'SVP701',
  find: (seen) =>
    stopsOf(seen)
      .filter(({ chain, reason }) => isPolicyChain(chain) || !/forward/i.test(`${chain} ${reason}`))
      .map(({ node, reason, how, chain, evidence, lost }) => {
        const endpoints = [...new Set(lost.map(({ endpoint }) => endpointText(endpoint)))]
        return {
          node,
          subject: chain || listed(endpoints),
          message: `${reason}: connections to ${listed(endpoints)} are ${how === 'reject' ? 'refused' : 'lost'}`,
          evidence,
          fix: isPolicyChain(chain)
            ? withNote(
                sh`kubectl describe networkpolicies -n ${seen.service.namespace}`,
                'let the one that selects the pods allow these clients',
              )
            : `take the rule away on ${node}, or accept the service's traffic before it`,
          hits: lost.map(({ from, entry }) => ({ node: from, entry })),
        }
      }),
}
