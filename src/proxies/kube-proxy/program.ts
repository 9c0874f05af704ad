/** How kube-proxy itself is looked after: from where kubectl is. */
import type { Pod } from '../../model/cluster.ts'
import type { NodePath } from '../../model/report.ts'
import { sh } from '../../model/shell.ts'
import type { Program } from '../proxy.ts'
import { standstillOf } from './standstill.ts'

export const KUBE_PROXY: Program = {
  name: 'kube-proxy',
  answers: "kube-proxy's own answers",
  standstill: standstillOf,
  restart(node, pods) {
    const pod = podOn(node, pods)
    if (pod) return { run: sh`kubectl delete pod -n ${pod.namespace} ${pod.name}`, note: null }
    return {
      run: sh`kubectl -n kube-system delete pod -l k8s-app=kube-proxy --field-selector ${`spec.nodeName=${node}`}`,
      note: 'if kube-proxy is not a pod, restart its service instead',
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

/** How to see on a node whether the tool that writes the rules of a mode works. */
export const toolCheck = (mode: NodePath['mode']): { run: string; note: string } =>
  mode === 'nftables'
    ? {
        run: 'nft list ruleset >/dev/null; nft --version',
        note: 'the log names the error; a newer nft on the node can write tables that crash the nft of the kube-proxy image (fixed in images with nft 1.0.6.1)',
      }
    : {
        run: 'iptables --version; lsmod',
        note: 'the log names the rule that was refused, or the kernel module that is missing',
      }
