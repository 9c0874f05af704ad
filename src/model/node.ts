/** What was seen of one node. Null always means "not collected", never "none". */
import type { Family } from './address.ts'
import type { Cilium } from './dataplanes/cilium.ts'
import type { ServiceTable } from './dataplanes/service-table.ts'
import type { IpSet } from './ipset.ts'
import type { Ipvs } from './ipvs.ts'
import type { Problem, Ruleset } from './rules.ts'

export interface NodeState {
  name: string
  /** The name is only what the report calls it: no text told its own, so it stands in no command. */
  unnamed?: true
  rulesets: Ruleset[]
  /** All tables with chains that nft knows of, `ip kube-proxy`; what is not among them is not on the node. */
  nftTables: string[] | null
  conntrack: ConntrackEntry[] | null
  links: Link[] | null
  routes: Route[] | null
  /** More routes may be there than were read. */
  routesPartial?: true | null
  /** More interfaces may be there than were read. */
  linksPartial?: true | null
  policyRules: PolicyRule[] | null
  neighbours: Neighbour[] | null
  fdb: FdbEntry[] | null
  bridgePorts: BridgePort[] | null
  podInterfaces: PodInterface[] | null
  /** `net.ipv4.ip_forward` → `1`. */
  sysctls: Map<string, string> | null
  /** What kube-proxy says of itself: `iptables`, `nftables`, `ipvs`. */
  proxyMode: string | null
  /** Null: it gave no answer. With both parts null: nobody could ask. */
  proxy: ProxyState | null
  /** What it says to load balancers at the health-check node ports that were asked. */
  healthChecks: HealthCheck[] | null
  /** Bridge port → whether it has hairpin mode. */
  hairpin: Map<string, boolean> | null
  conntrackStats: ConntrackStats | null
  /** Readings of the counters that cost nothing to read, the oldest first. */
  counters: CounterReading[] | null
  /** What listens in the pods' namespaces. */
  sockets: Socket[] | null
  /** Of the pods behind the services that were asked for. */
  podRules: PodRules[] | null
  ipvs: Ipvs | null
  cilium: Cilium | null
  /** Of data planes that serve by other means. */
  serviceTables: ServiceTable[] | null
  /** Those that rules name, or all. */
  ipsets: IpSet[] | null
  /** eBPF programs and filters of tc at links, cgroups and hooks; those of XDP stand with their link, too. */
  programs: AttachedProgram[] | null
  /** `6.1.0-28-amd64` */
  kernel: string | null
  /** The version of the nft that read the rules, of the host or of the image that was used: `1.0.6`. */
  nft: string | null
  problems: Problem[]
}

/** A network interface in the node's own namespace. */
export interface Link {
  index: number | null
  name: string
  /** `veth`, `bridge`, `vxlan` …; null where the output does not say. */
  kind: string | null
  mac: string | null
  mtu: number | null
  up: boolean
  /** The bridge or bond it belongs to. */
  master: string | null
  /** The other end's ifindex, which for a veth into a pod counts in the pod's namespace. */
  peerIndex: number | null
  addresses: { address: string; prefix: number }[]
  /** What it counted since it was made; absent where that is not shown. */
  packets?: { received: number; sent: number }
  /** An XDP program that sees what comes in by it; absent where none is shown. */
  xdp?: { name: string | null }
}

/** An interface inside a pod's network namespace; `peerIndex` is the host end's ifindex. */
export interface PodInterface {
  namespace: string
  name: string
  mac: string | null
  mtu: number | null
  peerIndex: number | null
  addresses: { address: string; prefix: number }[]
}

export interface Route {
  family: Family
  /** A prefix as printed, `default` spelled `0.0.0.0/0` or `::/0`. */
  destination: string
  /** `unicast`, `local`, `broadcast`, `blackhole`, `unreachable`, `prohibit`, `throw` … */
  type: string
  /** Where it leads: one hop, or several of a multipath route. Empty for `blackhole` and its like. */
  hops: { gateway: string | null; device: string | null }[]
  /** `main`, `local`, or a number's text. */
  table: string
  metric: number
  source: string | null
}

/** A line of `ip rule`. */
export interface PolicyRule {
  /** Absent where the text does not tell. */
  family?: Family
  priority: number
  /** A prefix, or `all`. */
  from: string
  table: string | null
  /** Any further condition (fwmark, iif, to …) as printed; such a rule cannot be judged without it. */
  condition: string | null
}

export interface Neighbour {
  address: string
  device: string
  mac: string | null
  /** `REACHABLE`, `STALE`, `FAILED`, `PERMANENT` …; empty where the output does not say (arp). */
  states: string[]
}

