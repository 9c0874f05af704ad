/** What svcpath needs to be allowed, as one table; `kubectl svcpath rbac` prints it as RBAC objects. */
import { usageError } from '../model/errors.ts'
import type { WayName } from '../model/way.ts'
import type { Permission } from './permission.ts'

/** Where the namespace of the cluster's DNS is; its configuration and pods are read there. */
const dnsNamespace = 'kube-system'

interface Grant {
  /** `cluster`: everywhere; `dns`: kube-system; `pods`: the namespace of the pods that lead onto the nodes. */
  where: 'cluster' | 'dns' | 'pods'
  /** Null: all. */
  ways: readonly WayName[] | null
  apiGroup: string
  /** Paths outside the resources begin with a slash. */
  resource: string
  verbs: readonly string[]
  /** Only the object of this name. */
  name?: string
  why: string
  /** Without it less is known, and the rest goes on. */
  optional?: true
}

/**
 * WebSockets are opened with GET, and Kubernetes 1.35 and later ask for `create` besides
 * (AuthorizePodWebsocketUpgradeCreatePermission), so both stand here.
 */
const viaWebSocket = ['get', 'create'] as const

/**
 * What ingress/NAME, httproute/NAME and gateway/NAME read. Secrets are not among them: RBAC cannot allow their metadata alone, so whether a certificate is
 * there is said only to those who may read secrets anyway.
 */
const FRONT_READS: readonly (readonly [apiGroup: string, resource: string, verbs: readonly string[], why: string])[] = [
  ['networking.k8s.io', 'ingresses', ['get', 'list'], 'ingress/NAME, and others with the same host and path'],
  ['networking.k8s.io', 'ingressclasses', ['get'], 'which controller serves it'],
  ['gateway.networking.k8s.io', 'httproutes', ['get', 'list'], 'httproute/NAME, and the routes of gateway/NAME'],
  ['gateway.networking.k8s.io', 'gateways', ['get', 'list'], 'gateway/NAME, and the listeners of a route'],
  ['gateway.networking.k8s.io', 'gatewayclasses', ['get'], 'which controller serves it'],
  ['gateway.networking.k8s.io', 'referencegrants', ['list'], 'whether a reference to another namespace is allowed'],
  ['', 'namespaces', ['get'], 'the labels by which a listener chooses the namespaces of its routes'],
]

/** What changes while a Service is watched, or waited for. */
const WATCHED = [
  ['', 'services'],
  ['discovery.k8s.io', 'endpointslices'],
  ['', 'pods'],
] as const

