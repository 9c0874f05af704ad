/** What `-o json` prints: the whole way of one Service, per node, with its evidence. See schema/pathreport.schema.json. */
import type { Protocol } from './cluster.ts'
import type { Evidence } from './evidence.ts'
import type { Finding } from './finding.ts'
import type { DnsAnswer } from './observation.ts'
import type { Counter, Hook } from './rules.ts'
import type { Who } from './who.ts'

/** The subject of a reason that concerns names, and no address. */
export const DNS_LEG = 'DNS'

export type Verdict = 'reachable' | 'degraded' | 'broken' | 'unknown'

/**
 * `failed`: a finding at or above the threshold, or a service that is broken. `unknown`: nothing such was found, but not everything that matters was
 * seen. `passed`: everything was seen, and nothing such found.
 */
export type Outcome = 'passed' | 'failed' | 'unknown'

export interface PathReport {
  apiVersion: 'svcpath/v1alpha1'
  kind: 'PathReport'
  observedAt: string | null
  source: 'live' | 'capture' | 'rules'
  /** The capture or files it was read from. */
  origin: string
  service: ServiceSummary
  verdict: Verdict
  /** Why the verdict is what it is, worst first; empty for `reachable`. */
  reasons: Reason[]
  /** Null for the report on the DNS service itself. */
  dns: DnsLeg | null
  nodes: NodePath[]
  /** Every endpoint that the API or any node's rules name. */
  endpoints: EndpointTotal[]
  /** The API's endpoints of the service were collected: what is not among `endpoints` is none. */
  endpointsKnown: boolean
  /** Connections counted over all nodes and entries; null where no rule keeps a counter. */
  connections: number | null
  /** What the walk took for granted, and what was not collected. */
  notes: string[]
  /** What the diagnosis found, worst first; the trace alone makes none. */
  findings: Finding[]
}

export interface ServiceSummary {
  namespace: string
  name: string
  type: string | null
  clusterIPs: string[]
  headless: boolean
  externalName: string | null
  ports: { name: string; port: number; protocol: Protocol; targetPort: string | null; nodePort: number | null }[]
  externalTrafficPolicy: string | null
  internalTrafficPolicy: string | null
  affinitySeconds: number | null
  selector: Record<string, string> | null
  /** Where the service was read: a file of the capture, or the rules. */
  origin: string
}

export interface Reason {
  verdict: Verdict
  /** Null where it concerns every node. */
  node: string | null
  /** The entry or endpoint: `10.96.0.1:80`. */
  subject: string | null
  message: string
  evidence: Evidence[]
  /** The other node that stops the packets; absent where this one does, or nothing. */
  stoppedOn?: string
  /** The code of the finding that tells it, too; absent where none does. */
  finding?: string
}

/** One answer of a DNS pod, held against the API; `right` is null where no answer came, and `error` says why. */
export interface DnsServerAnswer extends DnsAnswer {
  right: boolean | null
}

export interface DnsLeg {
  /** Fully qualified first, then the shorter ones that the asking pod's search list completes. */
  names: string[]
  /** Where the search list was read; null where it is Kubernetes' default for a pod of the namespace. */
  resolvConf: string | null
  /** The address that clients ask; null where it is not known. */
  server: string | null
  service: { namespace: string; name: string; ready: number | null; total: number | null } | null
  /**
   * The caches on the nodes that clients ask in its place (NodeLocal DNSCache), and how many of their pods are ready; null where these were not collected. Absent where
   * no client is known to ask one.
   */
  cache?: { address: string; ready: number | null; total: number | null }
  /** What a DNS pod must answer. */
  expected: { type: 'A' | 'AAAA' | 'SRV' | 'CNAME'; name: string; values: string[] }[]
  /** What was answered live; null where nobody asked. */
  answers: string[] | null
  /** What each DNS pod answered to each question; null where nobody asked. */
  servers: DnsServerAnswer[] | null
  verdict: Verdict
  /** The way to the DNS service itself, one level deep. */
  path: PathReport | null
}

export interface NodePath {
  name: string
  mode: 'iptables' | 'nftables' | 'ipvs' | 'cilium' | null
  backend: 'legacy' | 'nft' | null
  /** What there is to know of the mode itself; absent where there is nothing. */
  modeNote?: string
  /** What there is to know of the counters on this node; absent where they are whole. */
  counterNote?: string
  verdict: Verdict
  /** The first node whose way is the same; null for that one itself. */
  sameAs: string | null
  /** New connections that the entries' rules counted; null where they keep no counter. */
  connections: number | null
  entries: EntryPath[]
  notes: string[]
}

/** `podIP`: a pod of a headless service, whose address DNS itself hands out. */
export type EntryKind = 'clusterIP' | 'nodePort' | 'externalIP' | 'loadBalancerIP' | 'podIP'

