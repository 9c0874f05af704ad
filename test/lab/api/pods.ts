/** Pods that come and go through the API. */
import { randomInt } from 'node:crypto'
import type { KubeObject } from '../../../src/kube/api.ts'
import type { Backend } from './contract.ts'
import { decode } from './fields.ts'
import { podErrors } from './pod-rules.ts'
import { numberOf } from './query.ts'
import { RESOURCES, type Target } from './resources.ts'
import { alreadyExists, badRequest, conflict, invalid, notFound } from './status.ts'
import { metaOf, type Store } from './store.ts'

interface Spec {
  nodeName?: string
  terminationGracePeriodSeconds?: number
  containers?: object[]
}

const podResource = RESOURCES.find(({ kind }) => kind === 'Pod')!
const namespaces = RESOURCES.find(({ kind }) => kind === 'Namespace')!
/** How long a kubelet of the lab takes to stop a pod. */
const stoppingMs = 100

/** The pods' part of the API, and of the kubelets that run them. */
export class Pods {
  readonly #store: Store
  readonly #backend: Backend
  readonly #gone: (pod: KubeObject) => void
  readonly #timers = new Set<NodeJS.Timeout>()

  /** Calls `gone` for each pod that was deleted. */
  constructor(store: Store, backend: Backend, gone: (pod: KubeObject) => void) {
    this.#store = store
    this.#backend = backend
    this.#gone = gone
  }

  /** The new pod, and warnings about it. Throws the API's refusals. */
  create(target: Target, body: unknown, query: URLSearchParams): { pod: KubeObject; warnings: string[] } {
    const namespace = target.namespace ?? ''
    const { pod: given, warnings } = readPod(body, query)
    const meta = metaOf(given)
    if (meta.namespace !== undefined && meta.namespace !== '' && meta.namespace !== namespace)
      throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
    if (!this.#store.get(namespaces, null, namespace)) throw notFound(namespaces, namespace)
    const errors = podErrors(given)
    const name = String(meta.name ?? '') || generated(String(meta.generateName ?? ''))
    if (errors.length > 0) throw invalid(target.resource, String(meta.name ?? ''), errors)
    if (this.#store.get(target.resource, namespace, name)) throw alreadyExists(target.resource, name)
    const pod = withDefaults(given, { ...meta, name, namespace })
    if (isDryRun(query)) return { pod, warnings }
    const steps = this.#backend.schedule(pod)
    const stored = this.#store.put(pod)
    this.#follow(stored, steps, target)
    return { pod: stored, warnings }
  }

  /** The pod as it was last. With a grace period it goes some moments later. */
  delete(target: Target, body: unknown, query: URLSearchParams): KubeObject {
    const { resource, namespace, name } = target
    const pod = this.#store.get(resource, namespace, name ?? '')
    if (!pod) throw notFound(resource, name ?? '')
    const { graceSeconds, uid } = deleteOptions(body, query)
    const own = metaOf(pod)
    if (uid !== null && uid !== own.uid)
      throw conflict(
        resource,
        name ?? '',
        `the UID in the precondition (${uid}) does not match the UID in record (${own.uid})`,
      )
    const spec = (pod.spec ?? {}) as Spec
    const phase = (pod.status as { phase?: string } | undefined)?.phase
    const isIdle = !spec.nodeName || phase === 'Failed' || phase === 'Succeeded'
    const seconds = isIdle ? 0 : (graceSeconds ?? spec.terminationGracePeriodSeconds ?? 30)
    if (isDryRun(query)) return pod
    if (seconds === 0) {
      this.#remove(pod)
      return pod
    }
    if (own.deletionTimestamp !== undefined) return pod
    const deletionTimestamp = new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+Z$/, 'Z')
    const metadata = { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: seconds }
    const leaving = this.#store.put({ ...pod, metadata })
    this.#after(Math.min(stoppingMs, seconds * 1000), () => this.#remove(leaving))
    return leaving
  }

  /** What its containers ran has ended, and is not started again. */
  ended(pod: KubeObject, exitCode: number): void {
    const now = this.#store.get(podResource, pod.metadata?.namespace ?? '', pod.metadata?.name ?? '')
    if (!now || metaOf(now).uid !== metaOf(pod).uid) return
    const { containers = [] } = (now.spec ?? {}) as { containers?: { name: string }[] }
    const containerStatuses = containers.map(({ name }) => ({ name, state: { terminated: { exitCode } } }))
    this.#store.put({ ...now, status: { phase: exitCode === 0 ? 'Succeeded' : 'Failed', containerStatuses } })
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer)
  }

