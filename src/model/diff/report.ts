/** What `diff -o json` prints: what changed from one look to another. See schema/diffreport.schema.json. */
import type { Protocol } from '../cluster.ts'
import type { Severity } from '../finding.ts'
import type { EntryKind, EntryPath, Verdict } from '../report.ts'
import type { Who } from '../who.ts'

/**
 * `worse`: a verdict fell, a service that worked is gone, or a new error was found. `changed`: a way or a finding changed otherwise. `unknown`: no such change was
 * seen, but one side does not show all that the other shows. `same`: none of these.
 */
export type DiffOutcome = 'same' | 'worse' | 'changed' | 'unknown'

export interface DiffReport {
  apiVersion: 'svcpath/v1alpha1'
  kind: 'DiffReport'
  before: DiffSide
  after: DiffSide
  /** The one service that was asked about; null: all. */
  asked: string | null
  outcome: DiffOutcome
  /** How many services both sides were searched for. */
  compared: number
  /** Those of which something differs, the worst first. */
  services: ServiceDiff[]
  /** What differs on nodes and belongs to no single service; what changes a way first. */
  changes: Change[]
  /** What cannot be compared, and why. */
  unknowns: Incomparable[]
}

export interface DiffSide {
  origin: string
  source: 'live' | 'capture' | 'rules'
  observedAt: string | null
}

export interface ServiceDiff {
  namespace: string
  name: string
  presence: 'both' | 'appeared' | 'vanished'
  outcome: DiffOutcome
  /** Null on the side that does not have the service. */
  verdict: { before: Verdict | null; after: Verdict | null }
  way: WayChange[]
  /** What changed of the service itself, its endpoints and rules; what changes the way first. */
  changes: Change[]
  appeared: DiffFinding[]
  vanished: DiffFinding[]
  unknowns: Incomparable[]
}

/** A part of the way that is not as it was, on these nodes alike. Null is the side that does not have it. */
export interface WayChange {
  nodes: string[]
  /** Null: names, which DNS resolves. */
  entry: WayEntry | null
  /** `10.244.1.6:8080`; null: the entry itself. */
  endpoint: string | null
  pod: string | null
  before: WayState | null
  after: WayState | null
  worse: boolean
}

export interface WayEntry {
  kind: EntryKind
  /** Null for a node port, which stands at addresses of each node. */
  address: string | null
  port: number
  protocol: Protocol
  portName: string
  client: Who['kind']
}

/** What is null was not compared. */
export interface WayState {
  verdict: Verdict | null
  outcome: EntryPath['outcome'] | null
  /** Of new connections: 0 to 1. */
  share: number | null
  state: string | null
  fate: string | null
  masquerade: string | null
  link: string | null
  reason: string | null
}

export type ChangeArea = 'service' | 'endpoints' | 'rules' | 'route' | 'link' | 'setting' | 'version' | 'node'

/** Something that is not as it was, on these nodes alike; no nodes: it is of the API. */
export interface Change {
  area: ChangeArea
  nodes: string[]
  /** What it is: `ready`, `net.ipv4.ip_forward`, `nat KUBE-SVC-…`. */
  subject: string
  /** Null: it was not there. */
  before: string | null
  /** Null: it is not there. */
  after: string | null
  /** Taken back alone, or made alone, it changes the way or the verdict. */
  changesWay: boolean
}

/** What one side shows and the other does not: it may be the same, or not. */
export interface Incomparable {
  nodes: string[]
  what: string
  /** The side that does not show it. */
  missingIn: 'before' | 'after' | 'both'
}

export interface DiffFinding {
  code: string
  name: string
  severity: Severity
  nodes: string[]
  subject: string
  message: string
}
