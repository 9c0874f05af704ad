import type { KubeObject } from '../kube/api.ts'
import type { EndpointObjects } from './endpoints.ts'
import { addressesOfPods } from './pods.ts'
import type { Reader } from './reader.ts'

/** Addresses that are asked for one by one; what is in use by more pods than this would cost the API too much. */
const [mostAddresses, concurrency] = [24, 8]

/**
 * Pods of whatever labels and namespace that hold the address of an endpoint: where two live ones do, connections reach one or the other. What may not be
 * read is left out without a word.
 */
export async function readHolders(
  reader: Reader,
  { slices, endpoints }: EndpointObjects,
  pods: readonly KubeObject[],
): Promise<KubeObject[]> {
  // The address of a pod on the host network is its node's, and that of many by design.
  const hosts = new Set(pods.flatMap(({ spec, status }) => (isOnHost(spec) ? addressIn(status) : [])))
  const addresses = addressesOfPods(slices ?? endpoints ?? []).filter((address) => !hosts.has(address))
  if (addresses.length > mostAddresses) return []
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
  return found.map((pod) => ({ apiVersion: 'v1', kind: 'Pod', ...pod }))
}

const isOnHost = (spec: unknown): boolean => (spec as { hostNetwork?: unknown } | undefined)?.hostNetwork === true

const addressIn = (status: unknown): string[] => {
  const address = (status as { podIP?: unknown } | undefined)?.podIP
  return typeof address === 'string' ? [address] : []
}
