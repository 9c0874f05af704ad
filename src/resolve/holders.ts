import type { KubeObject } from '../kube/api.ts'
import type { EndpointObjects } from './endpoints.ts'
import { addressesOfPods } from './pods.ts'
import type { Reader } from './reader.ts'

/** Addresses that are asked for one by one, for a field selector knows no "or"; more of a service, or all pods, would cost the API too much. */
const [mostAddresses, concurrency] = [24, 8]

/**
 * Pods of whatever labels and namespace that hold the address of an endpoint: where two live ones do, connections reach one or the other. What may not be
 * read is left out without a word; addresses beyond the limit are said to be not asked.
 */
export async function readHolders(
  reader: Reader,
  { slices, endpoints }: EndpointObjects,
  pods: readonly KubeObject[],
): Promise<KubeObject[]> {
  // The address of a pod on the host network is its node's, and that of many by design.
  const hosts = new Set(pods.flatMap(({ spec, status }) => (isOnHost(spec) ? addressIn(status) : [])))
  const all = addressesOfPods(slices ?? endpoints ?? []).filter((address) => !hosts.has(address))
  const addresses = all.slice(0, mostAddresses)
  const found: KubeObject[] = []
  for (let start = 0; start < addresses.length; start += concurrency) {
    const some = addresses.slice(start, start + concurrency)
    const read = await Promise.all(
      some.map((address) => reader.spare('/api/v1/pods', { fieldSelector: `status.podIP=${address}` })),
    )
    // Who may not ask for one may ask for none.
    if (read.includes(null)) return found
    found.push(...read.flatMap((list) => (list ?? []).filter(({ spec }) => !isOnHost(spec))))
  }
  const left = all.length - addresses.length
  if (left > 0) reader.problem('api/pods.json', unasked(left))
  return found.map((pod) => ({ apiVersion: 'v1', kind: 'Pod', ...pod }))
}

const unasked = (left: number): string =>
  `not checked: whether other pods hold the addresses of ${left} more ${left === 1 ? 'endpoint' : 'endpoints'} (SVP105)`

const isOnHost = (spec: unknown): boolean => (spec as { hostNetwork?: unknown } | undefined)?.hostNetwork === true

const addressIn = (status: unknown): string[] => {
  const address = (status as { podIP?: unknown } | undefined)?.podIP
  return typeof address === 'string' ? [address] : []
}
