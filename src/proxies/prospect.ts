/** What kube-proxy would do otherwise in another mode: the nouns. */
import type { Node } from '../model/cluster.ts'
import type { EntryPath } from '../model/report.ts'
import type { Line } from './proxy.ts'

/** One thing that would be otherwise. */
export interface Change {
  subject: string
  message: string
  /** `warning`: seen in use, or it stops kube-proxy itself. `info`: possible, or a difference that breaks nothing. */
  severity: 'warning' | 'info'
  evidence: readonly Line[]
  /** A command for a root shell on the node, and what to do; null where the message says it. */
  remedy: { run: string; note: string } | null
}

/** What is known of a node's move to another mode. */
export interface Prospect {
  /** `other`: the move is still to come. `there`: it is made. `foreign`: no mode of kube-proxy serves Services here. `unknown`: nothing tells. */
  now: 'other' | 'there' | 'foreign' | 'unknown'
  changes: readonly Change[]
  /** What was not read, in the plural; without it nobody can say that nothing would change. */
  unread: readonly string[]
}

/** What of the API concerns a node's move. */
export interface Surroundings {
  /** Null where it was not collected. */
  node: Node | null
  /** The API server's version. */
  version: string | null
  /** The entries of one service as the node has them. */
  entries: readonly EntryPath[]
}
