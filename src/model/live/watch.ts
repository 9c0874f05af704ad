/** What `watch` tells, one event a line with `-o json`. See schema/watchevent.schema.json. */
import type { Protocol } from '../cluster.ts'
import type { Finding, Severity } from '../finding.ts'
import type { EndpointState, PathReport, Verdict } from '../report.ts'

/** Why the nodes were looked at. `start`: at first. `settle`: again, since what was found may have been about to pass. `routine`: once in a while. */
export type LookReason = 'start' | 'api' | 'rules' | 'settle' | 'routine' | 'back'

/**
 * `noAnswer`: nobody answered for three seconds. `refused`: a reset answered the first packet. `dropped`: the rules translated it, and no connection came of it: it did not
 * leave the node.
 */
export type FailureKind = 'noAnswer' | 'refused' | 'dropped'

export type WatchEvent = {
  apiVersion: 'svcpath/v1alpha1'
  kind: 'WatchEvent'
  /** When it was seen here. */
  time: string
} & WatchBody

export type WatchBody =
  | VerdictEvent
  | FindingEvent
  | EndpointEvent
  | PodEvent
  | ChangeEvent
  | ConnectionsEvent
  | FailureEvent
  | StreamEvent
  | SummaryEvent

/** The verdict, at first and whenever it or a node's is another one. */
interface VerdictEvent {
  event: 'verdict'
  service: string
  verdict: Verdict
  /** Null at first. */
  was: Verdict | null
  nodes: { name: string; verdict: Verdict }[]
  reason: LookReason
  /** What was found may be about to pass: the nodes are looked at again. */
  settling: boolean
}

export interface FindingEvent {
  event: 'finding'
  state: 'appeared' | 'vanished'
  code: string
  name: string
  severity: Severity
  node: string | null
  subject: string
  message: string
  fix: string | null
  /** Of one that vanished: for how long it was seen. */
  seconds: number | null
}

/** What the API's slices say of an endpoint; null: it is not in them. */
export interface EndpointEvent {
  event: 'endpoint'
  address: string
  port: number | null
  node: string | null
  pod: string | null
  was: EndpointState | null
  is: EndpointState | null
}

export type PodState = 'ready' | 'notReady' | 'terminating' | 'ended'

/** A pod that the Service selects; null: there is none of this name. */
export interface PodEvent {
  event: 'pod'
  pod: string
  node: string | null
  was: PodState | null
  is: PodState | null
  /** How many times its containers were started again since. */
  restarts: number
  /** Why it is not ready, or how the container ended that was started again: `OOMKilled (exit code 137)`. */
  reason: string | null
}

/** The rules of a node, or the Service itself, are no longer what they were. */
interface ChangeEvent {
  event: 'change'
  what: 'rules' | 'service'
  node: string | null
  /** Which rules, where that is known: `chain KUBE-SVC-…`. */
  subject: string | null
}

/** New connections since the event before it. */
interface ConnectionsEvent {
  event: 'connections'
  node: string
  address: string
  port: number | null
  count: number
  /** What counted them: the counters of rules, those of IPVS, or connection tracking. */
  by: ConnectionSource
}

export type ConnectionSource = 'rules' | 'ipvs' | 'conntrack'

export interface FailureEvent {
  event: 'failure'
  failure: FailureKind
  node: string
  protocol: Protocol
  /** How many of this kind, from this entry to this endpoint, in the last second; the client is that of the first. Of `dropped`: packets. */
  count: number
  /** Null where only a counter tells of it. */
  client: string | null
  entry: string | null
  endpoint: string
  /** For how long the first has been waiting. */
  seconds: number
}

/** The session to a node. `lost`: nothing is seen of it from `since` on. `open`: it is seen; where it was lost, `missed` says for how long. */
interface StreamEvent {
  event: 'stream'
  state: 'open' | 'lost'
  node: string
  since: string
  missed: number | null
  reason: string | null
}

export interface SummaryEvent {
  event: 'summary'
  service: string
  verdict: Verdict
  seconds: number
  connections: number
  failures: number
  findings: { appeared: number; vanished: number }
  /** Nodes of which something was not seen, and for how many seconds in all. */
  missed: { node: string; seconds: number }[]
}

/** Everything that a screen shows, at one moment. */
export interface WatchView {
  service: string
  verdict: Verdict
  settling: boolean
  seconds: number
  report: PathReport
  nodes: WatchedNodeView[]
  endpoints: WatchedEndpointView[]
  /** Worst first. */
  findings: { finding: Finding; since: string }[]
  connections: number
  failures: number
}

/** For how many seconds nobody has read the rules of a node, or been told that they are the same. */
export interface RuleAges {
  /** The chains of the service. */
  own: number
  /** Those that packets meet before and after them, as far as they are read by name. */
  near: number
  /** All. */
  all: number
}

export interface WatchedNodeView {
  name: string
  /** Null where no look has seen it. */
  verdict: Verdict | null
  /** Its session: open, or since when there is none and why. */
  open: boolean
  since: string
  reason: string | null
  /** What tells of its connections; null where nothing does. */
  by: ConnectionSource | null
  /** Why nothing, or not all, is told of them. */
  note: string | null
  /** Null while no session is open. */
  ages: RuleAges | null
  failures: number
}

export interface WatchedEndpointView {
  place: string
  node: string | null
  pod: string | null
  state: EndpointState
  /** New connections by the node that they were made on. */
  nodes: ReadonlyMap<string, { rate: number; total: number }>
}
