/** A ring of captures: one after the other, and of those that this run wrote the oldest removed. */
import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import { SvcpathError } from '../model/errors.ts'
import type { LiveCluster } from './cluster.ts'
import type { LiveLook } from './look.ts'
import { captureName, saveCapture, stamp } from './save.ts'

export interface RingOptions {
  everyMs: number
  /** How many captures stay. */
  keep: number
  /** Null: until the run is interrupted. */
  forMs: number | null
  /** `-o`: the names begin with it; null: with what was asked for. */
  prefix: string | null
  redact: boolean
}

/** What a run made, also where it was interrupted. */
export interface Ring {
  written: number
  /** The files that are there, the oldest first. */
  files: string[]
  /** Something could not be read, or a capture not be written. */
  partial: boolean
  /** Resolves once what is being written is written, or given up. */
  settled(): Promise<unknown>
}

export function newRing(): Ring {
  return { written: 0, files: [], partial: false, settled: () => Promise.resolve() }
}

/** Looks and writes until the time is over. The first look must succeed; a later one that fails is warned of. */
export async function fillRing(
  ring: Ring,
  cluster: Pick<LiveCluster, 'pause' | 'say' | 'warn'>,
  take: () => Promise<LiveLook>,
  { everyMs, keep, forMs, prefix, redact }: RingOptions,
  stdout: Writable,
): Promise<void> {
  const start = performance.now()
  const key = redact ? randomBytes(32) : null
  for (let round = 1; ; round++) {
    try {
      const look = await take()
      const work = writeNext(ring, look, { prefix, key, keep }, stdout)
      ring.settled = () => work.catch(() => {})
      cluster.say(await work)
    } catch (error) {
      if (round === 1 || !(error instanceof SvcpathError) || error.exitCode === 130) throw error
      ring.partial = true
      cluster.warn(`round ${round}: ${error.message}; the next one follows as planned`)
    }
    // A look that takes longer than the time between two is followed by the next one at once.
    const next = Math.max(start + round * everyMs, performance.now())
    if (forMs !== null && next > start + forMs) return
    await cluster.pause(next - performance.now())
  }
}

async function writeNext(
  ring: Ring,
  look: LiveLook,
  { prefix, key, keep }: { prefix: string | null; key: Buffer | null; keep: number },
  stdout: Writable,
): Promise<string> {
  const { asked, observedAt } = look.manifest
  const takenAt = new Date(observedAt)
  const name = prefix === null ? captureName(key ? 'redacted' : asked, takenAt) : `${prefix}-${stamp(takenAt)}`
  const path = `${name}.tgz`
  // What another run wrote is never overwritten.
  await saveCapture(look, { path, force: false, redacted: key ?? false }, stdout)
  ring.written += 1
  ring.partial ||= look.partial
  ring.files.push(path)
  while (ring.files.length > keep) await rm(ring.files.shift()!, { force: true })
  return `${path} written`
}
