import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, listed, ruleEvidence, walkedEntries } from '../../case.ts'
import { withNote } from '../../fix.ts'

/**
 * A load balancer that does something to connections, and whose address the nodes themselves take: clients in the cluster go without. Ranges of sources are left
 * out: whether they let a pod in at all is another matter.
 */
export const loadBalancerBypassed: Analyzer = {
  code: 'SVP324',
  beyond: true,
  find(seen) {
    const { namespace, name, type, balancerDoes, loadBalancerSourceRanges } = seen.service
    if (type !== 'LoadBalancer' || !balancerDoes || loadBalancerSourceRanges.length > 0) return []
    const taken = walkedEntries(seen).filter(
      ({ entry: { kind, outcome, verdict } }) =>
        kind === 'loadBalancerIP' && outcome === 'dnat' && verdict === 'reachable',
    )
    const [first] = taken
    if (!first) return []
    const addresses = [...new Set(taken.map(({ entry }) => entry.address))]
    const what = [...new Set(balancerDoes.map((one) => one.what))].join(' and ')
    return [
      {
        subject: listed(addresses),
        subjects: addresses,
        message: `pods and nodes that connect to ${listed(addresses)} do not reach the load balancer: their own node sends them to the endpoints, without the ${what} of the load balancer`,
        evidence: [
          ...balancerDoes.map(({ annotation }) =>
            apiEvidence(
              sh`kubectl get service -n ${namespace} ${name} -o jsonpath={.metadata.annotations}`,
              annotation,
            ),
          ),
          ...ruleEvidence(first.node, first.entry.rules.filter(({ role }) => role === 'services').slice(0, 1)),
        ],
        fix: withNote(
          sh`kubectl get service -n ${namespace} ${name} -o jsonpath={.status.loadBalancer.ingress}`,
          'ask the cloud controller for ipMode Proxy (Kubernetes 1.30 and later), or for a hostname instead of the address; or let clients in the cluster use the cluster IP',
        ),
        hits: [],
      },
    ]
  },
}