  #follow(pod: KubeObject, steps: ReturnType<Backend['schedule']>, target: Target): void {
    const [step, ...rest] = steps
    if (!step) return
    this.#after(step.afterMs, () => {
      const now = this.#store.get(target.resource, target.namespace, pod.metadata?.name ?? '')
      if (!now || metaOf(now).uid !== metaOf(pod).uid) return
      const spec = step.nodeName === undefined ? now.spec : { ...(now.spec as object), nodeName: step.nodeName }
      this.#store.put({ ...now, spec, status: step.status })
      this.#follow(pod, rest, target)
    })
  }

  #remove(pod: KubeObject): void {
    const now = this.#store.get(podResource, pod.metadata?.namespace ?? '', pod.metadata?.name ?? '')
    if (!now || metaOf(now).uid !== metaOf(pod).uid) return
    this.#store.remove(now)
    this.#gone(now)
  }

  #after(milliseconds: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      act()
    }, milliseconds)
    this.#timers.add(timer)
  }
}

/** As the API decodes it: fields that it does not know are refused, or left out with a warning or without (`fieldValidation`). */
function readPod(body: unknown, query: URLSearchParams): { pod: KubeObject; warnings: string[] } {
  const mode = query.get('fieldValidation') || 'Warn'
  if (!['Warn', 'Strict', 'Ignore'].includes(mode)) throw badRequest(`invalid fieldValidation "${mode}"`)
  const { apiVersion, kind } = (body ?? {}) as KubeObject
  if (kind !== undefined && (apiVersion !== 'v1' || kind !== 'Pod'))
    throw badRequest(
      `${kind} in version "${apiVersion}" cannot be handled as a Pod: no kind "${kind}" is registered here`,
    )
  const { value, unknown, wrong } = decode(body, 'V1Pod')
  const cannot = 'Pod in version "v1" cannot be handled as a Pod'
  if (wrong.length > 0) throw badRequest(`${cannot}: json: ${wrong[0]}`)
  const words = unknown.map((path) => `unknown field "${path}"`)
  if (mode === 'Strict' && words.length > 0) throw badRequest(`${cannot}: strict decoding error: ${words.join(', ')}`)
  return { pod: (value ?? {}) as KubeObject, warnings: mode === 'Warn' ? words : [] }
}

/** The letters that the API makes names of (apimachinery's pkg/util/rand). */
const letters = 'bcdfghjklmnpqrstvwxz2456789'

const generated = (prefix: string): string =>
  prefix.slice(0, 58) + Array.from({ length: 5 }, () => letters[randomInt(letters.length)]).join('')

function withDefaults(pod: KubeObject, metadata: Record<string, unknown>): KubeObject {
  const spec = (pod.spec ?? {}) as Spec
  const { uid, resourceVersion, creationTimestamp, deletionTimestamp, ...own } = metadata
  const defaults = { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', terminationGracePeriodSeconds: 30 }
  const containers = (spec.containers ?? []).map((one) => ({ terminationMessagePath: '/dev/termination-log', ...one }))
  return {
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: own },
    spec: { ...defaults, schedulerName: 'default-scheduler', serviceAccountName: 'default', ...spec, containers },
    status: { phase: 'Pending', qosClass: 'BestEffort' },
  } as KubeObject
}

function deleteOptions(body: unknown, query: URLSearchParams): { graceSeconds: number | null; uid: string | null } {
  const { gracePeriodSeconds, preconditions, kind } = (body ?? {}) as Record<string, unknown>
  if (kind !== undefined && kind !== 'DeleteOptions') throw badRequest(`${kind} cannot be handled as a DeleteOptions`)
  const given = gracePeriodSeconds ?? (body === null ? numberOf(query, 'gracePeriodSeconds') : null)
  if (given !== null && !Number.isInteger(given)) throw badRequest('gracePeriodSeconds is no whole number')
  const uid = (preconditions as { uid?: string } | undefined)?.uid ?? null
  // Less than nothing means one second (apiserver's rest.BeforeDelete).
  return { graceSeconds: given === null ? null : (given as number) < 0 ? 1 : (given as number), uid }
}

const isDryRun = (query: URLSearchParams): boolean => query.get('dryRun') === 'All'
