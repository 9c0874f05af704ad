import type { Finding, Severity } from './finding.ts'

/**
 * All that is known of a code whatever the cluster: what it means to people, and how it stands to other findings and to the trace. A code never changes
 * its meaning and is never used again.
 */
export interface CatalogueEntry {
  code: string
  name: string
  severity: Severity
  /** What it is, and what clients feel. */
  what: string
  /** How it comes about. */
  how: string
  /** How it is proved. */
  proof: string
  /** What mends it. */
  fix: string
  /** Issues where it was met; of kubernetes/kubernetes where no other project is named. */
  references: readonly string[]
  /** What follows from it on the same node: whoever mends it is rid of these. */
  leadsTo?: readonly Effects[]
  /** What of the trace it says, too, so that it need not be told twice; absent where it says why no packet goes wrong. */
  explains?: Explained
  /** Seen in passing it may be gone by a second look: it is judged twice before it is believed. */
  passes?: true
}

/** Codes that follow from a cause. */
interface Effects {
  codes: readonly string[]
  /** Where not every one of them follows. */
  only?: (cause: Finding, effect: Finding) => boolean
}

/**
 * `entry`: why connections to the very entry that it is about go elsewhere. `way`: as an error, why connections fail or go where they should not. `design`: what is degraded on purpose. `names`: what is wrong with the DNS leg.
 * `unread`: why nothing is known of a node.
 */
export type Explained = 'entry' | 'way' | 'design' | 'names' | 'unread'
