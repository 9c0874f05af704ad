import type { KubeApi, KubeObject, Output } from '../kube/api.ts'
import type { Node } from '../model/cluster.ts'
import { ReachError, type RunOptions, type Way } from './way.ts'

/**
 * Pods that are known to run on the host's network with the tools in their image, best first: the label that tells them, and the container that
 * has the tools. Sources: the manifests of kubeadm, kind, Calico, Cilium, flannel, kube-router, Antrea and Weave Net.
 */
const KNOWN: readonly { label: string; values: readonly string[]; container?: string }[] = [
  { label: 'k8s-app', values: ['kube-proxy'], container: 'kube-proxy' },
  { label: 'component', values: ['kube-proxy'] },
  { label: 'k8s-app', values: ['kindnet'], container: 'kindnet-cni' },
  { label: 'k8s-app', values: ['calico-node', 'canal'], container: 'calico-node' },
  { label: 'k8s-app', values: ['cilium', 'anetd'], container: 'cilium-agent' },
  { label: 'k8s-app', values: ['kube-router'] },
  { label: 'app', values: ['kindnet', 'flannel'] },
  { label: 'component', values: ['antrea-agent'], container: 'antrea-agent' },
  { label: 'name', values: ['weave-net'], container: 'weave' },
]

/** A pod that can be used on a node. */
interface Candidate {
  namespace: string
  pod: string
  container: string | undefined
  node: string
  rank: number
}

/**
 * Runs in a pod that is there already. Nothing is made and nothing is left. The pods are looked up once for all nodes; a pod without a
 * shell, or one that may not read rules, counts as none.
 */
export function execWay(api: KubeApi, { selector }: { selector: string | undefined }): Way {
  let known: Promise<Candidate[]> | null = null
  const candidates = () => {
    known ??= findPods(api, selector)
    return known
  }
  return {
    name: 'exec',
    async run(node, script, options) {
      const onNode = (await candidates()).filter((one) => one.node === node.name).sort((a, b) => a.rank - b.rank)
      if (onNode.length === 0) throw noPod(node, selector)
      let last: unknown
      for (const candidate of onNode) {
        try {
          return await runIn(api, candidate, script, options)
        } catch (error) {
          last = error
          if (options.signal.aborted || !(error instanceof ReachError && error.anotherWay)) break
        }
      }
      throw last
    },
    async close() {},
  }
}

function noPod(node: Node, selector: string | undefined): ReachError {
  const what = selector ? `fits --exec-selector ${selector}` : 'is known to have the tools'
  return new ReachError(`no running pod on its host network ${what}`, {
    hint: `name one with --exec-selector, or use --via debug${node.ready === false ? '; the node is not ready' : ''}`,
    anotherWay: true,
  })
}

async function runIn(api: KubeApi, { namespace, pod, container }: Candidate, script: string, options: RunOptions) {
  const where = `${namespace}/${pod}`
  options.say(`exec in ${where}`)
  const output = await execScript(api, { namespace, pod, container }, script, options).catch((error: Error) => {
    // A kubelet that finds no shell says so in words of the runtime.
    const shell = /executable file not found|no such file or directory|exit code 12[67]/i.test(error.message)
    const message = shell ? `${where} has no shell` : `${where}: ${error.message}`
    const hint = (error as { hint?: string | null }).hint
    throw new ReachError(message, { anotherWay: true, cause: error, ...(hint ? { hint } : {}) })
  })
  if (output.exitCode === 126 || output.exitCode === 127)
    throw new ReachError(`${where} has no shell that runs`, { anotherWay: true })
  return output
}

/** The script, in a shell of a container. */
export function execScript(
  api: KubeApi,
  at: { namespace: string; pod: string; container: string | undefined },
  script: string,
  { timeoutMs, maxBytes, signal }: RunOptions,
): Promise<Output> {
  return api.exec({ ...at, command: ['sh', '-s'], stdin: script, timeoutMs, maxBytes, signal })
}

/** All pods that may do, of all nodes, in one list; a selector of the person's own beats what is known. */
async function findPods(api: KubeApi, selector: string | undefined): Promise<Candidate[]> {
  if (selector) {
    const [namespace, labels] = selector.includes('/') ? splitAt(selector, '/') : [null, selector]
    const path = namespace ? `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods` : '/api/v1/pods'
    const pods = (await api.list(path, { labelSelector: labels })) ?? []
    return pods.flatMap((pod) => candidate(pod, undefined, 0) ?? [])
  }
  const pods = (await api.list('/api/v1/namespaces/kube-system/pods')) ?? []
  return pods.flatMap((pod) => {
    const labels = pod.metadata?.labels ?? {}
    const rank = KNOWN.findIndex(({ label, values }) => values.includes(labels[label] ?? ''))
    return rank < 0 ? [] : (candidate(pod, KNOWN[rank]!.container, rank) ?? [])
  })
}

const splitAt = (text: string, mark: string): [string, string] => {
  const at = text.indexOf(mark)
  return [text.slice(0, at), text.slice(at + 1)]
}

interface PodShape {
  spec?: {
    nodeName?: string
    hostNetwork?: boolean
    containers?: { name: string; securityContext?: { privileged?: boolean; capabilities?: { add?: string[] } } }[]
  }
  status?: { phase?: string }
}

/** Null for a pod that is not running, not on the host's network, or may not read rules. */
function candidate(object: KubeObject, container: string | undefined, rank: number): Candidate | null {
  const { spec, status } = object as PodShape
  const { name, namespace } = object.metadata ?? {}
  if (!name || !namespace || !spec?.nodeName || !spec.hostNetwork || status?.phase !== 'Running') return null
  const containers = spec.containers ?? []
  const able = containers.filter(
    ({ securityContext: context }) =>
      context?.privileged || context?.capabilities?.add?.some((one) => /^(CAP_)?(NET_ADMIN|ALL)$/.test(one)),
  )
  const chosen = able.find((one) => one.name === container) ?? able[0]
  return chosen ? { namespace, pod: name, container: chosen.name, node: spec.nodeName, rank } : null
}
