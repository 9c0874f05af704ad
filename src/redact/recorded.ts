import { readManifest } from '../capture/manifest.ts'
import { readSources } from '../capture/read.ts'
import type { CapturedFile } from '../capture/write.ts'
import { SvcpathError, usageError } from '../model/errors.ts'
import { redact } from './redact.ts'

/** A capture that exists, redacted, and when it was taken; null where it does not say. */
export interface RedactedCapture {
  files: CapturedFile[]
  observedAt: string | null
  /** Files of which nothing is in it, as nobody knows what they hold. */
  leftOut: number
}

/** Throws where the path holds no capture, whose layout tells what each file is. */
export async function redactRecorded(path: string, stdin: () => AsyncIterable<Uint8Array>): Promise<RedactedCapture> {
  const { entries } = await readSources([path], stdin)
  const files = entries.map((entry) => ({ path: entry.path, text: entry.text() }))
  const manifest = files.map(({ path: name, text }) => (name === 'manifest.json' ? readManifest(text) : null))
  const found = manifest.find((one) => one !== null)
  if (found?.redacted) throw usageError(`${path} is redacted already`)
  const redacted = redact(files)
  if (!redacted.some(({ path: name }) => /^(api|nodes)\//.test(name)))
    throw new SvcpathError(`${path} is no capture that can be redacted`, {
      hint: 'only what kubectl svcpath capture wrote can be; of other text nobody knows which words are names',
    })
  return { files: redacted, observedAt: found?.observedAt ?? null, leftOut: files.length - redacted.length }
}
