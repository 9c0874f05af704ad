/** Who was walked as a client, as far as the report says it. */
import { isWithin, parseAddress } from '../model/address.ts'
import type { EntryPath } from '../model/report.ts'
import type { Case } from './case.ts'

/** Is it a client from outside the cluster? Its answers have to come back by the node that translated. */
export function isOutside({ observation: { cluster } }: Case, { client, kind }: EntryPath): boolean {
  if (!parseAddress(client)) return kind !== 'clusterIP' && /^a client\b/.test(client)
  const own = (cluster.nodes ?? []).flatMap(({ podCIDRs, addresses }) => [
    ...podCIDRs,
    ...addresses.map(({ address }) => address),
  ])
  const pods = (cluster.pods ?? []).flatMap(({ ips }) => ips)
  return ![...own, ...pods].some((range) => isWithin(client, range))
}

/** Does no range of loadBalancerSourceRanges let the client in? Without one named, one that they let in was walked. */
export function isShutOut({ service, observation: { cluster } }: Case, { client }: EntryPath): boolean {
  const { loadBalancerSourceRanges: ranges } = service
  if (ranges.length === 0 || /^a client\b/.test(client)) return false
  const pod = /^pod (.*)\/(.*)$/.exec(client)
  const ips = cluster.pods?.find(({ namespace, name }) => namespace === pod?.[1] && name === pod[2])?.ips
  return !(ips ?? [client]).some((address) => ranges.some((range) => isWithin(address, range)))
}