const grants: readonly Grant[] = [
  {
    ...{ where: 'cluster', ways: null, apiGroup: '', resource: 'services', verbs: ['get', 'list'] },
    why: 'the service; all of them for -A, or to find one by address or node port',
  },
  {
    ...{ where: 'cluster', ways: null, apiGroup: 'discovery.k8s.io', resource: 'endpointslices', verbs: ['list'] },
    why: 'its endpoints',
  },
  {
    ...{ where: 'cluster', ways: null, apiGroup: '', resource: 'endpoints', verbs: ['get', 'list'] },
    ...{ why: 'its endpoints where a cluster has no slices, and whether both agree', optional: true },
  },
  {
    ...{ where: 'cluster', ways: null, apiGroup: '', resource: 'pods', verbs: ['get', 'list'] },
    why: 'the pods behind it, those of the cluster DNS, and those that lead onto nodes',
  },
  ...WATCHED.map(
    ([apiGroup, resource]): Grant => ({
      ...{ where: 'cluster', ways: null, apiGroup, resource, verbs: ['watch'] },
      ...{ why: 'watch and check --wait: a change shows at once, and nothing is polled', optional: true },
    }),
  ),
  {
    ...{ where: 'cluster', ways: null, apiGroup: '', resource: 'nodes', verbs: ['get', 'list'] },
    why: 'which nodes there are, and their addresses',
  },
  {
    ...{ where: 'cluster', ways: null, apiGroup: '', resource: 'namespaces', verbs: ['list'] },
    why: 'which namespaces there are, where none has the name that was given; goes without',
  },
  {
    ...{ where: 'cluster', ways: null, apiGroup: 'networking.k8s.io', resource: 'networkpolicies', verbs: ['list'] },
    ...{ why: 'which policies select its pods; goes without', optional: true },
  },
  ...['servicel2statuses', 'l2advertisements', 'bgpadvertisements'].map(
    (resource): Grant => ({
      ...{ where: 'cluster', ways: null, apiGroup: 'metallb.io', resource, verbs: ['list'] },
      ...{ why: 'who announces an address that MetalLB gave; goes without', optional: true },
    }),
  ),
  ...FRONT_READS.map(
    ([apiGroup, resource, verbs, why]): Grant => ({
      ...{ where: 'cluster', ways: null, apiGroup, resource, verbs, why },
    }),
  ),
  {
    ...{ where: 'cluster', ways: null, apiGroup: '', resource: '/version', verbs: ['get'] },
    ...{ why: 'the version of Kubernetes', optional: true },
  },
  {
    ...{ where: 'dns', ways: null, apiGroup: '', resource: 'configmaps', verbs: ['get'], name: 'coredns' },
    ...{ why: 'the cluster domain, from the Corefile', optional: true },
  },
  {
    ...{ where: 'dns', ways: null, apiGroup: '', resource: 'pods/portforward', verbs: viaWebSocket },
    ...{ why: 'asking each DNS pod', optional: true },
  },
  {
    ...{ where: 'pods', ways: ['exec', 'debug'], apiGroup: '', resource: 'pods/exec', verbs: viaWebSocket },
    why: 'running the script that reads a node',
  },
  {
    ...{ where: 'pods', ways: ['debug'], apiGroup: '', resource: 'pods', verbs: ['create', 'watch', 'delete'] },
    why: 'one debug pod for each node, removed in the end',
  },
]

/** True where the printed roles of a way allow a call; `namespace` as for `rbacManifest`. */
export function isGranted(way: WayName, permission: Permission, namespace: string = dnsNamespace): boolean {
  return grantsOf(way).some(
    ({ where, apiGroup, resource, verbs, name }) =>
      apiGroup === permission.apiGroup &&
      resource === permission.resource &&
      verbs.includes(permission.verb) &&
      (name === undefined || name === permission.name) &&
      (where === 'cluster' || permission.namespace === (where === 'dns' ? dnsNamespace : namespace)),
  )
}

/** A call that a way makes, what for, and whether svcpath does without. */
export interface Need extends Permission {
  why: string
  optional: boolean
}

/** All that a way needs, a verb each; `namespace` as for `rbacManifest`. */
export const needsOf = (way: WayName, namespace: string): Need[] =>
  grantsOf(way).flatMap(({ where, apiGroup, resource, verbs, name, why, optional }) =>
    verbs.map((verb) => ({
      ...{ verb, apiGroup, resource, name: name ?? null, why, optional: optional === true },
      namespace: where === 'cluster' ? null : where === 'dns' ? dnsNamespace : namespace,
    })),
  )

/** How the roles are bound and where. */
export interface RbacOptions {
  /** Of the pods that are exec'd into or made; kube-system where none is given. */
  namespace?: string
  /** `User/NAME`, `Group/NAME`, `ServiceAccount/NAMESPACE/NAME`; without one no bindings are printed. */
  subject?: string
}

