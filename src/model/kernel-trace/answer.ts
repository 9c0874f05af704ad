import type { TraceComparison } from './comparison.ts'
import type { KernelRule, KernelTrace } from './trace.ts'

/** What a node's kernel told of the packets of a probe. */
export interface ToldByKernel {
  trace: KernelTrace
  rules: readonly KernelRule[]
  /** Why it told nothing; null where it did. */
  failure: string | null
}

/** The connections of a place to an entry, of which the kernel told: how many went as the walk says. */
export interface TraceSummary {
  same: number
  different: number
  unknown: number
  /** One of each kind, the differences first. */
  shown: TraceComparison[]
}
