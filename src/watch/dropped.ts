/** Packets that the rules translated and of which no connection came: they were dropped on the node. */

/** For so many ticks the two must differ: the counters are read once a second, and a connection shows at once. */
const TICKS = 3

/** Beyond so many connections between two ticks, events may have been lost. */
const MOST = 100

/** Compares what counters of rules and the kernel's events tell of each endpoint, for TCP: of UDP two packets may become one connection. */
export class Dropped {
  private readonly open = new Map<string, { translated: number; connected: number; ticks: number }>()
  private busy = 0

  translated(endpoint: string, count: number): void {
    this.of(endpoint).translated += count
  }

  connected(endpoint: string, count: number): void {
    this.busy += count
    this.of(endpoint).connected += count
  }

  /** A second has passed: the endpoints of which packets are missing, and how many. */
  tick(): Map<string, number> {
    const missing = new Map<string, number>()
    const isBusy = this.busy > MOST
    this.busy = 0
    if (isBusy) this.open.clear()
    for (const [endpoint, one] of this.open) {
      const excess = one.translated - one.connected
      one.ticks = excess === 0 ? 0 : one.ticks + 1
      if (excess !== 0 && one.ticks < TICKS) continue
      if (excess > 0) missing.set(endpoint, excess)
      this.open.delete(endpoint)
    }
    return missing
  }

  /** One of the two was not seen. */
  clear(): void {
    this.open.clear()
    this.busy = 0
  }

  private of(endpoint: string) {
    const known = this.open.get(endpoint) ?? { translated: 0, connected: 0, ticks: 0 }
    this.open.set(endpoint, known)
    return known
  }
}
