/** The resources that this API has, and what a path means. */
import type { KubeObject } from '../../../src/kube/api.ts'
import { badRequest, type Named, noSuchResource } from './status.ts'

export interface Resource extends Named {
  version: string
  namespaced: boolean
  /** Fields besides the name and namespace that can be selected by (pkg/apis/core/v1/conversion.go). */
  fields: readonly string[]
}

const resource = (kind: string, plural: string, more: Partial<Resource> = {}): Resource => ({
  ...{ group: '', version: 'v1', kind, plural, namespaced: true, fields: [] },
  ...more,
})

const podFields = ['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName']

const GATEWAY = 'gateway.networking.k8s.io'

export const RESOURCES: readonly Resource[] = [
  resource('ConfigMap', 'configmaps'),
  resource('Endpoints', 'endpoints'),
  resource('EndpointSlice', 'endpointslices', { group: 'discovery.k8s.io' }),
  resource('NetworkPolicy', 'networkpolicies', { group: 'networking.k8s.io' }),
  resource('Ingress', 'ingresses', { group: 'networking.k8s.io' }),
  resource('IngressClass', 'ingressclasses', { group: 'networking.k8s.io', namespaced: false }),
  resource('HTTPRoute', 'httproutes', { group: GATEWAY }),
  resource('Gateway', 'gateways', { group: GATEWAY }),
  resource('GatewayClass', 'gatewayclasses', { group: GATEWAY, namespaced: false }),
  resource('ReferenceGrant', 'referencegrants', { group: GATEWAY, version: 'v1beta1' }),
  resource('Namespace', 'namespaces', { namespaced: false, fields: ['status.phase'] }),
  resource('Node', 'nodes', { namespaced: false, fields: ['spec.unschedulable'] }),
  resource('Pod', 'pods', { fields: [...podFields, 'spec.hostNetwork', 'status.phase', 'status.podIP'] }),
  resource('Secret', 'secrets', { fields: ['type'] }),
  resource('Service', 'services', { fields: ['spec.clusterIP', 'spec.type'] }),
]

export const apiVersionOf = ({ group, version }: Resource): string => (group === '' ? version : `${group}/${version}`)

/** The resource of an object; throws for one that this API does not have. */
export function resourceOf({ apiVersion, kind }: KubeObject): Resource {
  const found = RESOURCES.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion)
  if (!found) throw new Error(`the lab's API has no ${apiVersion} ${kind}`)
  return found
}

/** What a pod has besides itself. */
export const STREAMS = ['attach', 'exec', 'portforward'] as const

/** What a path below /api or /apis means. */
export interface Target {
  resource: Resource
  /** Null: all namespaces, or a cluster-wide resource. */
  namespace: string | null
  /** Null: the list. */
  name: string | null
  subresource: (typeof STREAMS)[number] | null
}

/** Null for a path outside the groups and versions that there are; throws the API's 404 for one inside that means nothing. */
export function targetOf(pathname: string): Target | null {
  const [, core, group = '', version, rest] =
    /^\/(?:(api)|apis\/([^/]+))\/([^/]+)\/(.+)$/.exec(pathname) ?? ([] as undefined[])
  const all = RESOURCES.filter((one) => one.group === group)
  if (rest === undefined || all.length === 0 || (core && version !== 'v1')) return null
  const parts = rest.split('/').map(decode)
  const isScoped = parts[0] === 'namespaces' && parts.length > 2
  const [plural, name = null, subresource = null, ...more] = isScoped ? parts.slice(2) : parts
  const found = all.find((one) => one.plural === plural && one.version === version)
  const namespace = isScoped ? (parts[1] ?? '') : null
  const isPlaced = found?.namespaced ? isScoped || name === null : !isScoped
  if (!found || !isPlaced || more.length > 0 || name === '' || namespace === '') throw noSuchResource()
  if (subresource === null) return { resource: found, namespace, name, subresource: null }
  const stream = STREAMS.find((one) => one === subresource)
  if (found.kind !== 'Pod' || !stream) throw noSuchResource()
  return { resource: found, namespace, name, subresource: stream }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw badRequest('invalid URL escape in the path')
  }
}
