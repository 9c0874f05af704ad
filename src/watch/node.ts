/** One node that is watched: its session, its counters, its connections. */
import type { ConnectionSource, FailureEvent, RuleAges, WatchBody } from '../model/live/watch.ts'
import { type Counted, growth, readText, subjectOf } from '../parse/follow/counters.ts'
import { Dropped } from './dropped.ts'
import { type Failed, Pending } from './pending.ts'
import type { NodeMessage } from './stream.ts'

/** For how long back a rate is taken. */
const RATE_MS = 5000

/** What the last look says of the service. */
export interface Known {
  /** Where the chains of endpoints lead. */
  places: ReadonlyMap<string, string>
  /** Endpoints that are reached by TCP alone. */
  tcp: ReadonlySet<string>
  /** By node, the service's addresses that rules there lead to an endpoint: what has one of them and is not translated got past these rules. */
  fronts: ReadonlyMap<string, ReadonlySet<string>>
}

/** A session's first beats compare nothing: counters and events do not begin at the same moment. */
const SETTLED_TICKS = 3

/** What came of a message. */
export interface Heard {
  bodies: WatchBody[]
  /** The rules are no longer what they were: they are to be looked at. */
  look: boolean
  /** The session has read what it compares with from now on: what changed between the look before it and that is in neither. */
  begun?: boolean
}

export class WatchedNode {
  readonly name: string
  /** Since when it is seen, or not. */
  state: { open: boolean; since: number; reason: string | null }
  missedMs = 0
  source: { events: 'conntrack' | 'table' | 'none' | null; reason: string | null } = { events: null, reason: null }
  /** New connections by endpoint. */
  readonly counts = new Map<string, { total: number; recent: { at: number; count: number }[] }>()
  failures = 0
  /** When a look read its rules last. */
  lookedAt = Number.NEGATIVE_INFINITY
  /** What counts connections here besides the kernel's own events; null where nothing is known to. */
  counter: ConnectionSource | null = null
  /** It counts each connection itself, whatever the kernel's connection tracking sees of it. */
  private countsAll = false
  private readonly texts = new Map<string, Counted>()
  /** Texts that were read in this session: what others count is from before. */
  private current = new Set<string>()
  private readonly pending = new Pending()
  private readonly refused: Failed[] = []
  private readonly dropped = new Dropped()
  private ticks = 0
  /** What the last beat said of the age of its rules. */
  private read: { at: number; ages: RuleAges } | null = null
  private readonly fresh = new Map<string, { count: number; by: ConnectionSource }>()
  /** Counted for chains of which nothing is known yet. */
  private readonly unplaced = new Map<string, { count: number; by: ConnectionSource }>()

  constructor(name: string, at: number) {
    this.name = name
    this.state = { open: false, since: at, reason: null }
  }

  heard(message: NodeMessage, known: Known, at: number): Heard {
    switch (message.kind) {
      case 'hello':
        return { bodies: this.opened(at), look: false }
      case 'tick':
        this.read = message.ages && { at, ages: message.ages }
        return { bodies: this.tick(at), look: false, begun: this.ticks === 1 }
      case 'events':
        this.source = { events: message.source, reason: message.reason }
        return NOTHING
      case 'rules':
        return message.subject === null ? { bodies: [], look: true } : this.changed(message.subject)
      case 'text':
        return this.text(message.name, message.lines, known)
      case 'overflow':
        // Whether an answer came is not known any longer.
        this.pending.clear()
        this.dropped.clear()
        return NOTHING
      case 'many':
        if (!this.countsAll) this.count(message.endpoint, message.count, 'conntrack')
        this.dropped.connected(message.endpoint, message.count)
        return NOTHING
      case 'connection':
        this.connection(message, known, at)
        return NOTHING
    }
  }

  /** The session is over. */
  lost(reason: string, at: number): WatchBody[] {
    if (!this.state.open && this.state.reason === reason) return []
    const since = this.state.open ? at : this.state.since
    this.state = { open: false, since, reason }
    this.pending.clear()
    this.dropped.clear()
    this.ticks = 0
    this.read = null
    this.current = new Set()
    const time = new Date(since).toISOString()
    return [{ event: 'stream', state: 'lost', node: this.name, since: time, missed: null, reason }]
  }

  /** More is known of where chains lead. */
  place({ places }: Known): void {
    for (const [target, { count, by }] of this.unplaced) {
      const place = places.get(target)
      if (place === undefined) continue
      this.unplaced.delete(target)
      this.count(place, count, by)
    }
  }

  /** What tells of its connections. */
  get by(): ConnectionSource | null {
    return this.source.events === 'conntrack' && !this.countsAll ? 'conntrack' : this.counter
  }

  /** New connections to an endpoint a second, of late. */
  rate(endpoint: string, at: number): number {
    const recent = this.counts.get(endpoint)?.recent ?? []
    return recent.filter((one) => at - one.at < RATE_MS).reduce((sum, { count }) => sum + count, 0) / (RATE_MS / 1000)
  }

