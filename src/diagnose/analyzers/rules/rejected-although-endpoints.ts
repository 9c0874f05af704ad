import { familyOf } from '../../../model/address.ts'
import { policyOf } from '../../../model/entry.ts'
import {
  type Analyzer,
  entryText,
  evidenceOf,
  isUntranslated,
  saysNoLocalEndpoints,
  walkedEntries,
} from '../../case.ts'
import { isShutOut } from '../../clients.ts'
import { restartProxy, withNote } from '../../fix.ts'

/** A REJECT or DROP although endpoints are ready. */
export const rejectedAlthoughEndpoints: Analyzer = {
  code: 'SVP310',
  find(seen) {
    const { service, endpoints } = seen
    if (!endpoints?.some(({ ready }) => ready)) return []
    return walkedEntries(seen).flatMap(({ node, entry }) => {
      if ((entry.outcome !== 'reject' && entry.outcome !== 'drop') || isUntranslated(entry)) return []
      // What kube-proxy drops for a Local service is SVP311 or SVP312, by source ranges SVP313; without a route it is SVP501.
      const byDesign = service[policyOf(entry)] === 'Local' || saysNoLocalEndpoints(entry)
      if (byDesign || entry.kind === 'podIP' || entry.conditions.length > 0 || entry.evidence.length === 0) return []
      if (entry.kind === 'loadBalancerIP' && isShutOut(seen, entry)) return []
      // kube-proxy takes no endpoint without a port (endpointslicecache.go).
      const ofPort = endpoints.filter(
        (one) =>
          one.ready &&
          one.port !== null &&
          one.portName === entry.portName &&
          one.protocol === entry.protocol &&
          familyOf(one.address) === familyOf(entry.address),
      )
      if (ofPort.length === 0) return []
      return [
        {
          node,
          subject: entryText(entry),
          ...(entry.evidence.some(({ role }) => role) ? { ofProxy: true as const } : {}),
          message: `connections to ${entryText(entry)} are ${entry.stop?.verb ?? (entry.outcome === 'reject' ? 'rejected' : 'dropped')}, although ${ofPort.length === 1 ? 'an endpoint is' : `${ofPort.length} endpoints are`} ready`,
          evidence: evidenceOf(node, entry),
          hits: [{ node, entry }],
          fix: withNote(restartProxy(seen, node), "if the rule is not kube-proxy's, remove it"),
        },
      ]
    })
  },
}
