/** `watch` on a cluster: looks, sessions to the nodes and watches of the API, joined in one `Watch`. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ask } from '../../ask/source.ts'
import { SvcpathError } from '../../model/errors.ts'
import type { LookReason, WatchEvent } from '../../model/live/watch.ts'
import { Watch } from '../../watch/watch.ts'
import type { Means } from '../look.ts'
import { RepeatedLook, type Seen } from './again.ts'
import { watchObjects } from './objects.ts'
import { keepSession } from './session.ts'

export interface WatchOptions {
  ask: Ask & { service: string }
  port: string | null
  /** Null: until it is stopped. */
  forMs: number | null
  /** Ends when this is so. */
  until: 'reachable' | 'broken' | null
  /** It is seen for the first time. */
  began(watch: Watch): void
  told(events: readonly WatchEvent[]): void
}

/** kube-proxy follows within a second or so. */
const SETTLE_MS = 2000

/** What no stream tells of, such as a kernel setting, is seen by then. */
const ROUTINE_MS = 60_000

/** Between two questions whether there is anything to do. */
const STEP_MS = 100

/** After a look that failed. */
const RETRY_MS = 2000

/** Watches until the time is over, what was waited for is there, or the run is interrupted. */
export async function runWatch(means: Means, options: WatchOptions): Promise<void> {
  const { ask, port, forMs, until, told } = options
  const now = () => means.now().getTime()
  const looks = new RepeatedLook(means, ask, port)
  const first = await firstLook(looks, means.signal)
  means.progress.done()
  const { namespace, name } = first.service
  const watch = new Watch(`${namespace}/${name}`, now())
  options.began(watch)
  const over = new AbortController()
  const signal = AbortSignal.any([means.signal, over.signal])
  const sessions = new Sessions(means, watch, told, signal)
  const took = (seen: Seen, reason: LookReason) => {
    const { report, fresh: nodes, unread, settling } = seen
    told(watch.looked(now(), { report, reason, nodes, unread, settling }))
    sessions.follow(seen)
  }
  const objects = watchObjects(
    means.api,
    { namespace, name },
    {
      listed: (endpoints) => told(watch.listed(now(), endpoints)),
      pods: (pods, isOther) => told(watch.podsListed(now(), pods, isOther)),
      changed: () => told(watch.serviceChanged(now())),
      failed: (words) => means.progress.warn(words),
    },
    signal,
  )
  try {
    took(first, 'start')
    let lookedAt = now()
    let due: { at: number; reason: LookReason } = nextLook(first, lookedAt)
    for (;;) {
      if (isReached(watch, until) || (forMs !== null && now() >= watch.startedAt + forMs)) return
      await sleep(STEP_MS, undefined, { signal: means.signal })
      if (now() >= due.at) watch.want(null, due.reason)
      const wish = watch.takeWish(now())
      if (!wish) continue
      try {
        const seen = await looks.look(wish.nodes)
        means.progress.done()
        lookedAt = now()
        took(seen, wish.reason)
        due = nextLook(seen, lookedAt)
      } catch (error) {
        if (means.signal.aborted || !(error instanceof SvcpathError)) throw error
        means.progress.warn(`the nodes were not looked at: ${error.message}`)
        due = { at: now() + RETRY_MS, reason: wish.reason }
      }
    }
  } finally {
    over.abort()
    await Promise.all([objects, sessions.closed()])
  }
}

/** Where rules and API differ at first, a second look tells whether they still do. */
async function firstLook(looks: RepeatedLook, signal: AbortSignal): Promise<Seen> {
  const seen = await looks.look(null)
  if (!seen.settling) return seen
  await sleep(SETTLE_MS, undefined, { signal })
  return looks.look(null)
}

const nextLook = ({ settling }: Seen, at: number): { at: number; reason: LookReason } =>
  settling ? { at: at + SETTLE_MS, reason: 'settle' } : { at: at + ROUTINE_MS, reason: 'routine' }

function isReached({ verdict, settling }: Watch, until: WatchOptions['until']): boolean {
  if (until === null || settling) return false
  return until === 'reachable' ? verdict === 'reachable' : verdict === 'broken'
}

/** A session to each node that is read. */
class Sessions {
  private readonly means: Means
  private readonly watch: Watch
  private readonly told: WatchOptions['told']
  private readonly signal: AbortSignal
  private readonly open = new Map<string, { subject: string; end: AbortController }>()
  private readonly running = new Set<Promise<void>>()

  constructor(means: Means, watch: Watch, told: WatchOptions['told'], signal: AbortSignal) {
    this.means = means
    this.watch = watch
    this.told = told
    this.signal = signal
  }

  /** Follows these nodes and no others; a session whose script would be another one is begun anew. */
  follow({ nodes, wanted, report }: Seen): void {
    const { endpoints: _, podAddresses: __, ...entries } = wanted
    const subject = JSON.stringify(entries)
    const kept = new Set(nodes.map(({ name }) => name))
    for (const [name, session] of this.open) {
      if (kept.has(name) && session.subject === subject) continue
      session.end.abort()
      this.open.delete(name)
    }
    for (const node of nodes) {
      if (this.open.has(node.name)) continue
      const end = new AbortController()
      this.open.set(node.name, { subject, end })
      const { name } = node
      const at = () => this.means.now().getTime()
      this.watch.node(name, at())
      const hooks = {
        heard: (message: Parameters<Watch['heard']>[2]) => this.told(this.watch.heard(at(), name, message)),
        lost: (reason: string) => this.told(this.watch.lost(at(), name, reason)),
      }
      const signal = AbortSignal.any([this.signal, end.signal])
      const openMs = this.means.reach.nodeTimeoutMs
      const serves = report.nodes.find((one) => one.name === name) ?? null
      const session = keepSession(this.means, node, wanted, hooks, { signal, openMs, serves })
      this.running.add(session)
      session.finally(() => this.running.delete(session))
    }
  }

  async closed(): Promise<void> {
    await Promise.all(this.running)
  }
}
