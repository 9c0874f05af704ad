/** What `check -o json` prints: a verdict a service. */
import type { Finding } from './finding.ts'
import type { Outcome, Reason, Verdict } from './report.ts'

export interface CheckedService {
  namespace: string
  name: string
  /** `ClusterIP`, `Headless` …; `?` where it is not known. */
  type: string
  outcome: Outcome
  verdict: Verdict
  /** Endpoints that the API calls ready, of all; null where they were not collected. */
  ready: number | null
  endpoints: number
  /** Nodes that lead to exactly the endpoints they should, of all that were walked. */
  converged: number
  nodes: number
  /** Of each node where that is known; absent where nobody asked for it. */
  programming?: NodeProgramming[]
  /** No service has this name; absent where one has. */
  missing?: true
  /** Without those that were to be ignored. */
  findings: Finding[]
  /** Why its way is not known in part, or what is wrong and no finding names. */
  unknowns: Reason[]
}

/** How many endpoints the rules of a node should lead to, to how many of these they do, and to how many that they should not. */
export interface NodeProgramming {
  node: string
  due: number
  programmed: number
  stray: number
}

export interface CheckReport {
  apiVersion: 'svcpath/v1alpha1'
  kind: 'CheckReport'
  observedAt: string | null
  source: 'live' | 'capture' | 'rules'
  origin: string
  failOn: 'error' | 'warning'
  ignored: string[]
  outcome: Outcome
  services: CheckedService[]
  /** Seconds that `--wait` waited until every node had converged; absent where it did not wait, or not all had. */
  convergedAfter?: number
  /** What could not be read or was left out; absent where nothing was. */
  notes?: string[]
  /** What was asked of a move of the proxy to another mode, node by node; absent where nobody asked. */
  migration?: Migration
}

/** What a run took, in seconds. */
export interface Times {
  total: number
  /** By `namespace/name`: what it took to judge each. */
  services: ReadonlyMap<string, number>
}

/** A mode that kube-proxy can be moved to. */
export type Goal = 'nftables'

export interface Migration {
  to: Goal
  nodes: NodeMigration[]
}

export interface NodeMigration {
  name: string
  /** `there`: it runs in that mode. `foreign`: something else than kube-proxy serves Services. `unread`: nothing was read of the node. */
  now: 'other' | 'there' | 'foreign' | 'unknown' | 'unread'
  /** How many things would change: findings, each once however many services show it. */
  changes: number
  /** What was not read of it, in the plural: there may be more. */
  unread: string[]
  /** Why nothing was read, where that is known. */
  reason?: string
}
