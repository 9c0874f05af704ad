/** What a call to the API needs to be allowed, and how that is said in RBAC's words. */

/** One verb on one resource, as RBAC asks for it. */
export interface Permission {
  /** `get`, `list`, `watch`, `create`, `delete`, `impersonate`. */
  verb: string
  /** '' for the core group. */
  apiGroup: string
  /** With its subresource: `pods/exec`. For a path outside the resources, such as `/version`: that path. */
  resource: string
  /** Null: a cluster-wide resource, or a call for all namespaces. */
  namespace: string | null
  /** Null where no object is named. */
  name: string | null
}

/** The permission that a call needs (kubernetes.io, "Authorization": determine the request verb). */
export function permissionOf(method: string, path: string): Permission {
  const [place = '', query = ''] = path.split('?', 2)
  const [, group, rest = ''] = /^\/(?:api|apis\/([^/]+))\/v[^/]+\/(.+)$/.exec(place) ?? []
  if (rest === '') return { verb: method.toLowerCase(), apiGroup: '', resource: place, namespace: null, name: null }
  const [, namespace, inside = rest] = /^namespaces\/([^/]+)\/(.+)$/.exec(rest) ?? []
  const [resource = '', name, ...sub] = inside.split('/')
  return {
    verb: verbOf(method, name, query),
    apiGroup: group ?? '',
    resource: [resource, ...sub].join('/'),
    namespace: namespace === undefined ? null : decode(namespace),
    name: name === undefined ? null : decode(name),
  }
}

function verbOf(method: string, name: string | undefined, query: string): string {
  if (method === 'POST') return 'create'
  if (method === 'DELETE') return name === undefined ? 'deletecollection' : 'delete'
  if (name !== undefined) return 'get'
  return /(^|&)watch=(1|true)(&|$)/.test(query) ? 'watch' : 'list'
}

/** A name that is not properly encoded stands for itself. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * What the API says is missing; null where its refusal is none of its authorizers': an admission plugin's, a quota's. The
 * words are those of apiserver's `responsewriters.Forbidden`.
 */
export function permissionInMessage(message: string): Permission | null {
  const [, verb, resource, apiGroup = '', namespace] =
    /cannot (\S+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]*)")?/.exec(message) ?? []
  if (verb && resource) return { verb, apiGroup, resource, namespace: namespace ?? null, name: null }
  const [, method, path] = /cannot (\S+) path "([^"]+)"/.exec(message) ?? []
  return method && path ? { verb: method, apiGroup: '', resource: path, namespace: null, name: null } : null
}

/** `list nodes`, `get pods in namespace shop`. */
export function permissionWords({ verb, resource, namespace }: Permission): string {
  return `${verb} ${resource}${namespace === null ? '' : ` in namespace ${namespace}`}`
}

/** The rule to paste into a Role, or without a namespace a ClusterRole. */
export function ruleYaml({ verb, apiGroup, resource, namespace }: Permission): string {
  const where = namespace === null ? 'a ClusterRole' : `a Role in namespace ${namespace}`
  const what = resource.startsWith('/')
    ? [`- nonResourceURLs: [${JSON.stringify(resource)}]`]
    : [`- apiGroups: [${JSON.stringify(apiGroup)}]`, `  resources: [${JSON.stringify(resource)}]`]
  return [`# in ${where}:`, 'rules:', ...what, `  verbs: [${JSON.stringify(verb)}]`].join('\n')
}
