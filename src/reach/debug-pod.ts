import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import type { KubeApi, KubeObject } from '../kube/api.ts'
import type { Node } from '../model/cluster.ts'
import { DEFAULT_IMAGE, debugPod, RUN_LABEL } from './debug/pod.ts'
import { waitUntilRunning } from './debug/ready.ts'
import { execScript, followScript } from './exec.ts'
import { ReachError, type RunOptions, type Way } from './way.ts'

export interface DebugOptions {
  image: string | undefined
  namespace: string
  privileged: boolean
  /** One pod for each node that serves all scripts, for so long at most; absent: one for each script. */
  keepSeconds?: number | undefined
  /** What is to be said though the run be quiet: what could not be removed. */
  warn(words: string): void
}

export interface DebugWay extends Way {
  /** The command that removes this run's pods; null where it made none. */
  removeCommand(): string | null
}

/** For starting a pod, image present. */
const DEADLINE_SECONDS = 600

type Waiting = Pick<RunOptions, 'timeoutMs' | 'signal' | 'say'>

/**
 * A debug pod for each node, made when the node is read and removed right after, or kept; `close` removes what is left, also what was being
 * made at that moment.
 */
export function debugWay(api: KubeApi, options: DebugOptions): DebugWay {
  const run = randomBytes(6).toString('hex')
  const pods = `/api/v1/namespaces/${encodeURIComponent(options.namespace)}/pods`
  const removeCommand = `kubectl delete pods -n ${options.namespace} -l ${RUN_LABEL}=${run} --grace-period=0`
  const creating = new Set<Promise<unknown>>()
  let made = 0
  let closed = false

  /** Creates it; where the answer was lost, `close` finds it by its label. */
  const create = async (node: Node, signal: AbortSignal): Promise<KubeObject> => {
    if (closed) throw new ReachError('the run is over')
    const { image = DEFAULT_IMAGE, namespace, privileged, keepSeconds = DEADLINE_SECONDS } = options
    const who = whoami()
    made++
    const body = debugPod({
      node: node.name,
      namespace,
      image,
      privileged,
      run,
      who,
      deadlineSeconds: keepSeconds,
    })
    const creation = api.create(pods, body, signal)
    creating.add(creation)
    creation.catch(() => {}).finally(() => creating.delete(creation))
    return creation.catch((error: Error & { hint?: string | null }) => {
      throw new ReachError(`no debug pod: ${error.message}`, {
        cause: error,
        ...(error.hint ? { hint: error.hint } : {}),
      })
    })
  }

  const kept = new Map<string, Promise<string>>()
  const at = (pod: string) => ({ namespace: options.namespace, pod, container: 'debug' })

  /** A pod that runs there. */
  const podOn = (node: Node, waiting: Waiting): Promise<string> => {
    if (options.keepSeconds === undefined) return start(node, waiting)
    const known = kept.get(node.name) ?? start(node, waiting)
    kept.set(node.name, known)
    known.catch(() => kept.delete(node.name))
    return known
  }

  const start = async (node: Node, waiting: Waiting): Promise<string> => {
    if (node.ready === false) throw new ReachError('the node is not ready: no pod would start there')
    waiting.say(`making a debug pod in ${options.namespace} (${options.image ?? DEFAULT_IMAGE})`)
    const pod = (await create(node, waiting.signal)).metadata?.name
    if (!pod) throw new ReachError('the API gave the debug pod no name')
    try {
      await waitUntilRunning(api, options.namespace, pod, waiting)
      return pod
    } catch (error) {
      await remove(pod).catch(() => {})
      throw error
    }
  }

  /** A pod that failed is not used again, nor is one that is not kept. */
  const use = async <T>(node: Node, pod: string, work: () => Promise<T>): Promise<T> => {
    let worked = false
    try {
      const result = await work()
      worked = true
      return result
    } catch (error) {
      return failed(error as Error)
    } finally {
      if (!worked || options.keepSeconds === undefined) {
        kept.delete(node.name)
        await remove(pod).catch(() => {})
      }
    }
  }

  const remove = (name: string) => api.delete(`${pods}/${encodeURIComponent(name)}`, { gracePeriodSeconds: 0 })

  return {
    name: 'debug',
    removeCommand: () => (made > 0 ? removeCommand : null),
    async run(node, script, runOptions) {
      const started = performance.now()
      const pod = await podOn(node, runOptions)
      const timeoutMs = Math.max(1000, runOptions.timeoutMs - Math.round(performance.now() - started))
      return use(node, pod, () => execScript(api, at(pod), script, { ...runOptions, timeoutMs }))
    },
    async follow(node, script, followOptions) {
      const pod = await podOn(node, { ...followOptions, timeoutMs: followOptions.times.openMs })
      // The pod ends with the script, whatever became of this process.
      const own = `POD_SLEEP=${options.keepSeconds ?? DEADLINE_SECONDS}\n${script}`
      return use(node, pod, () => followScript(api, at(pod), own, followOptions))
    },
    async close() {
      closed = true
      if (made === 0) return
      await Promise.allSettled([...creating])
      await removeAll(api, pods, run, remove).catch((error: Error) => {
        options.warn(`debug pods may be left (${error.message}); remove them with: ${removeCommand}`)
      })
    },
  }
}

function failed(error: Error): never {
  throw new ReachError(`the debug pod: ${error.message}`, { cause: error })
}

/** Deletes what is left of a run, and looks again: a delete may fail for a moment. */
async function removeAll(api: KubeApi, pods: string, run: string, remove: (name: string) => Promise<void>) {
  for (let attempt = 0; ; attempt++) {
    const left = (await api.list(pods, { labelSelector: `${RUN_LABEL}=${run}` })) ?? []
    if (left.length === 0) return
    const done = await Promise.allSettled(left.map((pod) => remove(pod.metadata?.name ?? '')))
    const refused = done.find((one) => one.status === 'rejected')
    if (attempt === 3) throw refused ? refused.reason : new Error(`${left.length} still there`)
    await new Promise((resolve) => setTimeout(resolve, 200 * (attempt + 1)))
  }
}

function whoami(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown'
  }
}
