import type { Ending, Flow, RulePassage } from './flow.ts'
import type { Steps } from './lookup.ts'

/** What one walk through a base chain may take: hundreds of times what rules in use take. */
export const MOST_STEPS = 1_000_000

/** Keeps account of a walk through a base chain: of the steps that it took, and of the ways that ended. */
export class Account {
  private readonly steps: Steps
  private readonly floor: number
  private endings = 0

  constructor(steps: Steps) {
    this.steps = steps
    this.floor = Math.max(0, steps.left - MOST_STEPS)
  }

  /** Counts steps; true where none are left. */
  spent(steps: number): boolean {
    this.steps.left -= steps
    return this.steps.left < this.floor
  }

  /** The passage of a flow that is given up. */
  lose(flow: Flow, chains: readonly string[], reason: string): RulePassage {
    return { staying: [], returned: [], ended: [this.lost(flow, chains, reason)] }
  }

  lost(flow: Flow, chains: readonly string[], reason: string): Ending {
    return this.ending(flow, { kind: 'unknown', reason }, chains)
  }

  ending(flow: Flow, verdict: Ending['verdict'], chains: readonly string[]): Ending {
    this.spent(1 + flow.conditions.length)
    return { ...flow, verdict, chains, order: this.endings++ }
  }
}
