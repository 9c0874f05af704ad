import type { KubeObject } from '../kube/api.ts'
import { segment } from '../kube/path.ts'
import { parsed } from './parsed.ts'
import type { Reader } from './reader.ts'

/** The endpoints of a Service or of several; null: not known. */
export interface EndpointObjects {
  slices: KubeObject[] | null
  /** Only where the API has no slices, or does not show them. */
  endpoints: KubeObject[] | null
}

/** discovery.k8s.io/v1 is there since Kubernetes 1.21; v1beta1 before that, and in none since 1.25. */
const versions = ['v1', 'v1beta1']

/** Those of one Service, or without a name all of a namespace, or without that all of the cluster. */
export async function readEndpoints(
  reader: Reader,
  namespace: string | null,
  name: string | null,
): Promise<EndpointObjects> {
  const place = placeOf(namespace)
  const options = name === null ? {} : { labelSelector: `kubernetes.io/service-name=${name}` }
  for (const version of versions) {
    const path = `/apis/discovery.k8s.io/${version}${place}/endpointslices`
    const slices = await reader.list('api/endpointslices.json', path, options)
    if (slices) return { slices, endpoints: null }
    // Not allowed, or not to be had now: an older version of the same would fare no better.
    if (reader.problems.some(({ file }) => file === 'api/endpointslices.json')) break
  }
  const path = `/api/v1${place}/endpoints`
  if (name === null) return { slices: null, endpoints: await reader.list('api/endpoints.json', path) }
  const object = await reader.get('api/endpoints.json', `${path}/${segment(name)}`)
  return { slices: null, endpoints: object === null ? null : [{ apiVersion: 'v1', kind: 'Endpoints', ...object }] }
}

/** The Endpoints object beside the slices, to be held against them; null where there is none. Of a service without a selector people write it. */
export async function readEndpointsObject(reader: Reader, service: KubeObject): Promise<KubeObject[] | null> {
  const { namespace = '', name = '' } = service.metadata ?? {}
  if (parsed(service)?.selector == null) return null
  const found = await reader.spare(`/api/v1${placeOf(namespace)}/endpoints`, { fieldSelector: `metadata.name=${name}` })
  return found === null || found.length === 0
    ? null
    : found.map((one) => ({ apiVersion: 'v1', kind: 'Endpoints', ...one }))
}

/** `/namespaces/shop`, or nothing for all namespaces. */
export const placeOf = (namespace: string | null): string =>
  namespace === null ? '' : `/namespaces/${segment(namespace)}`
