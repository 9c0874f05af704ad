import type { Stop } from '../model/report.ts'
import type { DnatTarget } from '../model/rules.ts'
import type { RouteResult } from './fib.ts'
import type { Ending, Origin, Step, Trail } from './flow.ts'
import type { Packet } from './packet.ts'

/** What becomes of a share of the connections on one node. */
export interface Journey {
  probability: number
  /** What could not be told and must hold for this to happen. */
  conditions: readonly string[]
  fate: 'forwarded' | 'delivered' | 'drop' | 'reject' | 'unknown'
  /** The rule, missing route or missing evidence that decided the fate; null for one that goes through. */
  reason: string | null
  /** What dropped or rejected; null for any other fate. */
  stop: Stop | null
  /** How the first hook's rules ended: the translation where there was one, else what stopped it; null where no rule did. */
  ending: Ending | null
  /** As it left, or as it was where its way ended. */
  packet: Packet
  masquerade: 'yes' | 'no' | 'unknown'
  /** The look-up for the address it has after DNAT. */
  route: RouteResult | null
  /** Every rule it met, in order. */
  steps: readonly Step[]
}

/** Everything that became of a packet, and what the walk had to assume or could not see. */
export interface Journeys {
  all: Journey[]
  assumptions: Set<string>
  /** Where more than one rule set translates the packet at its first hook: each of them, the one that was walked first. */
  rivals: { origin: Origin; targets: DnatTarget[] }[]
}

/** A trail's steps in the order in which they were met. */
export function stepsOf(trail: Trail): Step[] {
  const steps: Step[] = []
  for (let at = trail; at; at = at.before) steps.push(at.step)
  return steps.reverse()
}

/** Did the walk end where nobody can tell what becomes of the packet, before it was translated? */
export const isUndecided = ({ fate, ending }: Journey): boolean =>
  fate === 'unknown' && (ending === null || ending.verdict.kind === 'unknown')
