import { familyOf } from '../../../model/address.ts'
import type { NetworkPolicy, Pod } from '../../../model/cluster.ts'
import { sh } from '../../../model/shell.ts'
import { policedPods } from '../../../proxies/policy-chains.ts'
import { type Analyzer, apiEvidence, type Case, listed } from '../../case.ts'
import { onNode } from '../../fix.ts'
import { isLeaving } from '../../pods.ts'
import { governs } from '../../policies.ts'

/** Pods that a NetworkPolicy selects, on a node where kube-router has chains for others and none for them yet. */
export const policyLagsPodStart: Analyzer = {
  code: 'SVP705',
  beyond: true,
  find: (seen) =>
    endpointPods(seen).flatMap((pod) => {
      const policies = (seen.observation.cluster.networkPolicies ?? []).filter((policy) => governs(policy, pod))
      const state = seen.observation.nodes.find(({ name }) => name === pod.node)
      const bare = state
        ? pod.ips.find((ip) => policedPods(state, familyOf(ip))?.addresses.has(ip) === false)
        : undefined
      if (policies.length === 0 || !state || bare === undefined) return []
      const { chain, file } = policedPods(state, familyOf(bare))!
      const names = policies.map(({ name }) => name)
      return [
        {
          node: state.name,
          subject: pod.name,
          message: `${namesText(policies)} ${names.length === 1 ? 'selects' : 'select'} the pod ${pod.name}${ageText(seen, pod)}, and kube-router has no chain for ${bare} on ${state.name}: until it follows, connections that the policy forbids come through`,
          evidence: [
            apiEvidence(
              sh`kubectl get pod -n ${pod.namespace} ${pod.name} -o jsonpath={.status.startTime}`,
              `${bare}, started ${pod.startedAt ?? 'at an unknown time'}`,
            ),
            {
              node: state.name,
              command: 'iptables-save -t filter',
              file,
              line: null,
              text: `no rule for ${bare}; other pods have one (${chain})`,
            },
          ],
          fix: onNode(
            state.name,
            `iptables-save -t filter | grep -F ${bare}`,
            'shows its chain once kube-router has followed; where that takes longer than a few seconds, read the log of kube-router or k3s',
          ),
          hits: [],
        },
      ]
    }),
}

function endpointPods({ endpoints, observation: { cluster } }: Case): Pod[] {
  const own = new Set((endpoints ?? []).flatMap(({ pod }) => (pod ? [`${pod.namespace}/${pod.name}`] : [])))
  return (cluster.pods ?? []).filter(
    (pod) => own.has(`${pod.namespace}/${pod.name}`) && pod.phase === 'Running' && !isLeaving(pod),
  )
}

const namesText = (policies: readonly NetworkPolicy[]): string =>
  `the NetworkPolic${policies.length === 1 ? 'y' : 'ies'} ${listed(policies.map(({ name }) => name))}`

/** How old it was when it was seen, as far as that is known. */
function ageText({ observation: { observedAt } }: Case, { startedAt }: Pod): string {
  const seconds = (Date.parse(observedAt ?? '') - Date.parse(startedAt ?? '')) / 1000
  return seconds >= 0 ? ` (${Math.round(seconds)} s old)` : ''
}
