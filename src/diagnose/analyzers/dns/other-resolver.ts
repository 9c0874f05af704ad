import { findDnsService, isNodeCache } from '../../../model/kube/cluster-dns.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, listed, ofApi } from '../../case.ts'
import { clusterDnsUnknown } from '../../cluster-dns.ts'
import { withNote } from '../../fix.ts'

/** A client whose resolver is not the cluster’s. */
export const otherResolver: Analyzer = {
  code: 'SVP204',
  beyond: true,
  needs: (seen) =>
    seen.observation.resolvConfs.length > 0 && clusterDnsUnknown(seen) ? ofApi('the services of kube-system') : [],
  find({ observation, report: { dns } }) {
    const [conf] = observation.resolvConfs
    // Which service is behind the name server is known, or it is none that was seen.
    if (!conf || !dns || dns.service) return []
    const cluster = findDnsService(observation, null)
    if (!cluster || conf.nameservers.some((address) => isNodeCache(observation, address))) return []
    const [, namespace, pod] = /^pods\/([^/]+)\/([^/]+)\//.exec(conf.origin) ?? []
    const words = 'set dnsPolicy: ClusterFirst (ClusterFirstWithHostNet on the host network) in the pod template'
    return [
      {
        subject: conf.origin,
        message: `the client asks ${listed(conf.nameservers)}, which is not the cluster DNS (${cluster.namespace}/${cluster.name} is ${listed(cluster.clusterIPs)}): it does not find services by name`,
        evidence: [
          {
            node: null,
            command: 'cat /etc/resolv.conf',
            file: conf.origin,
            line: null,
            text: `nameserver ${conf.nameservers[0] ?? ''}`,
          },
        ],
        fix:
          namespace && pod
            ? withNote(sh`kubectl get pod -n ${namespace} ${pod} -o jsonpath={.spec.dnsPolicy}`, words)
            : withNote('kubectl explain pod.spec.dnsPolicy', words),
      },
    ]
  },
}
