import { findDnsService } from '../../../model/kube/cluster-dns.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, type Case, type Draft, ofApi, slicesCommand } from '../../case.ts'
import { clusterDnsUnknown } from '../../cluster-dns.ts'
import { withNote } from '../../fix.ts'
import { selectorText } from '../../pods.ts'

/** A cluster DNS that nobody serves, or that is not there. */
export const clusterDnsMissing: Analyzer = {
  code: 'SVP201',
  beyond: true,
  needs(seen) {
    if (clusterDnsUnknown(seen)) return ofApi('the services of kube-system')
    return seen.report.dns?.service?.ready === null ? ofApi('the endpoints of the cluster DNS') : []
  },
  find(seen) {
    const { report, observation } = seen
    if (!report.dns) return []
    const found = report.dns.service
    if (!found) return isAbsent(seen) ? [absent] : []
    const { namespace, name } = found
    // What is terminating and still serves is used where nothing better is (KEP-1669).
    const endpoints = observation.cluster.endpointsOf(namespace, name)
    if (!endpoints || endpoints.some(({ ready, serving }) => ready || serving)) return []
    const service = observation.cluster.services?.find((one) => one.namespace === namespace && one.name === name)
    const selector = service?.selector ? sh` -l ${selectorText(service)}` : ''
    return [
      {
        subject: `${namespace}/${name}`,
        message: 'the cluster DNS has no ready endpoint: no client finds a service by its name',
        evidence: service ? [apiEvidence(slicesCommand(service), 'none ready')] : [],
        fix: withNote(
          `${sh`kubectl get pods -n ${namespace}`}${selector}`,
          'and kubectl describe those that are not ready',
        ),
      },
    ]
  },
}

const isAbsent = (seen: Case): boolean =>
  findDnsService(seen.observation, null) === null && !clusterDnsUnknown(seen) && seen.observation.source !== 'rules'

const absent: Draft = {
  subject: 'kube-system',
  message: 'kube-system has no service of the cluster DNS: no client finds a service by its name',
  evidence: [apiEvidence('kubectl get services -n kube-system', 'none for UDP port 53')],
  fix: withNote(
    'kubectl get services -A -l k8s-app=kube-dns',
    'where there is none either: kubeadm init phase addon coredns, or the add-on of the distribution',
  ),
}
