/** Services that hold the same outside address or node port: of an entry that two claim, the other's endpoints are no stale ones. */

import type { Cluster, Service } from '../model/cluster.ts'
import { claimsOf } from '../model/kube/claims.ts'
import { memo } from '../model/memo.ts'
import type { EntryPath } from '../model/report.ts'

/** Where clients come in, as far as a claim names it. */
type Place = Pick<EntryPath, 'kind' | 'port' | 'protocol'> & { address: string | null }

/** The service of which an address is an endpoint, among those that claim the entry, too. `unknown`: of one of them the endpoints were not collected. */
export function rivalHolding(
  cluster: Cluster,
  service: Service,
  place: Place,
  address: string,
): Service | 'unknown' | null {
  const rivals = rivalsFor(cluster, service, place).map((rival) => ({
    rival,
    endpoints: cluster.endpointsOf(rival.namespace, rival.name),
  }))
  const found = rivals.find(({ endpoints }) => endpoints?.some((one) => one.address === address))
  return found?.rival ?? (rivals.some(({ endpoints }) => endpoints === null) ? 'unknown' : null)
}

/** The other services that claim an entry. */
export function rivalsFor(cluster: Cluster, service: Service, place: Place): Service[] {
  const claim = claimOf(place)
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
function claimOf({ kind, address, port, protocol }: Place): string | null {
  if (kind === 'nodePort') return `node port ${port}/${protocol}`
  return kind === 'externalIP' || kind === 'loadBalancerIP' ? `${address} port ${port}/${protocol}` : null
}
