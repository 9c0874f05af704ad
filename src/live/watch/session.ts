import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { followScript, type Serves } from '../../collect/follow/script.ts'
import type { Node } from '../../model/cluster.ts'
import type { WantedService } from '../../model/request.ts'
import { ReachError } from '../../reach/way.ts'
import { type NodeMessage, StreamReader } from '../../watch/stream.ts'
import type { Means } from '../look.ts'

/** The first pause before a session is begun again, and the longest. */
const [FIRST_PAUSE_MS, LAST_PAUSE_MS] = [500, 10_000]

/** A session that lasted so long was a good one. */
const GOOD_MS = 10_000

export interface SessionHooks {
  heard(message: NodeMessage): void
  lost(reason: string): void
}

/** Keeps one session to a node open until the signal aborts: one that breaks off is begun again. Never throws. */
export async function keepSession(
  { way, progress }: Pick<Means, 'way' | 'progress'>,
  node: Node,
  service: WantedService,
  { heard, lost }: SessionHooks,
  { signal, openMs, serves }: { signal: AbortSignal; openMs: number; serves: Serves | null },
): Promise<void> {
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(LAST_PAUSE_MS, pauseMs * 2)) {
    const frame = randomBytes(4).toString('hex')
    const reader = new StreamReader(frame)
    const began = performance.now()
    const options = {
      times: { openMs, beatMs: 1000, silenceMs: 10_000 },
      signal,
      say: (words: string) => progress.say(`${node.name}: ${words}`),
      onOutput: (bytes: Buffer) => {
        if (!signal.aborted) for (const message of reader.take(bytes)) heard(message)
      },
    }
    let reason: string
    try {
      if (!way.follow) throw new ReachError(`--via ${way.name} cannot follow a node`)
      const { stderr, exitCode } = await way.follow(node, followScript(service, frame, serves), options)
      const last = stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? ''
      reason = `the script ended (exit code ${exitCode ?? 'unknown'})${last === '' ? '' : `: ${last}`}`
    } catch (error) {
      reason = (error as Error).message
    }
    if (signal.aborted) return
    lost(reason)
    if (performance.now() - began > GOOD_MS) pauseMs = FIRST_PAUSE_MS
    await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
  }
}
