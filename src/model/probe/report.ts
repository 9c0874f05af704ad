/** What `probe -o json` prints: real connections held against the way that was walked. See schema/probereport.schema.json. */
import type { Protocol } from '../cluster.ts'
import type { Evidence } from '../evidence.ts'
import type { Finding } from '../finding.ts'
import type { TraceSummary } from '../kernel-trace/answer.ts'
import type { EndpointState, EntryKind, Verdict } from '../report.ts'
import type { Place, Result } from './request.ts'

/** `passed`: all connections got through. `failed`: some did not. `unknown`: none is known to have failed, and of some nothing is known. */
export type ProbeOutcome = 'passed' | 'failed' | 'unknown'

/** What became of a connection, by all that is known of it. */
export type Fate = 'through' | 'failed' | 'unknown'

/**
 * Where a connection died. `translation`: no rule led it to an endpoint. `stale`: it was led to what is no endpoint. `node`: a rule, a route or a setting of a node
 * stopped it. `between`: it left one node and did not come through the next. `closed`: nobody listens. `refused`: the pod refused it, for another reason or one that is
 * not known. `queue`: the program accepts no more. `silent`: it came to the pod, which did not answer. `answer`: the answer was lost. `later`: what followed the
 * answer was lost. `stalled`: it was connected, and no answer to a request came. `unplaced`: not known.
 */
type DeathKind =
  | 'translation'
  | 'stale'
  | 'node'
  | 'between'
  | 'closed'
  | 'refused'
  | 'queue'
  | 'silent'
  | 'answer'
  | 'later'
  | 'stalled'
  | 'unplaced'

export interface Death {
  kind: DeathKind
  /** The node that it died on, or, of `between` and `answer`, the last one that is known to have seen the packet; null where that is not known. */
  node: string | null
  /** Of `between` and `answer`: the node that it was on its way to; null where it is none, or not known. */
  towards: string | null
  /** `conntrack`: by the entries of the nodes. `walk`: by these and by what the walked rules and routes say. */
  by: 'conntrack' | 'walk' | null
  /** One sentence. */
  reason: string
}

/** Connections of one place to one entry that died alike. */
export interface Deaths extends Death {
  result: Result
  /** `10.244.1.6:8080`; null where it was led to none. */
  endpoint: string | null
  count: number
  /** The first of them. */
  evidence: Evidence[]
}

/**
 * A counter of rules before the first connection and after the last, and the connections of this probe that those rules met. Connections of others are counted,
 * too, and a packet that is sent again may be.
 */
export interface Counted {
  before: number
  after: number
  probed: number
}

export interface ProbedEndpoint {
  address: string
  port: number
  pod: { namespace: string; name: string } | null
  node: string | null
  state: EndpointState
  /** The share that the walk gives it; null where nothing is known of it. */
  due: number | null
  /** Connections that were led there, and those of them that got through. */
  led: number
  through: number
  /** By the node that led them there; null where its rules keep no counter, or that began anew. */
  counted: Counted | null
  /** Of those that got through, in milliseconds. */
  median: number | null
  worst: number | null
}

/** One connection. */
interface ProbedConnection {
  sourcePort: number | null
  result: Result
  fate: Fate
  milliseconds: number | null
  error: string | null
  /** Of HTTP; null where nobody asked, or no answer came. */
  status: number | null
  endpoint: string | null
}

export interface Certificate {
  /** The names it is for: `DNS:web.shop.svc`. */
  names: string
  validTo: string
}

/** An entry as one place reached it. */
export interface ProbedEntry {
  kind: EntryKind
  address: string
  port: number
  protocol: Protocol
  portName: string
  /** The node whose rules lead it. */
  node: string
  predicted: { verdict: Verdict; reason: string | null }
  made: number
  through: number
  failed: number
  unknown: number
  /** By the rules of the entry; null where they keep no counter, or that began anew. */
  counted: Counted | null
  median: number | null
  worst: number | null
  endpoints: ProbedEndpoint[]
  /** The chance that connections spread at least as unevenly as these where each endpoint gets its share; null where there is nothing to judge. */
  chance: number | null
  deaths: Deaths[]
  /** The status codes of HTTP, with how often they came; empty where nobody asked. */
  answers: { status: number; count: number }[]
  /** The certificates that were shown, each once; empty where nobody asked. */
  certificates: Certificate[]
  /** Why it is not known what became of some, or where they were led; each once. */
  unknowns: string[]
  connections: ProbedConnection[]
  /** Where the kernel was asked, and told of any. */
  kernelTrace?: TraceSummary
}

export interface ProbedPlace {
  kind: Place['kind']
  name: string
  node: string
  /** `python3`; null where no connection was made, and `failure` says why. */
  tool: string | null
  failure: string | null
  entries: ProbedEntry[]
}

export interface ProbeReport {
  apiVersion: 'svcpath/v1alpha1'
  kind: 'ProbeReport'
  observedAt: string | null
  origin: string
  service: { namespace: string; name: string }
  outcome: ProbeOutcome
  /** What the walk says of the service. */
  predicted: Verdict
  made: number
  through: number
  failed: number
  unknown: number
  places: ProbedPlace[]
  /** What the walk found, and where the kernel did otherwise (SVP606). */
  findings: Finding[]
  notes: string[]
}
