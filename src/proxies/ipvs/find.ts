import type { Packet } from '../../kernel/packet.ts'
import { onlyAddress, overlap, parseCidr } from '../../model/address.ts'
import type { Ipvs, VirtualServer } from '../../model/ipvs.ts'
import { memo } from '../../model/memo.ts'
import type { Place } from '../proxy.ts'

/** The virtual server that takes a packet; `none`: there is none; else why nobody knows. */
export type Found = { server: VirtualServer } | 'none' | { unknown: string }

/**
 * By the packet's mark, then by protocol, address and port (ip_vs_service_find in ip_vs_ctl.c). Where the packet may have one of several destinations, one whose virtual
 * servers hand connections to the same real servers.
 */
export function findServer(ipvs: Ipvs, packet: Packet): Found {
  const index = indexOf(ipvs)
  if (index.marked.length > 0) {
    const { mark } = packet
    if (mark.known !== 0xffffffff) return { unknown: "which virtual server takes it depends on the packet's mark" }
    const marked = index.marked.find(({ firewallMark }) => mark.value !== 0 && firewallMark === mark.value)
    if (marked) return { server: marked }
  }
  const { protocol, destination, destinationPort: port } = packet
  const address = onlyAddress(destination)
  if (address !== null) {
    const key = `${protocol} ${address} ${port}`
    const server = index.byPlace.get(key)
    if (server) return { server }
    return ipvs.whole || index.absent.has(key) ? 'none' : { unknown: 'not all virtual servers are in the text' }
  }
  const possible = ipvs.servers.filter(
    ({ service }) =>
      service?.protocol === protocol &&
      service.port === port &&
      overlap(destination, parseCidr(service.address)!) !== 'none',
  )
  const ways = new Set(possible.map(({ scheduler, realServers }) => `${scheduler} ${realServers.map(placeOf).sort()}`))
  if (ways.size === 1) return { server: possible[0]! }
  return { unknown: 'which of the node’s addresses it is sent to is not known' }
}

/** The virtual server at a place; undefined where none is listed. */
export const serverAt = (ipvs: Ipvs, { protocol, address, port }: Place): VirtualServer | undefined =>
  indexOf(ipvs).byPlace.get(`${protocol.toLowerCase()} ${address} ${port}`)

const placeOf = ({ address, port, weight }: VirtualServer['realServers'][number]): string =>
  `${address} ${port} ${weight}`

const indexOf = memo((ipvs: Ipvs) => ({
  marked: ipvs.servers.filter(({ firewallMark }) => firewallMark !== null),
  byPlace: new Map<string, VirtualServer>(
    ipvs.servers.flatMap((server) => {
      const { service } = server
      return service ? [[`${service.protocol} ${service.address} ${service.port}`, server] as const] : []
    }),
  ),
  absent: new Set<string>(ipvs.absent.map(({ protocol, address, port }) => `${protocol} ${address} ${port}`)),
}))
