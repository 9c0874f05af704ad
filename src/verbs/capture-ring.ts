/** `capture --every`: captures until it is stopped, of which the last few are kept. */
import type { Ask } from '../ask/source.ts'
import { type LiveOptions, withCluster } from '../live/cluster.ts'
import { fillRing, newRing, type Ring } from '../live/ring.ts'
import { SvcpathError, usageError } from '../model/errors.ts'
import type { Io } from '../model/io.ts'
import { printable } from '../model/printable.ts'

/** What `--every`, `--keep` and `--for` say. */
export interface RingWords {
  everyMs: number
  keep: number
  forMs: number | null
}

const LEAST_MS = 1000

/** Throws where the words contradict each other. */
export function checkRing(
  { everyMs, keep }: RingWords,
  { output, force }: { output: string | null; force: boolean },
): void {
  if (everyMs < LEAST_MS)
    throw usageError('--every is at least one second', 'a look at a cluster takes about that long')
  if (!Number.isInteger(keep) || keep < 1)
    throw usageError(`--keep ${keep} is not a whole number of captures`, 'give 1 or more')
  if (output === '-') throw usageError('--every writes files', 'name their beginning with -o PREFIX, or leave -o out')
  if (force) throw usageError('--force is not for --every', 'each capture gets a name of its own, with the time in it')
}

/** Resolves to the exit code: 0 everything was collected, 4 something was not. Ctrl-C is how it ends. */
export async function captureRing(
  ask: Ask,
  words: RingWords & { output: string | null; redact: boolean; live: LiveOptions },
  io: Io,
): Promise<number> {
  const { everyMs, keep, forMs, output, redact, live } = words
  const ring = newRing()
  const prefix = output === null ? null : output.replace(/\.(tgz|tar\.gz)$/, '')
  try {
    await withCluster({ ...live, keepFiles: true }, io, (cluster) => {
      const take = async () => {
        const seen = await cluster.look(ask)
        return (await cluster.grown(seen)) ?? seen
      }
      return fillRing(ring, cluster, take, { everyMs, keep, forMs, prefix, redact }, io.stdout)
    })
  } catch (error) {
    const isStopped = error instanceof SvcpathError && error.exitCode === 130 && ring.written > 0
    if (!isStopped) throw error
  } finally {
    // What is being written is finished: no part of a file is left.
    await ring.settled()
  }
  if (!live.quiet) io.stderr.write(`${printable(summary(ring))}\n`)
  return ring.partial ? 4 : 0
}

function summary({ written, files }: Ring): string {
  const count = `${written} ${written === 1 ? 'capture' : 'captures'} written, ${files.length} kept`
  if (files.length < 2) return count
  return `${count}: ${files[0]} to ${files.at(-1)}; compare them with: kubectl svcpath diff ${files[0]} ${files.at(-1)}`
}
