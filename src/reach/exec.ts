import type { Ended, KubeApi, KubeObject, Output } from '../kube/api.ts'
import { KubeError } from '../kube/errors.ts'
import type { Node } from '../model/cluster.ts'
import { type Beside, type FollowOptions, ReachError, type RunOptions, type Way, withTimeLeft } from './way.ts'

/**
 * Pods that are known to run on the host's network with the tools in their image, best first: the label that tells them, and the container that
 * has the tools. `answers`: what answers in that container alone. Sources: the manifests of kubeadm, kind, Calico, Cilium, flannel, kube-router, Antrea
 * and Weave Net; GKE calls Cilium's pods anetd.
 */
const KNOWN: readonly { label: string; values: readonly string[]; container?: string; answers?: string }[] = [
  { label: 'k8s-app', values: ['kube-proxy'], container: 'kube-proxy' },
  { label: 'component', values: ['kube-proxy'] },
  { label: 'k8s-app', values: ['kindnet'], container: 'kindnet-cni' },
  { label: 'k8s-app', values: ['calico-node', 'canal'], container: 'calico-node' },
  { label: 'k8s-app', values: ['cilium', 'anetd'], container: 'cilium-agent', answers: 'cilium' },
  { label: 'k8s-app', values: ['kube-router'] },
  { label: 'app', values: ['kindnet', 'flannel'] },
  { label: 'component', values: ['antrea-agent'], container: 'antrea-agent' },
  { label: 'name', values: ['weave-net'], container: 'weave' },
]

/** `k8s-app in (kube-proxy,kindnet)`, one for each label that is known. */
const KNOWN_SELECTORS = [...Map.groupBy(KNOWN, ({ label }) => label)].map(
  ([label, rows]) => `${label} in (${rows.flatMap(({ values }) => values).join(',')})`,
)

/** A pod that can be used on a node. */
interface Candidate {
  namespace: string
  pod: string
  container: string
  node: string
  rank: number
  answers: string | undefined
  /** Why nothing can run in its container; null where it runs, as far as the API tells. */
  down: string | null
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
  const onNode = async (node: Node) => {
    const all = await candidates()
    const usable = usableOn(all, node)
    if (usable.length === 0) throw noPod(node, selector, all)
    return usable
  }
  return {
    name: 'exec',
    async run(node, script, options) {
      const began = performance.now()
      return firstOf(await onNode(node), options.signal, (one) => runIn(api, one, script, withTimeLeft(options, began)))
    },
    async follow(node, script, options) {
      return firstOf(await onNode(node), options.signal, (one) => followIn(api, one, script, options))
    },
    async runBeside(node, script, options) {
      const all = await candidates().catch((): Candidate[] => [])
      // It is asked with everything else.
      const [first] = usableOn(all, node)
      const others = all.filter((one) => one.node === node.name && one.answers && one !== first)
      return Promise.all(others.map((one) => runInProgram(api, one, script, options)))
    },
    async close() {},
  }
}

/** Those of a node in which something can run, best first. */
const usableOn = (all: readonly Candidate[], { name }: Node): Candidate[] =>
  all.filter(({ node, down }) => node === name && down === null).sort((a, b) => a.rank - b.rank)

async function runInProgram(api: KubeApi, candidate: Candidate, script: string, options: RunOptions): Promise<Beside> {
  const { namespace, pod: name, container, answers, down } = candidate
  const at = { program: answers!, container, pod: { namespace, name } }
  if (down !== null) return { ...at, down }
  try {
    return { ...at, output: await runIn(api, candidate, script, options) }
  } catch (error) {
    return { ...at, failure: (error as Error).message }
  }
}

function noPod(node: Node, selector: string | undefined, all: readonly Candidate[]): ReachError {
  const what = selector ? `fits --exec-selector ${selector}` : 'is known to have the tools'
  const own = all.filter((one) => one.node === node.name)
  const down = own.map(({ namespace, pod, container, down }) => ` (${namespace}/${pod}: ${container} ${down})`)
  return new ReachError(`no running pod on its host network ${what}${down.join('')}`, {
    hint: `name one with --exec-selector, or use --via debug${node.ready === false ? '; the node is not ready' : ''}`,
    anotherWay: true,
  })
}

/** The best candidate does the work, or where that one cannot, the next. */
async function firstOf<T>(
  all: readonly Candidate[],
  signal: AbortSignal,
  work: (one: Candidate) => Promise<T>,
): Promise<T> {
  let last: unknown
  for (const candidate of all) {
    try {
      return await work(candidate)
    } catch (error) {
      last = error
      if (signal.aborted || !(error instanceof ReachError && error.anotherWay)) break
    }
  }
  throw last
}

async function runIn(api: KubeApi, candidate: Candidate, script: string, options: RunOptions): Promise<Output> {
  options.say(`exec in ${placeOf(candidate)}`, `exec in pods of ${candidate.namespace}`)
  const output = await execScript(api, candidate, script, options).catch((error) => failed(candidate, error))
  return withShell(candidate, output)
}

