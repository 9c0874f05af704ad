/** `capture`: what a trace would read, written down to be traced later. */
import { checkNamespace } from '../ask/choose.ts'
import { type LiveOptions, withCluster } from '../live/cluster.ts'
import { saveCapture } from '../live/save.ts'
import { usageError } from '../model/errors.ts'
import type { Io } from '../model/io.ts'
import { printable, printableLines } from '../model/printable.ts'
import { captureRing, checkRing, type RingWords } from './capture-ring.ts'

export interface CaptureWords {
  /** As a person writes it; null: everything. */
  service: string | null
  namespace: string | null
  everywhere: boolean
  from: string | null
  dns: boolean
  /** The file; `-` is standard output, null a name made of what was asked. */
  output: string | null
  force: boolean
  redact: boolean
  /** A capture that exists, to be redacted; null: the cluster. */
  file: string | null
  /** One capture after the other; null: one. */
  ring: RingWords | null
  live: LiveOptions
}

/** Resolves to the exit code: 0 everything was collected, 4 something was not. */
export async function captureVerb(words: CaptureWords, io: Io): Promise<number> {
  const { service, namespace, everywhere, from, dns, output, force, redact, live } = words
  if (words.ring !== null) checkRing(words.ring, words)
  if (words.file !== null) return redactAgain(words.file, words, io)
  if (service === null && !everywhere)
    throw usageError('which service?', 'name one, or save everything with -A; see kubectl svcpath capture --help')
  if (service !== null) checkNamespace(service, namespace)
  if (output === '-' && io.stdout.isTTY)
    throw usageError('a capture is binary: it cannot go to a terminal', 'redirect it, or name a file with -o FILE')
  const ask = { service, namespace, from, everywhere, dns, parts: 'all' } as const
  if (words.ring !== null) return captureRing(ask, { ...words.ring, output, redact, live }, io)
  const look = await withCluster({ ...live, keepFiles: true }, io, async (cluster) => {
    const seen = await cluster.look(ask)
    return (await cluster.grown(seen)) ?? seen
  })
  const where = await saveCapture(look, { path: output, force, redacted: redact }, io.stdout)
  if (!live.quiet) io.stderr.write(`${printable(where)}\n`)
  return look.partial ? 4 : 0
}

/** Redacts a capture that exists, whole. */
async function redactAgain(file: string, words: CaptureWords, io: Io): Promise<number> {
  const { service, everywhere, namespace, output, force, redact, live } = words
  if (words.ring !== null) throw usageError('--every captures a cluster', 'leave -f out')
  if (!redact) throw usageError('-f is for --redact: capture reads the cluster', 'add --redact, or leave -f out')
  if (service !== null || everywhere || namespace !== null)
    throw usageError('a capture that exists is redacted whole', 'leave the service, -n and -A out')
  if (output === '-' && io.stdout.isTTY)
    throw usageError('a capture is binary: it cannot go to a terminal', 'redirect it, or name a file with -o FILE')
  const { redactRecorded } = await import('../redact/recorded.ts')
  const { files, observedAt, leftOut } = await redactRecorded(file, () => io.stdin)
  const manifest = { observedAt: observedAt ?? io.now().toISOString(), asked: 'redacted' }
  const where = await saveCapture({ files, manifest }, { path: output, force, redacted: false }, io.stdout)
  const rest =
    leftOut > 0 ? `\n${leftOut} ${leftOut === 1 ? 'file is' : 'files are'} left out: what they hold is not known` : ''
  if (!live.quiet) io.stderr.write(`${printableLines(`${where}${rest}`)}\n`)
  return 0
}
