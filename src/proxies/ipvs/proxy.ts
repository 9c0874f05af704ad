import { isLocal } from '../../kernel/locality.ts'
import { type Family, familyOf, joinHostPort, single } from '../../model/address.ts'
import type { Ipvs, IpvsSource } from '../../model/ipvs.ts'
import type { NodeState } from '../../model/node.ts'
import type { Held, Idle, Line, Place, ServiceProxy } from '../proxy.ts'
import { serverAt } from './find.ts'
import { IPVS_TABLE, VIRTUAL_SERVERS } from './names.ts'
import { misfitsOf } from './settings.ts'
import { ipvsStations } from './station.ts'

/** The virtual servers of a family as one that serves Services: of kube-proxy, of kube-router or of whoever made them, which nothing tells. */
export function ipvsProxy(node: NodeState, ipvs: Ipvs, family: Family): ServiceProxy {
  const own = ipvs.servers.filter((server) => server.family === family || server.family === null)
  const [first] = ipvs.servers
  const { command, file } = first?.source ?? { command: 'ipvsadm -Ln', file: '' }
  const real = new Set(own.flatMap(({ realServers }) => realServers.map(({ address }) => address)))
  return {
    ...{ name: 'ipvs', family, begin: VIRTUAL_SERVERS },
    source: { command, file, table: IPVS_TABLE },
    extent: `${own.length} virtual servers`,
    empty: own.length === 0 && ipvs.whole,
    reached: own.length > 0,
    translates: true,
    // Whatever comes to an address of the node meets them: no rule leads there.
    doors: [],
    stations: ipvsStations(ipvs, family),
    idle: (entry) => unboundServer(node, ipvs, entry),
    tracked: () => null,
    resting: (entry, endpoint) => restingServer(ipvs, entry, endpoint),
    held: (entry) => heldBy(ipvs, entry),
    disagreements: () => [],
    lacks: (entries) => `no virtual server takes ${entries}`,
    likeness: (addresses) => [...addresses].filter((one) => familyOf(one) === family && real.has(one)).length,
    misfits: misfitsOf(node),
    repair: { open: () => null, flush: 'ipvsadm --clear; ip link delete kube-ipvs0' },
  }
}

/** Packets come to virtual servers in `input`: those to an address that is the node's nowhere never do. */
function unboundServer(node: NodeState, ipvs: Ipvs, entry: Place): Idle | null {
  const { address, port } = entry
  const server = serverAt(ipvs, entry)
  if (!server || isLocal(node, single(address)) !== false) return null
  const reason = `the virtual server ${joinHostPort(address, port)} exists, but ${address} is not an address of ${node.name}: packets never reach it`
  return { reason, ...lineOf(server.source) }
}

/** Of weight 0: how an endpoint is let go, which one that is ready should not be. */
function restingServer(ipvs: Ipvs, entry: Place, endpoint: { address: string; port: number | null }): Line | null {
  const real = serverAt(ipvs, entry)?.realServers.find(
    ({ address, port }) => address === endpoint.address && (endpoint.port === null || port === endpoint.port),
  )
  return real?.weight === 0 ? lineOf(real.source) : null
}

/** Templates, which outlive the connections that they were made for (ip_vs_sched_persist in ip_vs_core.c). */
const heldBy = ({ connections }: Ipvs, { protocol, address, port }: Place): Held[] =>
  (connections ?? []).flatMap(({ template, protocol: own, virtual, client, destination, source }) =>
    template && own === protocol.toLowerCase() && virtual.address === address && virtual.port === port
      ? [{ client: client.address, address: destination.address, port: destination.port, ...lineOf(source) }]
      : [],
  )

const lineOf = ({ command, file, line, text }: IpvsSource): Line => ({ command, file, line, text: text.trim() })