async function followIn(api: KubeApi, candidate: Candidate, script: string, options: FollowOptions): Promise<Ended> {
  options.say(`exec in ${placeOf(candidate)}`, `exec in pods of ${candidate.namespace}`)
  let heard = false
  const onOutput = (bytes: Buffer) => {
    heard = true
    options.onOutput(bytes)
  }
  try {
    return withShell(candidate, await followScript(api, candidate, script, { ...options, onOutput }))
  } catch (error) {
    // What began to answer and broke off is begun again by whoever reads it.
    return failed(candidate, error as Error, !heard)
  }
}

const placeOf = ({ namespace, pod }: Candidate): string => `${namespace}/${pod}`

function failed(candidate: Candidate, error: Error & { hint?: string | null }, mayTryAnother = true): never {
  const where = placeOf(candidate)
  // A kubelet that finds no shell says so in words of the runtime.
  const shell = /executable file not found|no such file or directory|exit code 12[67]/i.test(error.message)
  const message = shell ? `${where} has no shell` : `${where}: ${error.message}`
  // Whatever else is tried goes by the same kubelet, and would cost the time limit again.
  const anotherWay = mayTryAnother && !(error instanceof KubeError && error.failure === 'timeout')
  throw new ReachError(message, { anotherWay, cause: error, ...(error.hint ? { hint: error.hint } : {}) })
}

function withShell<T extends Ended>(candidate: Candidate, ended: T): T {
  if (ended.exitCode !== 126 && ended.exitCode !== 127) return ended
  throw new ReachError(`${placeOf(candidate)} has no shell that runs`, { anotherWay: true })
}

/** The script, in a shell of a container. */
export function execScript(
  api: KubeApi,
  { namespace, pod, container }: { namespace: string; pod: string; container: string | undefined },
  script: string,
  { timeoutMs, maxBytes, signal }: RunOptions,
): Promise<Output> {
  return api.exec({ namespace, pod, container, command: ['sh', '-s'], stdin: script, timeoutMs, maxBytes, signal })
}

/** The same for a script that runs on. */
export function followScript(
  api: KubeApi,
  { namespace, pod, container }: { namespace: string; pod: string; container: string | undefined },
  script: string,
  { times, onOutput, signal }: FollowOptions,
): Promise<Ended> {
  return api.follow({ namespace, pod, container, command: ['sh', '-s'], stdin: script, times, onOutput, signal })
}

/** All pods that may do, of all nodes, in one list; a selector of the person's own beats what is known. */
async function findPods(api: KubeApi, selector: string | undefined): Promise<Candidate[]> {
  if (selector) {
    const [namespace, labels] = selector.includes('/') ? splitAt(selector, '/') : [null, selector]
    const path = namespace ? `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods` : '/api/v1/pods'
    const pods = (await api.list(path, { labelSelector: labels })) ?? []
    return pods.flatMap((pod) => candidate(pod, {}, 0) ?? [])
  }
  // One call for each label: a large cluster has many times as many pods there.
  const lists = await Promise.all(
    KNOWN_SELECTORS.map((labelSelector) => api.list('/api/v1/namespaces/kube-system/pods', { labelSelector })),
  )
  const pods = new Map(lists.flatMap((list) => (list ?? []).map((pod) => [pod.metadata?.name, pod])))
  return [...pods.values()].flatMap((pod) => {
    const labels = pod.metadata?.labels ?? {}
    const rank = KNOWN.findIndex(({ label, values }) => values.includes(labels[label] ?? ''))
    return rank < 0 ? [] : (candidate(pod, KNOWN[rank]!, rank) ?? [])
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
  status?: { phase?: string; containerStatuses?: { name: string; state?: ContainerState }[] }
}

interface ContainerState {
  running?: object
  waiting?: { reason?: string }
  terminated?: { reason?: string }
}

/** Null for a pod that is not on the host's network, may not read rules, or does not run and has nothing that only it can tell. */
function candidate(
  object: KubeObject,
  { container, answers }: { container?: string; answers?: string },
  rank: number,
): Candidate | null {
  const { spec, status } = object as PodShape
  const { name, namespace } = object.metadata ?? {}
  if (!name || !namespace || !spec?.nodeName || !spec.hostNetwork) return null
  const containers = spec.containers ?? []
  const able = containers.filter(
    ({ securityContext: context }) =>
      context?.privileged || context?.capabilities?.add?.some((one) => /^(CAP_)?(NET_ADMIN|ALL)$/.test(one)),
  )
  const chosen = able.find((one) => one.name === container) ?? able[0]
  if (!chosen) return null
  const down = whyDown(status, chosen.name)
  if (down !== null && !answers) return null
  return { namespace, pod: name, container: chosen.name, node: spec.nodeName, rank, answers, down }
}

function whyDown(status: PodShape['status'], container: string): string | null {
  const state = status?.containerStatuses?.find(({ name }) => name === container)?.state
  if (status?.phase === 'Running' && (state === undefined || state.running)) return null
  return state?.waiting?.reason ?? state?.terminated?.reason ?? `the pod is ${status?.phase ?? 'in no phase'}`
}
