/** Who was walked as a client, and whom a finding hits. */
import { isWithin } from '../model/address.ts'
import { whoKey } from '../model/identity.ts'
import type { EntryPath } from '../model/report.ts'
import type { Who } from '../model/who.ts'
import type { Case, Hit } from './case.ts'

/** Whose connections it concerns, each once. */
export const whoIsHit = (hits: readonly Hit[]): Who[] => [
  ...new Map(hits.map(({ node, entry: { who } }) => ({ ...who, node })).map((who) => [whoKey(who), who])).values(),
]

/** Is it a client from outside the cluster? Its answers have to come back by the node that translated. */
export function isOutside({ observation: { cluster } }: Case, { who: { kind, name } }: EntryPath): boolean {
  if (kind !== 'address' || name === null) return kind === 'outside'
  const own = (cluster.nodes ?? []).flatMap(({ podCIDRs, addresses }) => [
    ...podCIDRs,
    ...addresses.map(({ address }) => address),
  ])
  const pods = (cluster.pods ?? []).flatMap(({ ips }) => ips)
  return ![...own, ...pods].some((range) => isWithin(name, range))
}

/** Does no range of loadBalancerSourceRanges let the client in? Without one named, one that they let in was walked. */
export function isShutOut({ service, observation: { cluster } }: Case, { who: { kind, name } }: EntryPath): boolean {
  const { loadBalancerSourceRanges: ranges } = service
  if (ranges.length === 0 || kind === 'outside' || name === null) return false
  const pod = kind === 'pod' ? cluster.pods?.find((one) => `${one.namespace}/${one.name}` === name) : undefined
  return !(pod?.ips ?? [name]).some((address) => ranges.some((range) => isWithin(address, range)))
}
