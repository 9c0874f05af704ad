import { isNodeCachePod, nodeCaches } from '../../../model/kube/cluster-dns.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, listed } from '../../case.ts'
import { withNote } from '../../fix.ts'
import { isLeaving } from '../../pods.ts'

/** A node whose names are looked up at a cache of its own that does not run: the interface keeps the address, so nobody else answers. */
export const nodeLocalDnsDead: Analyzer = {
  code: 'SVP207',
  beyond: true,
  find({ observation, report: { dns } }) {
    const all = (observation.cluster.pods ?? []).filter((pod) => isNodeCachePod(pod) && !isLeaving(pod))
    const others = all.filter(({ ready }) => ready === true)
    return nodeCaches(observation).flatMap(({ node, addresses }) => {
      const own = all.filter((pod) => pod.node === node)
      // Where none at all is known, they were not collected, or have other labels.
      const isDead = own.length > 0 ? own.every(({ ready }) => ready === false) : others.length > 0
      if (!dns || !isDead) return []
      const isAsked = dns.server !== null && addresses.includes(dns.server)
      // A client whose resolv.conf is known asks somebody else. Without one, kubelet's clusterDNS decides.
      if (!isAsked && dns.resolvConf !== null) return []
      const [pod] = own
      const state = pod
        ? `${pod.name} is not ready${pod.trouble ? ` (${pod.trouble})` : ''}`
        : 'no pod of the cache is there'
      return [
        {
          node,
          subject: listed(addresses),
          subjects: addresses,
          severity: isAsked ? ('error' as const) : ('warning' as const),
          message: `pods on ${node} that ask the DNS cache of the node at ${listed(addresses)} get no answer: ${state}, and the cluster DNS does not see these queries, because the interface nodelocaldns keeps the address`,
          evidence: [
            {
              ...{ node, command: 'ip -j -d addr show', file: `nodes/${node}/ip-addr.json`, line: null },
              text: `nodelocaldns ${addresses.join(', ')}`,
            },
            apiEvidence(
              sh`kubectl get pods -A -l k8s-app=node-local-dns -o wide --field-selector spec.nodeName=${node}`,
              state,
            ),
          ],
          fix: pod
            ? withNote(
                sh`kubectl describe pod -n ${pod.namespace} ${pod.name}`,
                'its events and last state say why it ended; too little memory is common',
              )
            : withNote(
                sh`kubectl describe daemonset -A -l k8s-app=node-local-dns`,
                `why is none on ${node}? Until then, on the node: ip link del nodelocaldns, and restart kube-proxy`,
              ),
        },
      ]
    })
  },
}
