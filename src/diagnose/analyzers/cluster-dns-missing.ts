import { type Analyzer, apiEvidence } from '../case.ts'

/** A cluster DNS that nobody serves. */
export const clusterDnsMissing: Analyzer = {
  code: 'SVP201',
  find({ report: { dns } }) {
    if (dns?.service?.ready !== 0) return []
    const { namespace, name } = dns.service
    return [
      {
        subject: `${namespace}/${name}`,
        message: 'the cluster DNS has no ready endpoint: no client finds a service by its name',
        evidence: [
          apiEvidence(`kubectl get endpointslices -n ${namespace} -l kubernetes.io/service-name=${name}`, 'none ready'),
        ],
        fix: `kubectl get pods -n ${namespace} -l k8s-app=${name}; kubectl describe those that are not ready`,
      },
    ]
  },
}