/** A line of a bridge's forwarding table. `device` is null where only brctl's port number is known. */
export interface FdbEntry {
  mac: string
  device: string | null
  bridge: string | null
  portNumber: number | null
  /** The bridge's or port's own address, not one learned. */
  local: boolean
}

/** Membership of a bridge; `position` is the 1-based place in `brctl show`, null where it came from elsewhere. */
export interface BridgePort {
  bridge: string
  device: string
  position: number | null
}

export interface Tuple {
  source: string
  destination: string
  sourcePort: number | null
  destinationPort: number | null
}

export interface ConntrackEntry {
  /** `tcp`, `udp`, … */
  protocol: string
  /** TCP state; null for others. */
  state: string | null
  /** Seconds until it is dropped; null where not printed. */
  timeout: number | null
  original: Tuple
  reply: Tuple
  assured: boolean
  unreplied: boolean
  source: { line: number; text: string; elsewhere?: { command: string; file: string } }
}

/** What kube-proxy says of itself; times in seconds since 1970. */
export interface ProxyState {
  healthz: {
    healthy: boolean | null
    /** False: the node is being deleted, and load balancers are to leave it out. Null: it does not say. */
    nodeEligible: boolean | null
    lastUpdated: number | null
    currentTime: number | null
  } | null
  metrics: ProxyMetrics | null
}

/** The health-check node port of a service with the traffic policy Local, as its node answers there. */
export interface HealthCheck {
  port: number
  /** Does anybody listen there? Null where that was not seen. */
  listens: boolean | null
  /** The address at which it gave an answer, or none in time; null where nobody was asked. */
  asked: string | null
  /** `unavailable`: 503 without a word. `other`: of a program that is no service proxy. Null: none came. */
  answer: { namespace: string; name: string; localEndpoints: number; healthy: boolean } | 'unavailable' | 'other' | null
}

/** Counters of kube-proxy run since it started; null where the text has none. */
export interface ProxyMetrics {
  /** When it last wrote its rules, and when it was last asked to; 0 is never. Both null where the text does not say. */
  lastSync: number | null
  lastQueued: number | null
  failedWrites: number | null
  /** How often it wrote its rules, and how many seconds at least every second of these times took. */
  syncs: { count: number; halfTookOver: number } | null
  /** Of how many changes of endpoints it measured the time from the change to the rules, and how many seconds at least every second of these took. */
  programmed: ProxyMetrics['syncs']
  /** Packets to 127.0.0.1 that its node ports accepted. */
  localhostNodePorts: number | null
  /** Packets that it dropped since conntrack called them INVALID. */
  invalidDrops: number | null
  /** kube-proxy's own version: `v1.35.0`. */
  version: string | null
}

/** Counters of nf_conntrack since boot, over all CPUs. */
export interface ConntrackStats {
  insertFailed: number
  drop: number
  earlyDrop: number
  /** Packets that fit no connection, and packets outside of TCP's window; null where it was not printed. */
  invalid: number | null
}

/** Counters of a node's network stack at one moment. */
export interface CounterReading {
  /** Seconds since the node booted. */
  uptime: number
  file: string
  /** `nf_conntrack insert_failed` → 12: over all CPUs since boot; `nf_conntrack CPUs`: of how many. A counter that the kernel does not have is not in it. */
  counts: ReadonlyMap<string, number>
}

/** A listening socket in a pod's network namespace; `address` null: any. Port 0 is none: it says that the namespace was read. */
export interface Socket {
  namespace: string
  protocol: 'tcp' | 'udp'
  address: string | null
  /** Of a wildcard that takes one family alone; absent: both. */
  family?: Family
  port: number
  /** Of a TCP socket that listens: connections that wait for the program to accept them, and how many may. */
  queue?: { waiting: number; limit: number }
}

/** The rules inside a pod's network namespace: none where nothing is there. */
export interface PodRules {
  namespace: string
  rulesets: Ruleset[]
}

/** An eBPF program, or a filter of tc, that sees packets outside the rules. */
export interface AttachedProgram {
  /** `netfilter`: at a hook beside the rules, whatever the link. */
  hook: 'xdp' | 'tc' | 'tcx' | 'netkit' | 'cgroup' | 'netfilter'
  /** The link that it is on; null for one of a cgroup or of netfilter. */
  device: string | null
  /** The cgroup whose processes it sees: `/sys/fs/cgroup`. */
  cgroup: string | null
  /** Where it is attached, as printed: `clsact/ingress`, `cgroup_inet4_connect`. */
  place: string
  /** As it was printed, which may be cut to 15 characters; null where it has none. */
  name: string | null
  /** A program, or one of tc's own filters (u32, flower …). */
  kind: 'bpf' | 'filter'
  source: { command: string; file: string; line: number | null; text: string }
}
