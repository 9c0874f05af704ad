/** `capture`: what a trace would read, written down to be traced later. */
import { checkNamespace } from '../ask/choose.ts'
import { type LiveOptions, withCluster } from '../live/cluster.ts'
import { saveCapture } from '../live/save.ts'
import { usageError } from '../model/errors.ts'
import type { Io } from '../model/io.ts'
import { printable } from '../model/printable.ts'

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
  live: LiveOptions
}

/** Resolves to the exit code: 0 everything was collected, 4 something was not. */
export async function captureVerb(words: CaptureWords, io: Io): Promise<number> {
  const { service, namespace, everywhere, from, dns, output, force, redact, live } = words
  if (service === null && !everywhere)
    throw usageError('which service?', 'name one, or save everything with -A; see kubectl svcpath capture --help')
  if (service !== null) checkNamespace(service, namespace)
  if (output === '-' && io.stdout.isTTY)
    throw usageError('a capture is no text for a terminal', 'redirect it, or name a file with -o FILE')
  const look = await withCluster(live, io, (cluster) =>
    cluster.look({ service, namespace, from, everywhere, dns, parts: 'all' }),
  )
  const where = await saveCapture(look, { path: output, force, redacted: redact }, io.stdout)
  if (!live.quiet) io.stderr.write(`${printable(where)}\n`)
  return look.partial ? 4 : 0
}