export interface EntryPath {
  kind: EntryKind
  address: string
  port: number
  protocol: Protocol
  portName: string
  /** Whose packet was walked: `a pod on n1`, `a client outside`. */
  client: string
  /** The same client as data. */
  who: Who
  chains: string[]
  hits: Counter | null
  outcome: 'dnat' | 'reject' | 'drop' | 'none' | 'unknown'
  verdict: Verdict
  /** Why, for anything but a plain `dnat`. */
  reason: string | null
  /** Things that could not be told and that the outcome depends on. */
  conditions: string[]
  endpoints: EndpointPath[]
  /** Conntrack entries of this entry's address on this node; null where they were not collected. */
  conntrack: number | null
  /** The command that shows these entries, where they are of another table than conntrack's. */
  trackedBy?: string
  /** Every rule that the packet met, in order, each once. */
  rules: WalkedRule[]
  /** Those of them that dropped or rejected. */
  evidence: WalkedRule[]
  /** What dropped or rejected before anything led the packet to an endpoint; absent where nothing did. */
  stop?: Stop
}

/**
 * What a chain is to the proxy that wrote it: where the rules of all services begin; a service's own; what lets only some clients in; an endpoint's; what
 * only sets a mark; what stops packets that kept a service's address; any other of the proxy's.
 */
export type ChainRole = 'services' | 'service' | 'ranges' | 'endpoint' | 'mark' | 'check' | 'other'

/** What a rule does to the packets that it takes. `draw`: it draws lots, whatever it does then. `pass`: it goes on to the next rule. */
export type RuleAct =
  | 'jump'
  | 'translate'
  | 'masquerade'
  | 'accept'
  | 'return'
  | 'stop'
  | 'mark'
  | 'untrack'
  | 'draw'
  | 'pass'

export interface WalkedRule extends Evidence {
  table: string
  chain: string
  /** What the chain is to a proxy; null where it is somebody else's. */
  role: ChainRole | null
  does: RuleAct
  /** The chain that it leads to, or the address and port that it translates to; null where it names none, or several. */
  to: string | null
  toRole: ChainRole | null
  /** What the proxy itself says of a rule that stops packets. `noneHere`: it has none for this node, be it that there is none or that none is local. */
  says: 'noEndpoints' | 'noLocalEndpoints' | 'noneHere' | null
  counter: Counter | null
  /** Why it may not have matched; null where it did. */
  maybe: string | null
}

/** `rival`: an endpoint of another service, which claims the same entry. `stale`: of none. */
export type EndpointState = 'ready' | 'serving' | 'terminating' | 'notReady' | 'stale' | 'rival' | 'missing' | 'unknown'

export interface EndpointPath {
  /** Null where the text names only the endpoint's chain. */
  address: string | null
  port: number | null
  chain: string | null
  /** Share of new connections, computed over the whole way. For a missing endpoint 0. */
  probability: number
  /** What must hold for this share; empty where it is certain. */
  conditions: string[]
  hits: Counter | null
  /** Conntrack entries of the service's entry that lead to this endpoint; null where they were not collected. */
  connections: number | null
  /** Clients that affinity holds to it now, where a table shows them; absent where none does. */
  held?: HeldClients
  /** `rule`: a DNAT names it. `hash`: the chain's name proves it. `api`: no rule leads there. */
  known: 'rule' | 'hash' | 'api' | 'unknown'
  fate: 'forwarded' | 'delivered' | 'drop' | 'reject' | 'unknown'
  reason: string | null
  /** What drops or rejects, on this node or on the endpoint's own; absent where nothing does. */
  stop?: Stop
  masquerade: 'yes' | 'no' | 'unknown'
  /** The packet keeps the destination that it has, and answers go past this node; absent where it is translated. */
  untranslated?: true
  pod: { namespace: string; name: string } | null
  node: string | null
  state: EndpointState
  /** The other service, where the state is `rival`. */
  rival?: { namespace: string; name: string }
  link: LinkLeg
  /** The way of the answers; absent where it could not be followed. */
  answer?: AnswerLeg
  conntrack: ConntrackLine[]
}

/**
 * What ends the way: a rule, the policy of a base chain, a missing route, a kernel setting, the kernel's check of where packets come from (`reversePath`), or answers
 * that go past the node which alone could translate them back (`detour`).
 */
