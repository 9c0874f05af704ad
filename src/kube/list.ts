/** Lists, page by page. */
import type { KubeObject, ListOptions } from './api.ts'
import { KubeError } from './errors.ts'

const pageSize = 500
/** A million objects; an API whose continue tokens never end is none. */
const pageLimit = 2_000
const restarts = 2

/**
 * All objects of a list; null for a resource that the API does not have. `get` answers one page.
 *
 * No resourceVersion is given, which means "most recent": `resourceVersion=0` may be answered by an API server that lags
 * far behind, and a stale endpoint would be taken for a fault of the node; it also makes the server ignore `limit`
 * (kubernetes/enhancements KEP-365: with "0" the watch cache answers in one piece). The price is small: lists by selector
 * are short, and from 1.31 on (KEP-2340, consistent reads from cache) the watch cache answers "most recent" too, with
 * pages since 1.34 or so (kubernetes/kubernetes issue 132132).
 *
 * A 410 means that the page's snapshot is gone. The API then offers a token to go on in a newer snapshot; two snapshots
 * would make one list with objects missing or twice, so it begins again.
 */
export async function listAll(
  get: (path: string) => Promise<KubeObject | null>,
  path: string,
  options: ListOptions,
): Promise<KubeObject[] | null> {
  for (let restart = 0; ; restart++) {
    try {
      return await listOnce(get, path, options)
    } catch (error) {
      const expired = error instanceof KubeError && error.failure === 'expired'
      if (!expired || restart === restarts) throw error
    }
  }
}

async function listOnce(
  get: (path: string) => Promise<KubeObject | null>,
  path: string,
  options: ListOptions,
): Promise<KubeObject[] | null> {
  const objects: KubeObject[] = []
  let next: string | null = null
  for (let page = 1; page <= pageLimit; page++) {
    const query: Record<string, string> = { ...selectors(options), limit: String(pageSize) }
    const list = await get(withQuery(path, next === null ? query : { ...query, continue: next }))
    // Only the first page tells whether the resource exists; one that is gone since then is an odd API.
    if (list === null && next === null) return null
    if (!Array.isArray(list?.items)) throw garbled(path, 'an answer that is no list')
    if (!list.items.every(isNamed)) throw garbled(path, 'a list with objects that have no name')
    objects.push(...withKinds(list))
    const token: unknown = (list.metadata as { continue?: unknown } | undefined)?.continue
    if (typeof token !== 'string' || token === '') return objects
    if (token === next) break
    next = token
  }
  throw garbled(path, 'a list that never ends')
}

/** `labelSelector` and `fieldSelector` as parameters of a query. */
export const selectors = ({ labelSelector, fieldSelector }: ListOptions): Record<string, string> => ({
  ...(labelSelector === undefined ? {} : { labelSelector }),
  ...(fieldSelector === undefined ? {} : { fieldSelector }),
})

export function withQuery(path: string, query: Record<string, string>): string {
  const text = new URLSearchParams(query).toString()
  return text === '' ? path : `${path}?${text}`
}

/** Whoever reads a list builds paths of its names. */
function isNamed(item: unknown): boolean {
  const { metadata } = (item ?? {}) as KubeObject
  return typeof metadata?.name === 'string' && ['string', 'undefined'].includes(typeof metadata.namespace)
}

/** The items of a `PodList` do not say that they are Pods of v1; kubectl adds it, and so do we. */
function withKinds(list: KubeObject): KubeObject[] {
  const kind = list.kind?.replace(/List$/, '')
  const own = {
    ...(list.apiVersion === undefined ? {} : { apiVersion: list.apiVersion }),
    ...(kind === undefined || kind === '' ? {} : { kind }),
  }
  return (list.items as KubeObject[]).map((item) => ({ ...own, ...item }))
}

const garbled = (path: string, what: string): KubeError =>
  new KubeError('garbled', `GET ${path} brought ${what}`, { hint: 'is this the server of a Kubernetes API?' })
