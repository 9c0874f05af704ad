import type { PacketSight } from './trace.ts'

/** What the kernel did with one packet beside what the walk says of it. */
export interface TraceComparison {
  sent: PacketSight
  /** Where the kernel led it, as far as it told. */
  led: PacketSight
  /** `unknown`: the two cannot be held against each other. */
  outcome: 'same' | 'different' | 'unknown'
  /** The first difference, or why there is no telling; null where they are the same. */
  reason: string | null
  steps: ComparedStep[]
}

/** A rule that the kernel met, the walk, or both. */
export interface ComparedStep {
  /** `ip nat` */
  table: string
  chain: string
  /** Null: the kernel met none there. */
  kernel: { text: string; verdict: string } | null
  /** Null: the walk met none there. */
  walk: { text: string; file: string; line: number } | null
  outcome: TraceComparison['outcome']
}
