/** How kube-proxy itself is looked after: from where kubectl is. */
import type { Pod } from '../../model/cluster.ts'
import { sh } from '../../model/shell.ts'
import type { Program } from '../proxy.ts'

export const KUBE_PROXY: Program = {
  restart(node, pods) {
    const pod = podOn(node, pods)
    if (pod) return { run: sh`kubectl delete pod -n ${pod.namespace} ${pod.name}`, note: null }
    return {
      run: sh`kubectl -n kube-system delete pod -l k8s-app=kube-proxy --field-selector ${`spec.nodeName=${node}`}`,
      note: 'or restart its service, where kube-proxy does not run as a pod',
    }
  },
  log(node, pods) {
    const pod = podOn(node, pods)
    if (pod) return { run: sh`kubectl logs -n ${pod.namespace} ${pod.name} --tail=100`, note: null }
    const one = sh`kubectl -n kube-system get pods -l k8s-app=kube-proxy --field-selector ${`spec.nodeName=${node}`} -o name`
    return { run: `kubectl -n kube-system logs --tail=100 "$(${one})"`, note: null }
  },
}

const podOn = (node: string, pods: readonly Pod[]): Pod | undefined =>
  pods.find((pod) => pod.node === node && pod.hostNetwork && /^kube-proxy(-|$)/.test(pod.name))
