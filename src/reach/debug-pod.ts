import { randomBytes } from 'node:crypto'
import { userInfo } from 'node:os'
import type { KubeApi, KubeObject } from '../kube/api.ts'
import type { Node } from '../model/cluster.ts'
import { DEFAULT_IMAGE, debugPod, RUN_LABEL } from './debug/pod.ts'
import { waitUntilRunning } from './debug/ready.ts'
import { execScript } from './exec.ts'
import { ReachError, type Way } from './way.ts'

export interface DebugOptions {
  image: string | undefined
  namespace: string
  privileged: boolean
  /** What is to be said though the run be quiet: what could not be removed. */
  warn(words: string): void
}

export interface DebugWay extends Way {
  /** The command that removes this run's pods; null where it made none. */
  removeCommand(): string | null
}

/** For starting a pod, image present. */
const DEADLINE_SECONDS = 600

/**
 * A debug pod for each node, made when the node is read and removed right after; `close` removes what is left, also what was being
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
    const { image = DEFAULT_IMAGE, namespace, privileged } = options
    const who = whoami()
    made++
    const body = debugPod({
      node: node.name,
      namespace,
      image,
      privileged,
      run,
      who,
      deadlineSeconds: DEADLINE_SECONDS,
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

  const remove = (name: string) => api.delete(`${pods}/${encodeURIComponent(name)}`, { gracePeriodSeconds: 0 })

  return {
    name: 'debug',
    removeCommand: () => (made > 0 ? removeCommand : null),
    async run(node, script, runOptions) {
      if (node.ready === false) throw new ReachError('the node is not ready: no pod would start there')
      runOptions.say(`making a debug pod in ${options.namespace} (${options.image ?? DEFAULT_IMAGE})`)
      const started = performance.now()
      const pod = (await create(node, runOptions.signal)).metadata?.name
      if (!pod) throw new ReachError('the API gave the debug pod no name')
      try {
        await waitUntilRunning(api, options.namespace, pod, runOptions)
        const timeoutMs = Math.max(1000, runOptions.timeoutMs - Math.round(performance.now() - started))
        const at = { namespace: options.namespace, pod, container: 'debug' }
        return await execScript(api, at, script, { ...runOptions, timeoutMs }).catch(failed)
      } finally {
        await remove(pod).catch(() => {})
      }
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
