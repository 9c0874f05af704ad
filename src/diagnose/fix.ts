/** What mends a fault, fit to be pasted: commands, and behind a `#` where they are to be run and what to know. Else it is prose. */
import { sh } from '../model/shell.ts'
import type { Case } from './case.ts'

/** A command for where kubectl is. */
export const withNote = (command: string, note: string): string => `${command}  # ${note}`

/** How the log of what writes the slices is read. */
export const READ_CONTROLLER_LOG = withNote(
  'kubectl logs -n kube-system -l component=kube-controller-manager --tail=100',
  'it runs the endpoints controllers; a managed cluster keeps its log elsewhere',
)

/** A command for a root shell on a node. */
export const onNode = (node: string, command: string, note?: string): string =>
  `${command}  # on ${node}${note ? `; ${note}` : ''}`

/** `kube-system/coredns-1` as kubectl takes it. */
export function podWords(pod: string): string {
  const [namespace, name] = pod.split('/')
  return sh`-n ${namespace ?? ''} ${name ?? ''}`
}

/** How kube-proxy of one node is started anew: by its pod, where one is known. */
export function restartKubeProxy(seen: Case, node: string): string {
  const pod = proxyPod(seen, node)
  if (pod) return sh`kubectl delete pod -n ${pod.namespace} ${pod.name}`
  const all = sh`kubectl -n kube-system delete pod -l k8s-app=kube-proxy --field-selector ${`spec.nodeName=${node}`}`
  return withNote(all, 'or restart its service, where kube-proxy does not run as a pod')
}

/** How its log is read. */
export function readKubeProxyLog(seen: Case, node: string): string {
  const pod = proxyPod(seen, node)
  if (pod) return sh`kubectl logs -n ${pod.namespace} ${pod.name} --tail=100`
  const one = sh`kubectl -n kube-system get pods -l k8s-app=kube-proxy --field-selector ${`spec.nodeName=${node}`} -o name`
  return `kubectl -n kube-system logs --tail=100 "$(${one})"`
}

const proxyPod = ({ observation: { cluster } }: Case, node: string) =>
  cluster.pods?.find((pod) => pod.node === node && pod.hostNetwork && /^kube-proxy(-|$)/.test(pod.name))
