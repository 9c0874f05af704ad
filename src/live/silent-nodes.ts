/** The nodes that used up their time limit a while ago: each further question would cost it again. */
export class SilentNodes {
  private readonly failures = new Map<string, { failure: string; until: number }>()
  private readonly now: () => number

  constructor(now: () => number = () => performance.now()) {
    this.now = now
  }

  /** Takes down why a node did not answer, where that took all its time. */
  note(node: string, failure: string, { tookMs, limitMs }: { tookMs: number; limitMs: number }): void {
    if (tookMs >= limitMs * NEARLY) this.failures.set(node, { failure, until: this.now() + limitMs * REST })
  }

  /** Why it is not asked; null where it is to be asked. */
  failureOf(node: string): string | null {
    const known = this.failures.get(node)
    return known && this.now() < known.until ? `${known.failure} (not asked again)` : null
  }
}

/** Timers and clocks differ by a little. */
const NEARLY = 0.95

/** After so many time limits it is asked again: who captures every minute wants a node back that was restarted. */
const REST = 10
