import { sh } from '../../model/shell.ts'
import { type Analyzer, apiEvidence } from '../case.ts'
import { withNote } from '../fix.ts'

/** A cluster DNS that nobody serves. */
export const clusterDnsMissing: Analyzer = {
  code: 'SVP201',
  find({ report: { dns }, observation: { cluster } }) {
    if (dns?.service?.ready !== 0) return []
    const { namespace, name } = dns.service
    const labels = cluster.services?.find((one) => one.namespace === namespace && one.name === name)?.selector ?? {}
    const wanted = Object.entries(labels).map(([key, value]) => `${key}=${value}`)
    const selector = wanted.length > 0 ? sh` -l ${wanted.join(',')}` : ''
    return [
      {
        subject: `${namespace}/${name}`,
        message: 'the cluster DNS has no ready endpoint: no client finds a service by its name',
        evidence: [
          apiEvidence(`kubectl get endpointslices -n ${namespace} -l kubernetes.io/service-name=${name}`, 'none ready'),
        ],
        fix: withNote(
          `kubectl get pods -n ${sh`${namespace}`}${selector}`,
          'and kubectl describe those that are not ready',
        ),
      },
    ]
  },
}
