import { rivalsFor } from '../../../trace/rivals.ts'
import {
  type Analyzer,
  apiEvidence,
  changeEvidence,
  endpointText,
  listed,
  ofApi,
  plural,
  slicesCommand,
  walkedEndpoints,
} from '../../case.ts'
import { restartProxy } from '../../fix.ts'

/** A ready endpoint without a rule. */
export const missingEndpoint: Analyzer = {
  code: 'SVP304',
  needs: ({ endpoints, service }) => (endpoints === null && !service.externalName ? ofApi('the endpoints') : []),
  find(seen) {
    // Where the walk itself is not known, no rule can be missed.
    const missing = walkedEndpoints(seen).filter(
      ({ entry, endpoint }) =>
        endpoint.state === 'missing' &&
        entry.verdict !== 'unknown' &&
        rivalsFor(seen.observation.cluster, seen.service, entry).length === 0,
    )
    const groups = Map.groupBy(missing, ({ node, entry }) => `${node} ${entry.portName} ${entry.protocol}`)
    return [...groups.values()].map((all) => {
      const { node, entry } = all[0]!
      const names = all.map(({ endpoint }) => endpointText(endpoint))
      return {
        node,
        subject: listed(names),
        subjects: names,
        message: `no rule on ${node} leads to ${plural(names.length, 'ready endpoint')} of port ${entry.port} (${listed(names)}): clients there never reach ${names.length === 1 ? 'it' : 'them'}`,
        evidence: [
          ...names.slice(0, 3).map((name) => apiEvidence(slicesCommand(seen.service), `${name} ready`)),
          ...changeEvidence(seen),
        ],
        fix: restartProxy(seen, node),
        hits: all,
      }
    })
  },
}
