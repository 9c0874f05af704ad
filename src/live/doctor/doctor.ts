import type { KubeApi } from '../../kube/api.ts'
import { connect } from '../../kube/client.ts'
import { surroundingsOf } from '../../kube/surroundings.ts'
import type { Node } from '../../model/cluster.ts'
import type { DebugPodCheck, DoctorReport, NodeCheck, PermissionCheck } from '../../model/doctor/report.ts'
import { SvcpathError } from '../../model/errors.ts'
import type { Io } from '../../model/io.ts'
import type { WayName } from '../../model/way.ts'
import { observeFiles } from '../../observe/observation.ts'
import { DEFAULT_IMAGE, debugPod } from '../../reach/debug/pod.ts'
import type { LiveOptions } from '../cluster.ts'
import { type Interrupt, watchInterrupts } from '../interrupt.ts'
import { chooseNodes } from '../nodes.ts'
import { Progress } from '../progress.ts'
import { type OpenWay, openWay } from '../ways.ts'
import { type Tried, tryNodes } from './nodes.ts'
import { checkPermissions } from './permissions.ts'

/**
 * Finds out what a trace could do on this cluster now. Nodes are reached as a trace reaches them, but no pod is made: of a debug pod the API is asked by a dry
 * run. Throws where the API cannot be asked, or the nodes cannot be listed.
 */
export async function examine(options: LiveOptions, io: Io): Promise<DoctorReport> {
  const progress = new Progress(io.stderr, options.quiet)
  const interrupt = watchInterrupts(io.stderr, () => null)
  let open: OpenWay | null = null
  try {
    const api = await connect(options.kube, surroundingsOf(io))
    progress.step(`asking ${api.name}`)
    open = await openWay({ ...options.reach, via: usedWay(options) }, api, progress, io)
    return await examineWith(api, open, options, { progress, interrupt, io })
  } finally {
    progress.done()
    await open?.way.close()
    interrupt.stop()
  }
}

/** What nodes are tried by: what may make debug pods is tried by exec. */
const usedWay = ({ reach: { via } }: LiveOptions): WayName => (via === 'auto' || via === 'debug' ? 'exec' : via)

interface Run {
  progress: Progress
  interrupt: Interrupt
  io: Io
}

async function examineWith(
  api: KubeApi,
  { way }: OpenWay,
  options: LiveOptions,
  { progress, interrupt, io }: Run,
): Promise<DoctorReport> {
  const { reach } = options
  const { signal } = interrupt
  const { version, apiMilliseconds } = await firstCalls(api, signal)
  const nodes = await listNodes(api, signal)
  const choice = chooseNodes(nodes, [], { names: reach.nodes, all: reach.allNodes })
  const count = choice.read.length
  progress.step(`trying ${count} ${count === 1 ? 'node' : 'nodes'}`, count)
  const tried =
    reach.via === 'debug'
      ? choice.read.map(untried)
      : await tryNodes(choice.read, { way, reach, progress, signal, now: io.now })
  const inNeed = tried.find(({ anotherWay }) => anotherWay)
  const pod = inNeed && mayMakePods(reach.via) ? await tryDebugPod(api, inNeed.check.name, options, signal) : null
  const permissions = await checkPermissions(api, pod ? 'debug' : usedWay(options), reach.debug.namespace, signal)
  const checks = [
    ...tried.map((one) => withDebugPod(one, nodes, pod)),
    ...choice.unread.filter(isWindows(nodes)).map(({ node, reason }) => unread(node, reason)),
  ]
  return {
    ...({ apiVersion: 'svcpath/v1alpha1', kind: 'DoctorReport' } as const),
    ...{ cluster: api.name, version, apiMilliseconds, permissions },
    verdict: verdictOf(checks, permissions),
    nodes: checks,
    debugPod: pod,
    notes: choice.note ? [choice.note.replace('those with an endpoint and a sample', 'a sample')] : [],
  }
}

/** Ready is only what a trace would be: no node and no needed call may be missing. */
function verdictOf(nodes: readonly NodeCheck[], permissions: readonly PermissionCheck[]): DoctorReport['verdict'] {
  const readable = nodes.filter(({ outcome }) => outcome === 'read' || outcome === 'debugPod')
  const isShort = permissions.some(({ allowed, optional }) => allowed === false && !optional)
  if (readable.length === 0) return 'notReady'
  return readable.length === nodes.length && !isShort ? 'ready' : 'partlyReady'
}

const mayMakePods = (via: LiveOptions['reach']['via']): boolean => via === 'auto' || via === 'debug'

const isWindows =
  (nodes: readonly Node[]) =>
  ({ node }: { node: string }): boolean =>
    nodes.find(({ name }) => name === node)?.operatingSystem === 'windows'

/** The first call makes the connection, and a credential plugin may run for it. */
async function firstCalls(api: KubeApi, signal: AbortSignal) {
  const began = performance.now()
  const answer = await api.get('/version', signal)
  const between = performance.now()
  await api.get('/version', signal)
  const version = answer?.gitVersion
  return {
    version: typeof version === 'string' ? version : null,
    apiMilliseconds: { first: Math.round(between - began), again: Math.round(performance.now() - between) },
  }
}

async function listNodes(api: KubeApi, signal: AbortSignal): Promise<readonly Node[]> {
  const items = await api.list('/api/v1/nodes', { signal })
  const text = JSON.stringify({ kind: 'NodeList', apiVersion: 'v1', items: items ?? [] })
  const seen = { source: 'live', origin: `the cluster ${api.name}`, problems: [] } as const
  const { cluster } = observeFiles([{ path: 'api/nodes.json', text }], seen)
  if (!cluster.nodes || cluster.nodes.length === 0)
    throw new SvcpathError(`the cluster ${api.name} lists no nodes`, { hint: 'kubectl get nodes' })
  return cluster.nodes
}

const unread = (name: string, reason: string): NodeCheck => ({
  ...({ name, outcome: 'unread', way: null, reason } as const),
  ...{ lacks: [], milliseconds: null, clockAhead: null },
})

const untried = ({ name }: Node): Tried => ({
  check: unread(name, 'it would be read by a debug pod'),
  anotherWay: true,
})

/** What the API says to a debug pod that it is not to make: roles, admission and quotas have their say, the image does not. */
async function tryDebugPod(
  api: KubeApi,
  node: string,
  { reach: { debug } }: LiveOptions,
  signal: AbortSignal,
): Promise<DebugPodCheck> {
  const { namespace, privileged, image = DEFAULT_IMAGE } = debug
  const body = debugPod({ ...{ node, namespace, image, privileged }, run: 'dry', who: 'doctor', deadlineSeconds: 60 })
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?dryRun=All`
  try {
    await api.create(path, body, signal)
    return { namespace, image, accepted: true, reason: null }
  } catch (error) {
    if (signal.aborted) throw signal.reason
    return { namespace, image, accepted: false, reason: (error as Error).message }
  }
}

/** A node that a debug pod could read, where the API would take one and the node could start it. */
function withDebugPod({ check, anotherWay }: Tried, nodes: readonly Node[], pod: DebugPodCheck | null): NodeCheck {
  if (!anotherWay || pod === null) return check
  const ready = nodes.find(({ name }) => name === check.name)?.ready
  if (ready === false) return { ...check, reason: `${check.reason}; no debug pod would start: the node is not ready` }
  if (!pod.accepted) return { ...check, reason: `${check.reason}; no debug pod: ${pod.reason}` }
  return { ...check, outcome: 'debugPod', way: `a debug pod in ${pod.namespace}` }
}
