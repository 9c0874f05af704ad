import type { Ipvs, IpvsConnection, RealServer, VirtualServer } from '../../model/ipvs.ts'
import { keyOf } from './line.ts'

/** What two files of one node say together. */
export const mergeIpvs = (a: Ipvs, b: Ipvs): Ipvs => ({
  servers: mergeServers(a.servers, b.servers),
  whole: a.whole || b.whole,
  absent: [...a.absent, ...b.absent],
  connections:
    a.connections && b.connections ? mergeConnections(a.connections, b.connections) : (a.connections ?? b.connections),
})

/** The connections of two files, each once: /proc and ipvsadm list the same. */
function mergeConnections(a: readonly IpvsConnection[], b: readonly IpvsConnection[]): IpvsConnection[] {
  const all = new Map<string, IpvsConnection>()
  for (const one of [...a, ...b]) {
    const places = [one.client, one.virtual, one.destination].map(({ address, port }) => `${address} ${port}`)
    const key = [one.protocol, ...places].join(' ')
    if (!all.has(key)) all.set(key, one)
  }
  return [...all.values()]
}

/**
 * The virtual servers of several lists, each once. Lists are taken one after the other, and servers come and go in between: which real servers one has is
 * told by the list that tells most of it, the others only add what it leaves out, as counters.
 */
export function mergeServers(a: readonly VirtualServer[], b: readonly VirtualServer[]): VirtualServer[] {
  const all = new Map<string, VirtualServer>()
  for (const server of [...a, ...b]) {
    const other = all.get(keyOf(server))
    all.set(keyOf(server), other ? mergeServer(other, server) : server)
  }
  return [...all.values()]
}

function mergeServer(one: VirtualServer, other: VirtualServer): VirtualServer {
  const [base, extra] = rankOf(other) < rankOf(one) ? [other, one] : [one, other]
  const byPlace = new Map(extra.realServers.map((server) => [placeOf(server), server]))
  return {
    ...filled(base, extra),
    realServers: base.realServers.map((server) => {
      const same = byPlace.get(placeOf(server))
      return same ? filled(server, same) : server
    }),
  }
}

/** From the one that tells most: ipvsadm -Sn has the persistence of all, /proc has it in ticks, lists of counters have no weights. */
const RANK: readonly VirtualServer['told'][] = ['save', 'list', 'proc', 'counters']

const rankOf = ({ told, partial }: VirtualServer): number => RANK.indexOf(told) + (partial ? RANK.length : 0)

const placeOf = ({ address, port }: RealServer): string => `${address} ${port}`

/** The first, with what it leaves out from the second. */
function filled<T extends object>(base: T, extra: T): T {
  const result = { ...base }
  for (const key of Object.keys(base) as (keyof T)[]) if (result[key] === null) result[key] = extra[key]
  return result
}
