import type { TraceComparison } from '../../model/kernel-trace/comparison.ts'
import type { KernelEvent, KernelRule, TracedPacket } from '../../model/kernel-trace/trace.ts'
import type { NodeState } from '../../model/node.ts'

/** One of the walk's ways beside the kernel's. */
export interface Alignment extends Pick<TraceComparison, 'outcome' | 'reason' | 'steps'> {
  /** How many of the kernel's rules are on it. */
  length: number
  /** All that the walk says holds; it says no more. */
  open: boolean
}

/** What is known of the kernel's way. */
export interface Told {
  node: NodeState
  packet: TracedPacket
  /** The rules that it met, in order. */
  met: readonly KernelEvent[]
  listed(event: KernelEvent): KernelRule | undefined
}

export const INCOMPLETE = 'the trace is not complete'
