import { familyOf, joinHostPort } from '../../../model/address.ts'
import type { Pod } from '../../../model/cluster.ts'
import type { NodeState } from '../../../model/node.ts'
import { sh } from '../../../model/shell.ts'
import { otherTargets } from '../../../proxies/host-ports.ts'
import { type Analyzer, apiEvidence, type Case, listed } from '../../case.ts'
import { withNote } from '../../fix.ts'
import { isLeaving, selectedPods } from '../../pods.ts'

/** Pods with a host port to which no rule of their node leads. */
export const hostPortRulesMissing: Analyzer = {
  code: 'SVP325',
  beyond: true,
  find: (seen) =>
    podsBehind(seen).flatMap((pod) => {
      const state = seen.observation.nodes.find(({ name }) => name === pod.node)
      const ports = state ? portsWithout(state, pod) : []
      const [first] = ports
      if (!state || !first) return []
      const text = ports.map(({ port, protocol }) => `${port}/${protocol.toLowerCase()}`)
      return [
        {
          node: state.name,
          subject: pod.name,
          message: `the pod ${pod.name} has the host port ${listed(text)}, and no rule on ${state.name} leads there: connections to ${state.name} at that port do not reach the pod`,
          evidence: [
            apiEvidence(
              sh`kubectl get pod -n ${pod.namespace} ${pod.name} -o jsonpath={.spec.containers[*].ports}`,
              `hostPort: ${first.port}, containerPort: ${first.containerPort}`,
            ),
            {
              node: state.name,
              command: 'iptables-save -t nat; nft list ruleset',
              file: state.rulesets[0]?.file ?? '',
              line: null,
              text: `no DNAT to ${joinHostPort(pod.ips[0]!, first.containerPort)}, apart from those of Services`,
            },
          ],
          fix: withNote(
            sh`kubectl delete pod -n ${pod.namespace} ${pod.name}`,
            `the CNI plugin portmap writes these rules only when a pod starts; if the new pod has none, add portmap to the list in /etc/cni/net.d on ${state.name}`,
          ),
          hits: [],
        },
      ]
    }),
}

/** Ready or not: rules for a host port are there before a pod has its address in the API. */
function podsBehind(seen: Case): Pod[] {
  const named = new Set((seen.endpoints ?? []).flatMap(({ pod }) => (pod ? [`${pod.namespace}/${pod.name}`] : [])))
  const pods = (seen.observation.cluster.pods ?? []).filter(({ namespace, name }) => named.has(`${namespace}/${name}`))
  return [...new Set([...selectedPods(seen), ...pods])].filter(
    (pod) => pod.hostPorts && pod.ips.length > 0 && pod.phase === 'Running' && !isLeaving(pod),
  )
}

/** Of its first address: a pod of both families may have its host port by one alone. */
function portsWithout(state: NodeState, { hostPorts, ips }: Pod): NonNullable<Pod['hostPorts']> {
  const [ip] = ips
  const targets = ip === undefined ? null : otherTargets(state, familyOf(ip))
  if (targets === null) return []
  const led = targets.get(ip!)
  const isOfFamily = (address: string | null) => address === null || familyOf(address) === familyOf(ip!)
  return (hostPorts ?? []).filter(
    ({ containerPort, address }) => isOfFamily(address) && !led?.has(containerPort) && !led?.has(null),
  )
}
