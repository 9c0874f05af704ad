import { type Analyzer, entryText, evidenceOf, walkedEntries } from '../case.ts'
import { restartKubeProxy, withNote } from '../fix.ts'

/** A REJECT or DROP although endpoints are ready. */
export const rejectedAlthoughEndpoints: Analyzer = {
  code: 'SVP310',
  find(seen) {
    const { service, endpoints } = seen
    if (!endpoints?.some(({ ready }) => ready)) return []
    return walkedEntries(seen).flatMap(({ node, entry }) => {
      if (entry.outcome !== 'reject' && entry.outcome !== 'drop') return []
      const policy = entry.kind === 'clusterIP' ? service.internalTrafficPolicy : service.externalTrafficPolicy
      // What kube-proxy drops for a Local service is SVP311 or SVP312, and by source ranges SVP313.
      if (
        policy === 'Local' ||
        entry.kind === 'podIP' ||
        entry.kind === 'loadBalancerIP' ||
        entry.conditions.length > 0
      )
        return []
      const ofPort = endpoints.filter(({ portName, ready }) => ready && portName === entry.portName)
      if (ofPort.length === 0) return []
      return [
        {
          node,
          subject: entryText(entry),
          message: `connections to ${entryText(entry)} are ${entry.outcome === 'reject' ? 'rejected' : 'dropped'}, although ${ofPort.length === 1 ? 'an endpoint is' : `${ofPort.length} endpoints are`} ready`,
          evidence: evidenceOf(node, entry),
          hits: [{ node, entry }],
          fix: withNote(restartKubeProxy(seen, node), "if the rule is not kube-proxy's, remove it"),
        },
      ]
    })
  },
}
