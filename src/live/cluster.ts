import { setTimeout as sleep } from 'node:timers/promises'
import type { Ask, Prober, Sight } from '../ask/source.ts'
import type { ReachOptions } from '../flags/reach.ts'
import type { KubeOptions } from '../kube/api.ts'
import { connect } from '../kube/client.ts'
import { surroundingsOf } from '../kube/surroundings.ts'
import type { Io } from '../model/io.ts'
import { CommonObjects } from '../resolve/common.ts'
import { waitForNodes } from './converge.ts'
import { countersAgain } from './counters-again.ts'
import { HungProxies } from './hung-proxies.ts'
import { type Interrupt, watchInterrupts } from './interrupt.ts'
import { KeptNodes } from './kept-nodes.ts'
import { type LiveLook, look } from './look.ts'
import { namedPod, probeNodes, runningPods } from './probe.ts'
import { Progress } from './progress.ts'
import { settled } from './second-look.ts'
import { SilentNodes } from './silent-nodes.ts'
import type { WatchOptions } from './watch/run.ts'
import { WatchedApi } from './watched-api.ts'
import { type OpenWay, openWay } from './ways.ts'

/** How to look. */
export interface LiveOptions {
  kube: KubeOptions
  reach: ReachOptions
  quiet: boolean
  /** Say what each phase and each node took. */
  timeline?: boolean
  /** Keep the text of all that is read, for a capture. */
  keepFiles?: boolean
}

/** A cluster that is looked at, once or again and again over the same ways onto its nodes. */
export interface LiveCluster extends Sight {
  look(ask: Ask): Promise<LiveLook>
  grown(look: LiveLook): Promise<LiveLook | null>
  readonly prober: Prober
  /** Watches one Service until that is over. */
  watch(options: WatchOptions): Promise<void>
  /** Waits; throws when the run is interrupted. */
  pause(milliseconds: number): Promise<void>
  /** A line that stays on stderr. */
  say(words: string): void
  warn(words: string): void
}

/** However the work ends, by an error or a signal too, what it made on the cluster is removed first. */
export async function withCluster<T>(
  options: LiveOptions,
  io: Io,
  work: (cluster: LiveCluster) => Promise<T>,
): Promise<T> {
  const progress = new Progress(io.stderr, options.quiet, options.timeline === true)
  let open: OpenWay | null = null
  const watched = new WatchedApi()
  const interrupt = watchInterrupts(io.stderr, () => open?.removeCommand() ?? null)
  const { signal } = interrupt
  try {
    const api = await connect(options.kube, surroundingsOf(io))
    open = await openWay(options.reach, api, progress, io)
    const { way } = open
    const pace = {
      progress,
      pause: (milliseconds: number) => sleep(milliseconds, undefined, { signal }),
    }
    const remembered = {
      ...{ hung: new HungProxies(), silent: new SilentNodes() },
      ...{ common: new CommonObjects(), kept: new KeptNodes(), watched },
    }
    const keepFiles = options.keepFiles ?? false
    const means = { api, way, reach: options.reach, progress, signal, ...remembered, keepFiles, now: io.now }
    const cluster: LiveCluster = {
      look: (ask) => look(means, ask),
      grown: (seen) => countersAgain(means, pace, seen),
      settled: (judge) => settled(pace, judge),
      converged: async (limitMs, nodes, expected) => {
        const behind = await waitForNodes(pace, limitMs, nodes, expected)
        if (behind.length > 0) progress.warn(`after ${limitMs / 1000} s not converged: ${behind.join(', ')}`)
        return behind
      },
      prober: {
        probe: (requests) => probeNodes(means, requests),
        runningPods: (nodes) => runningPods(means, nodes),
        namedPod: (namespace, name) => namedPod(means, namespace, name),
        say: (words) => progress.say(words),
      },
      save: async (seen, path, redacted) =>
        (await import('./save.ts')).saveCapture(seen as LiveLook, { path, force: true, redacted }, io.stdout),
      watch: async (watching) => (await import('./watch/run.ts')).runWatch(means, watching),
      pause: pace.pause,
      say: (words) => progress.say(words),
      warn: (words) => progress.warn(words),
      done: () => progress.done(),
    }
    return await orInterrupted(interrupt, work(cluster))
  } finally {
    progress.done()
    watched.stop()
    await open?.way.close()
    interrupt.stop()
  }
}

/** Whatever does not heed the signal is not waited for. */
function orInterrupted<T>({ signal }: Interrupt, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason)
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave))
  })
}
