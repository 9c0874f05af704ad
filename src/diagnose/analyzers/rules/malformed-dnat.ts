import { type Analyzer, endpointText, ruleEvidence, walkedEndpoints } from '../../case.ts'
import { restartProxy, withNote } from '../../fix.ts'

/** A DNAT without a destination. */
export const malformedDnat: Analyzer = {
  code: 'SVP307',
  find(seen) {
    return walkedEndpoints(seen).flatMap(({ node, entry, endpoint }) => {
      const nowhere = endpoint.address !== null && /^(0\.0\.0\.0|::)$/.test(endpoint.address)
      if (endpoint.known !== 'rule' || !(nowhere || endpoint.port === 0)) return []
      return [
        {
          node,
          subject: endpointText(endpoint),
          message: `a DNAT rule points to ${nowhere ? 'no address' : 'port 0'} (${endpointText(endpoint)}): connections that use it fail`,
          evidence: ruleEvidence(
            node,
            entry.rules.filter(({ chain, does }) => does === 'translate' && chain === (endpoint.chain ?? chain)),
          ),
          hits: [{ node, entry }],
          fix: withNote(restartProxy(seen, node), 'if it comes back, the versions of kernel and iptables do not match'),
        },
      ]
    })
  },
}
