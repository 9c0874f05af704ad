import type { KubeApi, KubeObject } from '../kube/api.ts'
import { canonicalAddress, parseAddress } from '../model/address.ts'
import { isPodOf, selects } from '../model/kube/workload.ts'
import type { Query } from '../model/query.ts'
import { readPod } from '../parse/kube/pod.ts'
import { type EndpointObjects, placeOf, readEndpoints } from './endpoints.ts'
import { parsed } from './parsed.ts'
import { Reader } from './reader.ts'

/**
 * The services that something else leads to: those of a node port on a node's address, those that have a pod's address as an endpoint, or those that
 * select the pods of a workload. `namespace` null: any.
 */
export async function servicesBehind(
  api: KubeApi,
  services: readonly KubeObject[],
  query: Query,
  namespace: string | null,
  signal: AbortSignal | undefined,
): Promise<KubeObject[]> {
  const reader = new Reader(api, signal)
  if (query.kind === 'workload') return selecting(reader, services, query, namespace)
  if (query.kind !== 'address') return []
  const byPort = services.filter((object) => parsed(object)?.ports.some(({ nodePort }) => nodePort === query.port))
  if (query.port !== null && byPort.length > 0 && (await isNodes(reader, query.address))) return byPort
  const names = ownersOf(await readEndpoints(reader, namespace, null), query.address, query.port)
  return services.filter(({ metadata }) => names.has(`${metadata?.namespace}/${metadata?.name}`))
}

async function isNodes(reader: Reader, address: string): Promise<boolean> {
  const nodes = (await reader.list('api/nodes.json', '/api/v1/nodes')) ?? []
  return nodes.some(({ status }) =>
    listOf((status as { addresses?: unknown })?.addresses).some((one) => isSame(one.address, address)),
  )
}

/** `shop/web`: the services in whose slices, or Endpoints objects, the address stands. */
function ownersOf({ slices, endpoints }: EndpointObjects, address: string, port: number | null): Set<string> {
  const isPort = (ports: unknown) =>
    port === null || listOf(ports).length === 0 || listOf(ports).some((one) => one.port === port)
  const ofSlices = (slices ?? []).flatMap((slice) => {
    const holds = listOf(slice.endpoints).some(({ addresses }) =>
      textsOf(addresses).some((one) => isSame(one, address)),
    )
    const name = slice.metadata?.labels?.['kubernetes.io/service-name']
    return holds && isPort(slice.ports) && name ? [`${slice.metadata?.namespace}/${name}`] : []
  })
  const ofObjects = (endpoints ?? []).flatMap((object) =>
    listOf(object.subsets).some(
      ({ addresses, notReadyAddresses, ports }) =>
        [...listOf(addresses), ...listOf(notReadyAddresses)].some(({ ip }) => isSame(ip, address)) && isPort(ports),
    )
      ? [`${object.metadata?.namespace}/${object.metadata?.name}`]
      : [],
  )
  return new Set([...ofSlices, ...ofObjects])
}

async function selecting(
  reader: Reader,
  services: readonly KubeObject[],
  query: Extract<Query, { kind: 'workload' }>,
  namespace: string | null,
): Promise<KubeObject[]> {
  const objects = (await reader.list('api/pods.json', `/api/v1${placeOf(namespace)}/pods`)) ?? []
  const pods = objects
    .map((one) => readPod({ ...one }, one.metadata?.namespace ?? '', one.metadata?.name ?? '', () => undefined))
    .filter((pod) => isPodOf(query, pod))
  return services.filter((object) => {
    const service = parsed(object)
    return pods.some((pod) => service?.namespace === pod.namespace && selects(service, pod.labels))
  })
}

const isSame = (text: unknown, address: string): boolean =>
  typeof text === 'string' && parseAddress(text) !== null && canonicalAddress(text) === address

const textsOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

const listOf = (value: unknown): readonly Record<string, unknown>[] =>
  textsOf(value).filter((one) => typeof one === 'object' && one !== null) as Record<string, unknown>[]
