/** The nodes that used up their time limit in this run: each further question would cost it again. */
export class SilentNodes {
  private readonly failures = new Map<string, string>()

  /** Takes down why a node did not answer, where that took all its time. */
  note(node: string, failure: string, { tookMs, limitMs }: { tookMs: number; limitMs: number }): void {
    if (tookMs >= limitMs * NEARLY) this.failures.set(node, failure)
  }

  /** Why it did not answer before; null where it may be asked. */
  failureOf(node: string): string | null {
    return this.failures.get(node) ?? null
  }
}

/** Timers and clocks differ by a little. */
const NEARLY = 0.95
