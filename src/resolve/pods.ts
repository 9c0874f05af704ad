import type { KubeObject } from '../kube/api.ts'
import { segment } from '../kube/path.ts'
import { parseAddress } from '../model/address.ts'
import { isName } from '../model/cluster.ts'
import { type EndpointObjects, placeOf } from './endpoints.ts'
import type { Reader } from './reader.ts'

export interface PodName {
  namespace: string
  name: string
}

const file = 'api/pods.json'
/** Pods that are read one by one; a service by hand names few. */
const [singleLimit, concurrency] = [100, 8]

/**
 * The pods that a Service selects, ready or not, and those that its endpoints name and the selector does not find. Null
 * where neither could be read.
 */
export async function readPods(
  reader: Reader,
  service: KubeObject,
  endpoints: Promise<EndpointObjects>,
): Promise<KubeObject[] | null> {
  const namespace = service.metadata?.namespace ?? ''
  const labelSelector = selectorOf(service)
  const path = `/api/v1${placeOf(namespace)}/pods`
  const [selected, { slices, endpoints: objects }] = await Promise.all([
    labelSelector === null ? [] : reader.list(file, path, { labelSelector }),
    endpoints,
  ])
  if (selected === null) return null
  const found = new Set(selected.map(({ metadata }) => `${metadata?.namespace ?? namespace}/${metadata?.name}`))
  const missing = namesIn(slices ?? objects ?? []).filter((pod) => !found.has(`${pod.namespace}/${pod.name}`))
  const named = await readNamedPods(reader, missing)
  // None at all is known only where the named ones could be looked up.
  if (named === null) return selected.length > 0 ? selected : null
  return [...selected, ...named]
}

/** Pods by their names; those that are gone are left out. Null where none could be read. */
export async function readNamedPods(reader: Reader, names: readonly PodName[]): Promise<KubeObject[] | null> {
  const wanted = names.filter(({ namespace, name }) => isName(namespace) && isName(name))
  if (wanted.length > singleLimit) {
    reader.problem(file, `${wanted.length - singleLimit} pods that endpoints name are not read`)
  }
  const pods: KubeObject[] = []
  const before = reader.problems.length
  for (let start = 0; start < Math.min(wanted.length, singleLimit); start += concurrency) {
    const batch = wanted.slice(start, Math.min(start + concurrency, singleLimit))
    const paths = batch.map(({ namespace, name }) => `/api/v1${placeOf(namespace)}/pods/${segment(name)}`)
    const read = await Promise.all(paths.map((path) => reader.get(file, path)))
    pods.push(...read.flatMap((pod) => (pod === null ? [] : [{ apiVersion: 'v1', kind: 'Pod', ...pod }])))
    if (reader.problems.length > before && pods.length === 0) return null
  }
  return pods
}

/** `app=web,tier=front`; null for a Service without a selector, whose endpoints somebody else makes. */
export function selectorOf({ spec }: KubeObject): string | null {
  const selector = (spec as { selector?: unknown } | undefined)?.selector
  if (typeof selector !== 'object' || selector === null) return null
  const terms = Object.entries(selector).map(([name, value]) => `${name}=${value}`)
  return terms.length > 0 ? terms.join(',') : null
}

/** The pods that slices or Endpoints objects name. */
function namesIn(objects: readonly KubeObject[]): PodName[] {
  const names = objects.flatMap((object) => {
    const own = object.metadata?.namespace ?? ''
    const subsets = listOf(object.subsets).flatMap((one) => [
      ...listOf(one.addresses),
      ...listOf(one.notReadyAddresses),
    ])
    return [...listOf(object.endpoints), ...subsets].flatMap(({ targetRef }) => {
      const { kind, name, namespace } = (targetRef ?? {}) as Record<string, unknown>
      return kind === 'Pod' && typeof name === 'string' ? [{ name, namespace: String(namespace ?? own) }] : []
    })
  })
  return [...new Map(names.map((one) => [`${one.namespace}/${one.name}`, one])).values()]
}

/** The addresses that slices or Endpoints objects give pods, each once. */
export function addressesOfPods(objects: readonly KubeObject[]): string[] {
  const all = objects.flatMap((object) => {
    const subsets = listOf(object.subsets).flatMap((one) => [
      ...listOf(one.addresses),
      ...listOf(one.notReadyAddresses),
    ])
    const ofPods = [...listOf(object.endpoints), ...subsets].filter(
      ({ targetRef }) => (targetRef as { kind?: unknown } | undefined)?.kind === 'Pod',
    )
    return ofPods.flatMap(({ ip, addresses }) => [ip, ...(Array.isArray(addresses) ? addresses : [])])
  })
  return [...new Set(all.filter((one) => typeof one === 'string' && parseAddress(one) !== null))] as string[]
}

const listOf = (value: unknown): readonly Record<string, unknown>[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'object' && one !== null) : []
