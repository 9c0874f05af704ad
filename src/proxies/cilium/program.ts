/** How Cilium's agent is looked after: from where kubectl is. */
import type { Pod } from '../../model/cluster.ts'
import type { NodeState } from '../../model/node.ts'
import { sh } from '../../model/shell.ts'
import type { Program } from '../proxy.ts'

export const CILIUM_AGENT: Program = {
  name: 'Cilium’s agent',
  restart(node, pods) {
    const pod = podOn(node, pods)
    if (pod) return { run: sh`kubectl delete pod -n ${pod.namespace} ${pod.name}`, note: KEEPS }
    const run = sh`kubectl -n kube-system delete pod -l k8s-app=cilium --field-selector ${`spec.nodeName=${node}`}`
    return { run, note: KEEPS }
  },
  log(node, pods) {
    const pod = podOn(node, pods)
    if (pod) return { run: sh`kubectl logs -n ${pod.namespace} ${pod.name} -c cilium-agent --tail=100`, note: null }
    const one = sh`kubectl -n kube-system get pods -l k8s-app=cilium --field-selector ${`spec.nodeName=${node}`} -o name`
    return { run: `kubectl -n kube-system logs -c cilium-agent --tail=100 "$(${one})"`, note: null }
  },
  answers: null,
  standstill: ({ cilium }: NodeState) =>
    cilium?.refusal
      ? {
          what: 'does not answer',
          effect: 'the kernel’s maps stay as they are, and follow no change of the API',
          source: cilium.refusal,
        }
      : null,
}

const KEEPS = 'connections go on meanwhile by the maps as they are'

/** GKE calls it anetd. */
const podOn = (node: string, pods: readonly Pod[]): Pod | undefined =>
  pods.find(
    (pod) => pod.node === node && pod.hostNetwork && /^(?:cilium-[a-z0-9]{5}|anetd-[a-z0-9]{5})$/.test(pod.name),
  )