/** A ClusterRole and Roles, with bindings, as YAML for `kubectl apply`. Throws a usage error for a name that cannot be one. */
export function rbacManifest(way: WayName, options: RbacOptions = {}): string {
  const namespace = options.namespace ?? dnsNamespace
  if (!isNamespace(namespace)) throw usageError(`${JSON.stringify(namespace)} cannot be the name of a namespace`)
  const subject = options.subject === undefined ? null : readSubject(options.subject)
  const name = `svcpath-${way}`
  const inCluster = grantsOf(way).filter(({ where }) => where === 'cluster')
  const documents = [roleYaml('ClusterRole', name, null, inCluster)]
  if (subject) documents.push(bindingYaml('ClusterRole', name, null, subject))
  for (const [place, own] of byNamespace(way, namespace)) {
    documents.push(roleYaml('Role', name, place, own))
    if (subject) documents.push(bindingYaml('Role', name, place, subject))
  }
  const head = [
    `# What kubectl svcpath --via ${way} calls, and nothing more.`,
    ...(subject
      ? []
      : ['# Without bindings: --subject User/NAME, Group/NAME or ServiceAccount/NAMESPACE/NAME adds them.']),
  ]
  return `${head.join('\n')}\n${documents.join('---\n')}`
}

const grantsOf = (way: WayName): readonly Grant[] => grants.filter(({ ways }) => ways === null || ways.includes(way))

function byNamespace(way: WayName, namespace: string): Map<string, Grant[]> {
  const places = new Map<string, Grant[]>()
  for (const grant of grantsOf(way)) {
    if (grant.where === 'cluster') continue
    const place = grant.where === 'dns' ? dnsNamespace : namespace
    places.set(place, [...(places.get(place) ?? []), grant])
  }
  return places
}

/** A namespace's name is a DNS label (RFC 1123). */
const isNamespace = (text: string): boolean => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(text)

interface Subject {
  kind: 'User' | 'Group' | 'ServiceAccount'
  name: string
  namespace: string | null
}

function readSubject(text: string): Subject {
  const [, kind, name = ''] = /^(User|Group)\/(.+)$/s.exec(text) ?? []
  if (kind === 'User' || kind === 'Group') return { kind, name, namespace: null }
  const [, namespace = '', account = ''] = /^ServiceAccount\/([^/]+)\/([a-z0-9.-]+)$/.exec(text) ?? []
  if (isNamespace(namespace)) return { kind: 'ServiceAccount', name: account, namespace }
  throw usageError(
    `${JSON.stringify(text)} is not a subject`,
    'give User/NAME, Group/NAME or ServiceAccount/NAMESPACE/NAME',
  )
}

/** JSON's strings are YAML's too, so no name can end its quotes. */
const quoted = (text: string): string => JSON.stringify(text)

function roleYaml(kind: 'ClusterRole' | 'Role', name: string, namespace: string | null, own: readonly Grant[]): string {
  const rules = own.flatMap(({ apiGroup, resource, verbs, name: only, why }) => [
    `# ${why}`,
    ...(resource.startsWith('/')
      ? [`- nonResourceURLs: [${quoted(resource)}]`]
      : [`- apiGroups: [${quoted(apiGroup)}]`, `  resources: [${quoted(resource)}]`]),
    ...(only === undefined ? [] : [`  resourceNames: [${quoted(only)}]`]),
    `  verbs: [${verbs.map(quoted).join(', ')}]`,
  ])
  return `${[...headYaml(kind, name, namespace), 'rules:', ...rules].join('\n')}\n`
}

function bindingYaml(kind: 'ClusterRole' | 'Role', name: string, namespace: string | null, subject: Subject): string {
  const group = subject.kind === 'ServiceAccount' ? [] : ['  apiGroup: rbac.authorization.k8s.io']
  const where = subject.namespace === null ? [] : [`  namespace: ${quoted(subject.namespace)}`]
  const lines = [
    ...headYaml(`${kind}Binding`, name, namespace),
    ...['roleRef:', '  apiGroup: rbac.authorization.k8s.io', `  kind: ${kind}`, `  name: ${name}`],
    ...['subjects:', `- kind: ${subject.kind}`, `  name: ${quoted(subject.name)}`, ...where, ...group],
  ]
  return `${lines.join('\n')}\n`
}

const headYaml = (kind: string, name: string, namespace: string | null): string[] => [
  ...['apiVersion: rbac.authorization.k8s.io/v1', `kind: ${kind}`, 'metadata:', `  name: ${name}`],
  ...(namespace === null ? [] : [`  namespace: ${quoted(namespace)}`]),
]