  /** How old what is known of its rules is, by its session or by a look. */
  ages(at: number): RuleAges | null {
    if (this.read === null) return null
    const { at: since, ages } = this.read
    const looked = (at - this.lookedAt) / 1000
    const [own, near, all] = [ages.own, ages.near, ages.all].map((age) =>
      Math.round(Math.min(looked, age + (at - since) / 1000)),
    )
    return { own: own!, near: near!, all: all! }
  }

  private opened(at: number): WatchBody[] {
    const { open, since, reason } = this.state
    if (open) return []
    // Before the first session nothing was missed.
    const missed = reason === null ? null : at - since
    this.missedMs += missed ?? 0
    this.state = { open: true, since: at, reason: null }
    const seconds = missed === null ? null : missed / 1000
    const time = new Date(since).toISOString()
    return [{ event: 'stream', state: 'open', node: this.name, since: time, missed: seconds, reason: null }]
  }

  private tick(at: number): WatchBody[] {
    const counted = [...this.fresh].map(([endpoint, { count, by }]): WatchBody => {
      const known = this.counts.get(endpoint) ?? { total: 0, recent: [] }
      known.total += count
      known.recent = [...known.recent.filter((one) => at - one.at < RATE_MS), { at, count }]
      this.counts.set(endpoint, known)
      return { event: 'connections', node: this.name, ...placeOf(endpoint), count, by }
    })
    this.fresh.clear()
    const failed = [...this.refused.splice(0), ...this.pending.overdue(at)]
    this.ticks += 1
    const missing = this.dropped.tick()
    if (this.ticks <= SETTLED_TICKS || this.source.events !== 'conntrack') missing.clear()
    this.failures += failed.length + missing.size
    return [...counted, ...grouped(this.name, failed), ...[...missing].map((one) => this.droppedBody(one))]
  }

  private droppedBody([endpoint, count]: [string, number]): FailureEvent {
    const unknown = { client: null, entry: null, seconds: SETTLED_TICKS }
    return { event: 'failure', failure: 'dropped', node: this.name, protocol: 'TCP', count, endpoint, ...unknown }
  }

  private text(name: string, lines: readonly string[], { places, tcp }: Known): Heard {
    const before = this.texts.get(name)
    const now = readText(name, lines)
    this.texts.set(name, now)
    if (now.to.size > 0) this.counter = now.by
    this.countsAll ||= now.to.size > 0 && now.names === 'places'
    if (before && this.current.has(name)) {
      for (const [target, more] of growth(before.to, now.to)) {
        const place = now.names === 'places' ? target : places.get(target)
        // Conntrack tells of each connection once, and of those that only met a rule not at all.
        if (this.countsAll || this.source.events !== 'conntrack')
          this.count(place ?? target, more, now.by, place === undefined)
        else if (now.by === 'rules' && place !== undefined && tcp.has(place)) this.dropped.translated(place, more)
      }
    }
    this.current.add(name)
    return before && before.form !== now.form ? this.changed(subjectOf(name)) : NOTHING
  }

  private changed(subject: string | null): Heard {
    return { bodies: [{ event: 'change', what: 'rules', node: this.name, subject }], look: true }
  }

  private connection({ what, flow }: NodeMessage & { kind: 'connection' }, { tcp, fronts }: Known, at: number): void {
    if (what === 'NEW') {
      const isTranslated = flow.endpoint !== flow.entry
      // At a node port of any other address somebody else may be listening, and other data planes translate elsewhere.
      const isPast = !this.countsAll && fronts.get(this.name)?.has(placeOf(flow.entry).address) === true
      if (!isTranslated && !isPast) return
      if (isTranslated && !this.countsAll) this.count(flow.endpoint, 1, 'conntrack')
      if (tcp.has(flow.endpoint)) this.dropped.connected(flow.endpoint, 1)
      if (flow.unreplied) this.pending.began(flow, at)
      return
    }
    const failed = this.pending.changed(flow, at)
    if (failed) this.refused.push(failed)
  }

  private count(endpoint: string, count: number, by: ConnectionSource, isUnplaced = false): void {
    const held = isUnplaced ? this.unplaced : this.fresh
    held.set(endpoint, { count: (held.get(endpoint)?.count ?? 0) + count, by })
  }
}

const NOTHING: Heard = { bodies: [], look: false }

/** One event for all of a kind between the same places. */
function grouped(node: string, failed: readonly Failed[]): FailureEvent[] {
  const groups = Map.groupBy(failed, ({ failure, flow }) =>
    [failure, flow.protocol, flow.entry, flow.endpoint].join(' '),
  )
  return [...groups.values()].map((all) => {
    const { failure, flow, seconds } = all[0]!
    const { protocol, client, entry, endpoint } = flow
    return { event: 'failure', failure, node, protocol, count: all.length, client, entry, endpoint, seconds }
  })
}

/** `10.0.0.1:80` and `[fd00::1]:80`, taken apart; an address alone has no port. */
export function placeOf(text: string): { address: string; port: number | null } {
  const [, address, port] = /^(?:\[(?=.*\]:))?([^\]]*?)\]?:(\d+)$/.exec(text) ?? []
  const isAlone = address === undefined || (address.includes(':') && !text.startsWith('['))
  return isAlone ? { address: text, port: null } : { address, port: Number(port) }
}
