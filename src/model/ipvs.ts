/**
 * What the kernel's load balancer IPVS holds, as `ipvsadm` and `/proc/net/ip_vs*` print it. Nothing in it names a Service: a virtual server is known by
 * protocol, address and port, or by a firewall mark. No form prints everything, so null always means "this was not printed", never "none".
 */
import type { Family } from './address.ts'

/** The virtual servers of a node, whether they are all, and what goes through them. */
export interface Ipvs {
  servers: readonly VirtualServer[]
  /**
   * The whole list was printed: what is not among `servers` is not on the node. Never said of /proc/net/ip_vs alone, which ends after a page where another network
   * namespace of the machine has virtual servers, too (ip_vs_info_seq_next in ip_vs_ctl.c counts those of all, ip_vs_info_array its own).
   */
  whole: boolean
  /** Those that were asked for one by one and are not there. */
  absent: readonly NonNullable<VirtualServer['service']>[]
  /** Null: they were not printed. */
  connections: readonly IpvsConnection[] | null
}

/** An address and port that IPVS takes connections for, with those that it hands them to. */
export interface VirtualServer {
  /** Null: it takes packets by their firewall mark, whatever their protocol. */
  service: { protocol: IpvsProtocol; address: string; port: number } | null
  /** Null: it goes by its address. */
  firewallMark: number | null
  /** Of one that goes by a mark: null where nothing tells. */
  family: Family | null
  /** `rr`, `wrr`, `lc`, `wlc`, `sh`, `mh` … */
  scheduler: string | null
  /** `ops` (one-packet scheduling), and the scheduler's own: `sh-fallback`, `sh-port`, `mh-fallback`, `mh-port`, `flag-1` … /proc prints `ops` alone. */
  flags: readonly string[] | null
  /**
   * `none`: each connection is scheduled for itself. `seconds` is null in /proc, which counts in the kernel's own ticks. `mask` is the netmask, or for IPv6
   * the prefix length, by which clients count as one; null where each counts for itself.
   */
  persistence: { seconds: number | null; mask: string | null } | 'none' | null
  /** In the order in which they were printed. */
  realServers: readonly RealServer[]
  /** The text ends here: more real servers may be there. */
  partial?: true
  /** Since it was added. The kernel brings them up to date every two seconds (ip_vs_est.c): the last connections may be missing. */
  counters: IpvsCounters | null
  /** A mean of the last seconds. */
  rates: IpvsRates | null
  /** Which form told most of it. */
  told: 'save' | 'list' | 'proc' | 'counters'
  source: IpvsSource
}

export type IpvsProtocol = 'tcp' | 'udp' | 'sctp'

export interface RealServer {
  address: string
  /** 0: the packet keeps its own, as behind a firewall mark. */
  port: number
  /** `masquerade` rewrites the destination, `route` and `tunnel` leave the packet as it is, `local` is this very node. */
  forwarding: 'masquerade' | 'route' | 'tunnel' | 'local' | 'bypass' | null
  /** 0: it gets no new connections. */
  weight: number | null
  /** TCP connections that are established or about to be. */
  activeConnections: number | null
  /** All others: those in TIME_WAIT, and all of UDP. */
  inactiveConnections: number | null
  /** Since it was added, which starts anew when it was removed in between. */
  counters: IpvsCounters | null
  rates: IpvsRates | null
  source: IpvsSource
}

/** `approximate`: printed rounded down, as in `10461M`; with `--exact` none is. */
export interface IpvsCounters {
  connections: number
  packetsIn: number
  packetsOut: number
  bytesIn: number
  bytesOut: number
  approximate?: true
}

/** Per second. */
interface IpvsRates {
  connections: number
  packetsIn: number
  packetsOut: number
  bytesIn: number
  bytesOut: number
}

/** Where it was printed: the command that prints such lines, the file, its 1-based line, and the line as it stands. */
export interface IpvsSource {
  command: string
  file: string
  line: number
  text: string
}

/** An entry of IPVS's own connection table: `ipvsadm -Lnc`, `/proc/net/ip_vs_conn`. */
export interface IpvsConnection {
  /** `tcp`, `udp`, `sctp`; `ip` for a template that goes by a firewall mark. */
  protocol: string
  /** `ESTABLISHED`, `TIME_WAIT`, `UDP`, `NONE`, `ASSURED` … as printed. */
  state: string
  /** Seconds until it is dropped. */
  expires: number
  client: { address: string; port: number }
  virtual: { address: string; port: number }
  destination: { address: string; port: number }
  /** No connection, but what holds a client (or all of a netmask) to its real server: the client's port is 0. */
  template: boolean
  source: IpvsSource
}
