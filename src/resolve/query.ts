import type { KubeApi } from '../kube/api.ts'
import { NoServiceError, usageError } from '../model/errors.ts'
import { fits, type Query } from '../model/query.ts'
import { placeOf } from './endpoints.ts'
import { parsed } from './parsed.ts'
import { type Resolved, type ResolveOptions, readAround, resolveService } from './service.ts'

/** What `namespace` null means: the context's for a name, all for an address or node port. */
export interface QueryOptions extends ResolveOptions {
  namespace: string | null
  /** Search for the name in all namespaces. */
  everywhere: boolean
}

/**
 * Reads the one Service that a query means. By an address or a node port it is found only by listing all, as the API selects
 * by neither; a name in any namespace is selected by the API. Throws where none fits, or several do.
 */
export async function resolveQuery(api: KubeApi, query: Query, options: QueryOptions): Promise<Resolved> {
  const named = query.kind === 'name' ? (query.namespace ?? options.namespace) : options.namespace
  if (query.kind === 'name' && (named !== null || !options.everywhere)) {
    return resolveService(api, { namespace: named ?? api.namespace, name: query.name }, options)
  }
  const objects = await api.list(`/api/v1${placeOf(named)}/services`, {
    signal: options.signal,
    ...(query.kind === 'name' ? { fieldSelector: `metadata.name=${query.name}` } : {}),
  })
  const found = (objects ?? []).filter((object) => {
    const service = parsed(object)
    return service !== null && fits(service, query)
  })
  const where = named === null ? api.name : `namespace ${named} of ${api.name}`
  if (found.length === 0) throw new NoServiceError(`no service ${query.text} in ${where}`, { hint: hints[query.kind] })
  if (found.length === 1) return readAround(api, found[0]!, options)
  const names = found.slice(0, 10).map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`)
  throw usageError(`${query.text} may be any of ${found.length} services`, `name one: ${names.join(', ')}`)
}

const hints: Record<Query['kind'], string> = {
  name: 'kubectl get svc -A lists them',
  address: 'it is no cluster, external or load-balancer IP of a service; a pod IP is no way to name one',
  nodePort: 'no service has this node port; kubectl get svc -A lists them',
}
