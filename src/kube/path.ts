import { KubeError } from './errors.ts'

/** A name as a segment of a path. `.` and `..` would lead elsewhere, encoded or not: a URL's parser takes them away. */
export function segment(name: string): string {
  if (/^\.{0,2}$/.test(name)) throw new KubeError('invalid', `${JSON.stringify(name)} can be no object's name`)
  return encodeURIComponent(name)
}

interface Resource {
  group: string
  /** The newest first: an older cluster has an older one. */
  versions: readonly string[]
  plural: string
}

const GATEWAY = { group: 'gateway.networking.k8s.io', versions: ['v1', 'v1beta1'] }

/** What leads to Services, and what that names. */
export const RESOURCES = {
  Ingress: { group: 'networking.k8s.io', versions: ['v1', 'v1beta1'], plural: 'ingresses' },
  IngressClass: { group: 'networking.k8s.io', versions: ['v1', 'v1beta1'], plural: 'ingressclasses' },
  Gateway: { ...GATEWAY, plural: 'gateways' },
  GatewayClass: { ...GATEWAY, plural: 'gatewayclasses' },
  HTTPRoute: { ...GATEWAY, plural: 'httproutes' },
  ReferenceGrant: { ...GATEWAY, versions: ['v1beta1', 'v1'], plural: 'referencegrants' },
  Namespace: { group: '', versions: ['v1'], plural: 'namespaces' },
  Secret: { group: '', versions: ['v1'], plural: 'secrets' },
  Service: { group: '', versions: ['v1'], plural: 'services' },
} as const satisfies Record<string, Resource>

export type Kind = keyof typeof RESOURCES

/** Where the API lists the objects of a kind, of a namespace or of all (null). Throws a KubeError for a namespace that can be none. */
export function pathOf(kind: Kind, version: string, namespace: string | null): string {
  const { group, plural } = RESOURCES[kind]
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  return `${root}${namespace === null ? '' : `/namespaces/${segment(namespace)}`}/${plural}`
}
