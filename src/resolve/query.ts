import type { KubeApi, KubeObject } from '../kube/api.ts'
import { NoServiceError, usageError } from '../model/errors.ts'
import { fits, type Query } from '../model/query.ts'
import { servicesBehind } from './behind.ts'
import { placeOf } from './endpoints.ts'
import { missingNamespace } from './namespaces.ts'
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
  const named = namespaceOf(api, query, options)
  if (query.kind === 'name' && named !== null)
    return resolveService(api, { namespace: named, name: query.name }, options)
  const objects = await api.list(`/api/v1${placeOf(named)}/services`, {
    signal: options.signal,
    ...(query.kind === 'name' ? { fieldSelector: `metadata.name=${query.name}` } : {}),
  })
  const services = objects ?? []
  const fitting = services.filter((object) => {
    const service = parsed(object)
    return service !== null && fits(service, query)
  })
  const found = fitting.length > 0 ? fitting : await servicesBehind(api, services, query, named, options.signal)
  if (found.length === 1) return readAround(api, found[0]!, options)
  if (found.length === 0) throw await missing(api, query, named, services, options)
  const names = found.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`)
  const what = query.kind === 'workload' ? `${query.of} ${query.name}` : query.text
  throw usageError(`${found.length} services fit ${what}: ${some(names)}`, `name one: kubectl svcpath ${names[0]}`)
}

/** Null: all. */
function namespaceOf(api: KubeApi, query: Query, { namespace, everywhere }: QueryOptions): string | null {
  if (query.kind !== 'name' && query.kind !== 'workload') return namespace
  return query.namespace ?? namespace ?? (everywhere ? null : api.namespace)
}

async function missing(
  api: KubeApi,
  query: Query,
  namespace: string | null,
  services: readonly KubeObject[],
  { signal }: QueryOptions,
): Promise<Error> {
  const gone = namespace === null || services.length > 0 ? null : await missingNamespace(api, namespace, signal)
  if (gone) return gone
  const where = namespace === null ? api.name : `namespace ${namespace} of ${api.name}`
  if (query.kind !== 'workload')
    return new NoServiceError(`no service ${query.text} in ${where}`, { hint: hints[query.kind] })
  const [kind] = query.text.split('/')
  return new NoServiceError(`no service selects ${query.of} ${query.name} in ${where}`, {
    hint: `kubectl get services -n ${namespace ?? 'NAMESPACE'} -o wide lists services with their selectors; if ${kind} is a namespace: kubectl svcpath ${query.name} -n ${kind}`,
  })
}

const some = (names: readonly string[]): string => `${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}`

const hints: Record<Exclude<Query['kind'], 'workload'>, string> = {
  name: 'kubectl get svc -A lists them',
  address: 'no service has this address, no endpoint has it, and it is not a node port on the address of a node',
  nodePort: 'no service has this node port; kubectl get svc -A lists them',
}
