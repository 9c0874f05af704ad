/** Who asks, and whether they may. */
import type { IncomingMessage } from 'node:http'
import type { ApiOptions } from './contract.ts'
import { flagOf } from './query.ts'
import { RESOURCES, type Target } from './resources.ts'
import { ApiError, badRequest, forbidden, unauthorized } from './status.ts'

/** The one user of the lab, unless a request is made for another. */
const USER = 'lab'

export type Forbid = NonNullable<ApiOptions['forbid']>

/** For whom a request is made. */
export interface Asker {
  user: string
  /** Null where it is made for the user of the token. */
  impersonated: string | null
}

/** Throws the API's 401, or its 403 for an impersonation that is not allowed. */
export function askerOf({ headers }: Pick<IncomingMessage, 'headers'>, token: string, forbid: Forbid): Asker {
  if (headers.authorization !== `Bearer ${token}`) throw unauthorized()
  const user = headers['impersonate-user']
  const groups = [headers['impersonate-group'] ?? []].flat()
  if (typeof user !== 'string') {
    if (groups.length > 0) throw badRequest('requested groups without impersonating a user')
    return { user: USER, impersonated: null }
  }
  for (const [plural, name] of [['users', user], ...groups.map((group) => ['groups', group])] as [string, string][]) {
    const what = `resource "${plural}" in API group "" at the cluster scope`
    if (forbid('impersonate', plural, null)) throw forbidden({ group: '', plural }, name, USER, 'impersonate', what)
  }
  return { user, impersonated: groups.length > 0 ? `${user} (${groups.join(', ')})` : user }
}

/** Throws the API's 403. A path that is no resource is asked for as itself, with the verb `get`. */
export function authorize(forbid: Forbid, user: string, verb: string, target: Target | string): void {
  if (typeof target === 'string') {
    if (forbid(verb, target, null)) throw forbidden(null, '', user, verb, `path "${target}"`)
    return
  }
  const { resource, name, subresource } = target
  // A namespace is itself within its own (apiserver's RequestInfo).
  const namespace = resource === namespaces ? name : target.namespace
  const full = subresource ? `${resource.plural}/${subresource}` : resource.plural
  if (!forbid(verb, full, namespace)) return
  const where = namespace === null ? 'at the cluster scope' : `in the namespace "${namespace}"`
  throw forbidden(resource, name ?? '', user, verb, `resource "${full}" in API group "${resource.group}" ${where}`)
}

const namespaces = RESOURCES.find(({ kind }) => kind === 'Namespace')

/**
 * Throws the 403 for a stream that is opened with GET by one who may not `create` it. The API asks for that since 1.35
 * (AuthorizePodWebsocketUpgradeCreatePermission), and then says no more than RBAC's reason, which is empty
 * (pkg/registry/core/pod/rest/authorize.go).
 */
export function authorizeStream(forbid: Forbid, { resource, name, namespace, subresource }: Target): void {
  if (!forbid('create', `${resource.plural}/${subresource}`, namespace)) return
  throw new ApiError(403, 'Forbidden', `${resource.plural} "${name}" is forbidden: `, {
    name: name ?? '',
    kind: resource.plural,
  })
}

/** The verb of a request, as the authorizer names it. */
export function verbOf(method: string, { name }: Target, query: URLSearchParams): string {
  if (method === 'POST') return 'create'
  if (method === 'DELETE') return name === null ? 'deletecollection' : 'delete'
  if (method !== 'GET') return method.toLowerCase()
  return name !== null ? 'get' : flagOf(query, 'watch') ? 'watch' : 'list'
}

/** Answers a SelfSubjectAccessReview (staging/src/k8s.io/api/authorization/v1/types.go). */
export function review(forbid: Forbid, asked: unknown): object {
  const { spec } = asked as {
    spec: {
      resourceAttributes?: { verb: string; resource: string; subresource?: string; namespace?: string }
      nonResourceAttributes?: { verb: string; path: string }
    }
  }
  const { resourceAttributes: one, nonResourceAttributes: path } = spec
  const resource = one?.subresource ? `${one.resource}/${one.subresource}` : one?.resource
  const isForbidden = one ? forbid(one.verb, resource!, one.namespace ?? null) : forbid(path!.verb, path!.path, null)
  return {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec,
    status: { allowed: !isForbidden },
  }
}
