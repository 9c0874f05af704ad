/** Connections that nobody has answered yet, and what becomes of them. */
import type { FailureKind } from '../model/live/watch.ts'
import type { Flow } from './stream.ts'

/** A client's second SYN follows the first after a second, the third two seconds later (RFC 6298): then two went without an answer. */
const PATIENCE_MS = 3000

/** So many are kept in mind for each node. */
const MOST = 5000

export interface Failed {
  failure: FailureKind
  flow: Flow
  seconds: number
}

export class Pending {
  private readonly waiting = new Map<string, { flow: Flow; since: number; told: boolean }>()

  /** A connection is new. */
  began(flow: Flow, at: number): void {
    if (flow.protocol === 'SCTP' || this.waiting.size >= MOST) return
    // Behind all others: they stand in the order of their time.
    this.waiting.delete(keyOf(flow))
    this.waiting.set(keyOf(flow), { flow, since: at, told: false })
  }

  /** Something became of it. A reset that answers the first packet shows as CLOSE, of an entry that changes or that the kernel removes at once. */
  changed(flow: Flow, at: number): Failed | null {
    const known = this.waiting.get(keyOf(flow))
    if (!known) return null
    this.waiting.delete(keyOf(flow))
    if (flow.protocol !== 'TCP' || flow.state !== 'CLOSE') return null
    return { failure: 'refused', flow: known.flow, seconds: (at - known.since) / 1000 }
  }

  /** Those that have waited for too long by now, each once. */
  overdue(at: number): Failed[] {
    const failed: Failed[] = []
    for (const one of this.waiting.values()) {
      if (at - one.since < PATIENCE_MS) break
      if (one.told) continue
      one.told = true
      failed.push({ failure: 'noAnswer', flow: one.flow, seconds: (at - one.since) / 1000 })
    }
    return failed
  }

  /** What was missed cannot be told: the stream broke off. */
  clear(): void {
    this.waiting.clear()
  }
}

const keyOf = ({ protocol, client, entry }: Flow): string => `${protocol} ${client} ${entry}`