export interface Stop {
  node: string
  kind: 'rule' | 'policy' | 'route' | 'setting' | 'reversePath' | 'detour'
  /**
   * Which packets end there, where it is not the first one: the answers; or the later ones of a connection that the node saw in one direction alone, and takes
   * for INVALID.
   */
  ends?: 'answers' | 'strays'
  /** Of `reversePath`: the interface that they came by, and the one that the way back leads by; null where there is none. */
  interfaces?: { in: string; back: string | null }
  /** Where the kernel called the base chain; null, as table and chain are, for all but rules and policies. */
  hook: Hook | null
  table: string | null
  /** The chain that decided. */
  chain: string | null
  /** What that chain is to a proxy; null where it is somebody else's, or no rule. */
  role: ChainRole | null
  /** What becomes of the packets, where fate and outcome say more than is known: `rejected or dropped`. */
  verb?: string
  /** `the policy of FORWARD in the table filter is DROP` */
  reason: string
  evidence: Evidence[]
}

/** The way of the answers, by what the nodes' routes and rules show. */
export interface AnswerLeg {
  /** The nodes that the connection's first packet passes, in order. */
  request: string[]
  /** Those that its answers pass. */
  nodes: string[]
}

/** Clients that are held to an endpoint, of one entry. */
interface HeldClients {
  count: number
  /** The first of them as the table shows it. */
  evidence: Evidence
}

export interface ConntrackLine {
  protocol: string
  state: string | null
  timeout: number | null
  client: string
  line: number
  text: string
  /** Where it was read; absent where that is the kernel's own table. */
  elsewhere?: { command: string; file: string }
}

/** The last leg: from the node that translated to the pod's interface. */
export interface LinkLeg {
  /** The interface that the packet leaves by; on the endpoint's own node the one that leads into the pod. */
  interface: string | null
  bridge: string | null
  /** Next hop towards another node; null on the endpoint's own. */
  via: string | null
  /** `local`: the node itself serves it. Else the proofs joined by `+`, such as `route`, `neighbour+fdb`, `netns`. */
  how: string | null
  /** On the endpoint's own node, where that is another one. */
  remote: { node: string; interface: string | null; bridge: string | null; how: string | null } | null
  /** Why something is not known. */
  reason: string | null
}

export interface EndpointTotal {
  address: string
  port: number | null
  portName: string
  protocol: Protocol
  state: EndpointState
  /** As of an endpoint's path. */
  rival?: { namespace: string; name: string }
  pod: { namespace: string; name: string } | null
  node: string | null
  /** Connections over all nodes; null where no rule keeps a counter. */
  connections: number | null
  /** Its part of all connections to endpoints of this port, 0 to 1; null where there were none. */
  share: number | null
  /** The part it is due: each node's probability, weighted by that node's connections; null where no node leads to it. */
  due: number | null
}

/** What `-o json` prints without a service. */
export interface ServiceList {
  apiVersion: 'svcpath/v1alpha1'
  kind: 'ServiceList'
  observedAt: string | null
  source: 'live' | 'capture' | 'rules'
  /** The cluster, or the capture or files it was read from. */
  origin: string
  outcome: Outcome
  items: ServiceRow[]
}

/** A line of the list of services. */
export interface ServiceRow {
  namespace: string
  name: string
  type: string
  /** `10.96.0.1:80/tcp`, `:30080/tcp`. */
  entries: string[]
  endpoints: number
  /** Null where the API's endpoints were not collected. */
  ready: number | null
  /** Nodes that were walked, and how many of them lead to exactly the endpoints they should. */
  nodes: number
  agreeing: number
  connections: number | null
  verdict: Verdict
  /** As `check` judges it. */
  outcome: Outcome
  /** The worst that is known of it, in a sentence; null where all is well. */
  reason: string | null
  /** The code of the finding that says so; absent where none does. */
  finding?: string
}

/** What should get no connection of the service. */
const WRONG: ReadonlySet<EndpointState> = new Set(['stale', 'rival', 'notReady', 'terminating'])

/** Do connections go wrong at this endpoint, or miss it? */
export function isFaulty({ state, probability, fate }: EndpointPath): boolean {
  if (state === 'missing') return true
  if (probability === 0) return false
  return WRONG.has(state) || fate === 'drop' || fate === 'reject'
}

/**
 * Endpoints of a report as people count them: a pod once, whatever its ports and families, and none that is gone. `ready` is null where the API's word on
 * them was not collected.
 */
export function countEndpoints({ endpoints, endpointsKnown }: Pick<PathReport, 'endpoints' | 'endpointsKnown'>): {
  ready: number | null
  total: number
  nodes: number
} {
  const current = endpoints.filter((one) => one.state !== 'stale' && one.state !== 'rival')
  const byPod = new Map(current.map((one) => [one.pod ? `${one.pod.namespace}/${one.pod.name}` : one.address, one]))
  const all = [...byPod.values()]
  const ready = all.filter((one) => one.state === 'ready' || one.state === 'missing').length
  const told = all.length === 0 ? endpointsKnown : all.some((one) => one.state !== 'unknown')
  return { ready: told ? ready : null, total: all.length, nodes: new Set(all.flatMap((one) => one.node ?? [])).size }
}
