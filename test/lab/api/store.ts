/** The objects, their versions, and what became of them: what etcd and the watch cache are to the real API. */
import { randomUUID } from 'node:crypto'
import type { KubeObject } from '../../../src/kube/api.ts'
import { RESOURCES, type Resource, resourceOf } from './resources.ts'

export interface Change {
  version: number
  resource: Resource
  /** Null: there was none before. */
  before: KubeObject | null
  /** Null: it is gone. */
  after: KubeObject | null
}

type State = Readonly<Record<string, readonly KubeObject[]>>

/** Older states are gone, as etcd compacts them. */
const statesKept = 100

/** No object is ever changed, each change puts another in its place; so a page of a list can still be read when it is over. */
export class Store {
  #states = new Map<number, State>()
  #state: State
  readonly changes: Change[] = []
  readonly #watchers = new Set<(change: Change) => void>()
  /** The current resourceVersion. */
  version: number
  /** Watches from an earlier version are too old. */
  readonly firstVersion: number

  constructor(objects: readonly KubeObject[]) {
    const given = objects.map((one) => Number(metaOf(one).resourceVersion ?? 0)).filter(Number.isSafeInteger)
    this.version = given.reduce((most, one) => Math.max(most, one), 1000)
    this.firstVersion = this.version
    const all = [...objects, ...namespacesOf(objects)].map((one) => ({
      resource: resourceOf(one),
      object: this.#fill(one),
    }))
    this.#state = Object.fromEntries(
      RESOURCES.map((resource) => {
        const own = all.filter((one) => one.resource === resource).map(({ object }) => object)
        const sorted = own.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
        const twice = sorted.find((one, index) => index > 0 && keyOf(one) === keyOf(sorted[index - 1]!))
        if (twice) throw new Error(`two objects of the lab are ${resource.plural} ${keyOf(twice)}`)
        return [resource.plural, sorted]
      }),
    )
    this.#states.set(this.version, this.#state)
  }

  /** All of a resource in the order of their keys, at a version; null where that is not known any more. */
  all({ plural }: Resource, version = this.version): readonly KubeObject[] | null {
    return this.#states.get(version)?.[plural] ?? null
  }

  get(resource: Resource, namespace: string | null, name: string): KubeObject | null {
    const key = `${namespace ?? ''}/${name}`
    return this.#state[resource.plural]?.find((one) => keyOf(one) === key) ?? null
  }

  /** Adds an object or puts it in the place of the one with its name; gives it back with its version. */
  put(object: KubeObject): KubeObject {
    const resource = resourceOf(object)
    const key = keyOf(object)
    const metadata: object = { ...object.metadata, resourceVersion: String(this.version + 1) }
    const after = this.#fill({ ...object, metadata })
    this.#change(resource, key, after)
    return after
  }

  remove(object: KubeObject): void {
    this.#change(resourceOf(object), keyOf(object), null)
  }

  /** Calls for each change from now on, until what it gives is called. */
  watch(watcher: (change: Change) => void): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  #change(resource: Resource, key: string, after: KubeObject | null): void {
    const list = this.#state[resource.plural] ?? []
    const before = list.find((one) => keyOf(one) === key) ?? null
    if (before === null && after === null) return
    const others = list.filter((one) => one !== before)
    const at = others.findIndex((one) => keyOf(one) > key)
    const place = at < 0 ? others.length : at
    this.version++
    this.#state = { ...this.#state, [resource.plural]: after === null ? others : others.toSpliced(place, 0, after) }
    this.#states.set(this.version, this.#state)
    this.#states.delete(this.version - statesKept)
    const change = { version: this.version, resource, before, after }
    this.changes.push(change)
    for (const watcher of this.#watchers) watcher(change)
  }

  #fill(object: KubeObject): KubeObject {
    const { apiVersion, kind, metadata, ...rest } = object
    const creationTimestamp = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
    const own = { uid: randomUUID(), resourceVersion: String(this.version), creationTimestamp }
    return { apiVersion, kind, metadata: { ...own, ...metadata }, ...rest } as KubeObject
  }
}

/** `shop/web`; `/n1` for what is in no namespace. */
export const keyOf = ({ metadata }: KubeObject): string => `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`

export const metaOf = (object: KubeObject): Record<string, unknown> =>
  (object.metadata ?? {}) as Record<string, unknown>

/** The namespaces that there must be but were not given. */
function namespacesOf(objects: readonly KubeObject[]): KubeObject[] {
  const given = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata?.name))
  const used = objects.flatMap(({ metadata }) => metadata?.namespace ?? [])
  const names = new Set(['default', 'kube-node-lease', 'kube-public', 'kube-system', ...used])
  return [...names]
    .filter((name) => !given.has(name))
    .map((name) => ({
      ...{ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { 'kubernetes.io/metadata.name': name } } },
      ...{ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } },
    }))
}
