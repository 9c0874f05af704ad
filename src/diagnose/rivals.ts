/** Services that hold the same outside address or node port: of an entry that two claim, the other's endpoints are no stale ones. */

import type { Cluster, Service } from '../model/cluster.ts'
import { claimsOf } from '../model/kube/claims.ts'
import { memo } from '../model/memo.ts'
import type { EndpointPath, EntryPath } from '../model/report.ts'
import type { Case } from './case.ts'

/** May the rules of an entry lead to the endpoint because another service claims the entry, too? Also where the other's endpoints are not known. */
export function isOfRival(seen: Case, entry: EntryPath, { address }: Pick<EndpointPath, 'address'>): boolean {
  const { cluster } = seen.observation
  return rivalsFor(seen, entry).some(({ namespace, name }) => {
    const endpoints = cluster.endpointsOf(namespace, name)
    return endpoints === null || endpoints.some((one) => one.address === address)
  })
}

/** The other services that claim an entry. */
export function rivalsFor({ service, observation: { cluster } }: Case, entry: EntryPath): Service[] {
  const claim = claimOf(entry)
  if (claim === null) return []
  return (claimants(cluster).get(claim) ?? []).filter(
    (other) => !(other.namespace === service.namespace && other.name === service.name),
  )
}

const claimants = memo(({ services }: Cluster): Map<string, Service[]> => {
  const all = (services ?? []).flatMap((service) => claimsOf(service).map((claim) => ({ claim, service })))
  const groups = Map.groupBy(all, ({ claim }) => claim)
  return new Map([...groups].map(([claim, some]) => [claim, some.map(({ service }) => service)]))
})

/** An entry as a claim names it; null for what the API itself gives to one service only. */
function claimOf({ kind, address, port, protocol }: EntryPath): string | null {
  if (kind === 'nodePort') return `node port ${port}/${protocol}`
  return kind === 'externalIP' || kind === 'loadBalancerIP' ? `${address} port ${port}/${protocol}` : null
}
