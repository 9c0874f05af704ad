/** `watch`: a Service as its nodes, its endpoints and its connections are now, until it is stopped. */
import { checkNamespace } from '../ask/choose.ts'
import { type LiveOptions, withCluster } from '../live/cluster.ts'
import { SvcpathError, usageError } from '../model/errors.ts'
import { parseFrontQuery } from '../model/front/query.ts'
import type { Io } from '../model/io.ts'
import type { WatchEvent } from '../model/live/watch.ts'
import type { Verdict } from '../model/report.ts'
import type { WatchOutput } from '../render/outputs.ts'
import { type Look, terminal, wrap } from '../render/terminal.ts'
import { eventJson, shownLine } from '../render/watch/lines.ts'
import { screenLines } from '../render/watch/screen.ts'
import { viewOf } from '../watch/view.ts'
import type { Watch } from '../watch/watch.ts'
import { expectMuchWork } from './room.ts'
import { HeldErrors, Screen } from './watch-screen.ts'

export interface WatchWords {
  service: string | null
  /** Recordings, which do not change; null: the cluster. */
  files: readonly string[] | null
  namespace: string | null
  everywhere: boolean
  port: string | null
  from: string | null
  forMs: number | null
  until: 'reachable' | 'broken' | null
  live: LiveOptions
  /** Null: a screen on a terminal, lines in a pipe. */
  output: WatchOutput | null
}

/** Resolves to the exit code, by the last verdict. Ctrl-C is how it ends. */
export async function watchVerb(words: WatchWords, io: Io): Promise<number> {
  expectMuchWork()
  const { service, namespace, everywhere, from, port, forMs, until } = words
  if (words.files !== null)
    throw usageError('watch needs a cluster', 'what is recorded does not change; leave "watch" and trace it with -f')
  if (service === null) throw usageError('which service?', 'name one: kubectl svcpath watch web -n shop')
  if (parseFrontQuery(service) !== null)
    throw usageError(
      `watch takes a Service, not ${service}`,
      `kubectl svcpath ${service} shows the Services that it leads to`,
    )
  checkNamespace(service, namespace)
  const output = words.output ?? (io.stdout.isTTY ? 'screen' : 'lines')
  if (output === 'screen' && !io.stdout.isTTY)
    throw usageError('-o screen needs a terminal', 'use -o lines or -o json in a pipe')
  const shown = output === 'screen' ? new OnScreen(io) : new InLines(io, output)
  const { reach } = words.live
  const keepSeconds = forMs === null ? HOUR : Math.ceil(forMs / 1000) + SPARE
  const live = { ...words.live, reach: { ...reach, debug: { ...reach.debug, keepSeconds } } }
  const ask = { service, namespace, everywhere, from, dns: false, parts: 'all' as const }
  let watch: Watch | null = null
  try {
    // What is not its own property would be missing in a copy, and reading it would open standard input.
    const own = Object.create(io, { stderr: { value: shown.stderr } }) as Io
    await withCluster(live, own, (cluster) =>
      cluster.watch({
        ...{ ask, port, forMs, until },
        began: (one) => {
          watch = one
          shown.began(one)
        },
        told: (events) => shown.told(events),
      }),
    )
  } catch (error) {
    const isStopped = error instanceof SvcpathError && error.exitCode === 130 && watch !== null
    if (!isStopped) throw error
  } finally {
    shown.ended()
  }
  return exitCode(watch)
}

/** A debug pod ends by itself then, whatever becomes of this run; where it is still needed, another one is made. */
const HOUR = 3600
const SPARE = 120

function exitCode(watch: Watch | null): number {
  const verdict: Verdict = watch?.verdict ?? 'unknown'
  if (verdict === 'reachable') return 0
  return verdict === 'unknown' ? 4 : 3
}

/** One event a line. */
class InLines {
  readonly stderr: Io['stderr']
  private readonly io: Io
  private readonly line: (event: WatchEvent) => string
  private watch: Watch | null = null

  constructor(io: Io, output: 'lines' | 'json') {
    this.io = io
    this.stderr = io.stderr
    const look = terminal(io.stdout, io.env)
    this.line = output === 'json' ? eventJson : (event) => shownLine(event, look)
  }

  began(watch: Watch): void {
    this.watch = watch
  }

  told(events: readonly WatchEvent[]): void {
    this.io.stdout.write(events.map((event) => `${this.line(event)}\n`).join(''))
  }

  ended(): void {
    if (this.watch) this.told([this.watch.summary(this.io.now().getTime())])
  }
}

/** Of what happened last so much is kept for the screen. */
const MOST_EVENTS = 200
const MOST_NOTES = 3
const DRAW_MS = 250

class OnScreen {
  readonly stderr: Io['stderr']
  private readonly io: Io
  private readonly errors: HeldErrors
  private readonly events: WatchEvent[] = []
  private readonly notes: string[] = []
  private running: { watch: Watch; screen: Screen; timer: NodeJS.Timeout } | null = null

  constructor(io: Io) {
    this.io = io
    this.errors = new HeldErrors(io.stderr)
    this.stderr = this.errors.stream
  }

  began(watch: Watch): void {
    this.errors.hold((line) => {
      this.notes.push(line)
      this.notes.splice(0, this.notes.length - MOST_NOTES)
    })
    const screen = new Screen(this.io.stdout, () => this.draw())
    this.running = { watch, screen, timer: setInterval(() => this.draw(), DRAW_MS) }
  }

  told(events: readonly WatchEvent[]): void {
    // Connections are counted above.
    this.events.push(...events.filter(({ event }) => event !== 'connections'))
    this.events.splice(0, this.events.length - MOST_EVENTS)
  }

  ended(): void {
    this.errors.hold(null)
    if (!this.running) return
    const { watch, screen, timer } = this.running
    clearInterval(timer)
    this.draw()
    screen.end()
    const summary = shownLine(watch.summary(this.io.now().getTime()), this.look)
    this.io.stdout.write(`${wrap(summary, screen.size.width).join('\n')}\n`)
  }

  private draw(): void {
    if (!this.running) return
    const { watch, screen } = this.running
    const view = viewOf(watch, this.io.now().getTime())
    if (view === null) return
    const look = { ...this.look, ...screen.size }
    screen.draw(screenLines(view, this.events, this.notes, look))
  }

  private get look(): Look {
    return terminal(this.io.stdout, this.io.env)
  }
}
