import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { archive, type CapturedFile, writeCapture } from '../capture/write.ts'
import type { LiveLook } from './look.ts'

/**
 * Writes what was seen as a capture; tells where, in words for stderr. `path` null: a name made of what was asked; `-`: stdout. `redacted` may be the key by
 * which several captures get the same names.
 */
export async function saveCapture(
  look: { files: LiveLook['files']; manifest: Pick<LiveLook['manifest'], 'observedAt' | 'asked'> },
  { path, force, redacted }: { path: string | null; force: boolean; redacted: boolean | Buffer },
  stdout: Writable,
): Promise<string> {
  const { manifest } = look
  const takenAt = new Date(manifest.observedAt)
  const files = redacted ? await redactedFiles(look.files, redacted) : look.files
  const asked = redacted ? 'redacted' : manifest.asked
  const folder = captureName(asked, takenAt)
  if (path === '-') {
    await pipeline(archive(folder, files, takenAt), createGzip(), stdout, { end: false })
    return `${files.length} files written to standard output`
  }
  const target = path ?? `${folder}.tgz`
  await writeCapture(target, folder, files, { force, takenAt })
  const what = asked.includes('/') ? `kubectl svcpath ${asked} -f ${target}` : `kubectl svcpath -f ${target}`
  return `${target}: ${files.length} files; trace it with: ${what}`
}

async function redactedFiles(files: readonly CapturedFile[], how: true | Buffer): Promise<CapturedFile[]> {
  const { redact } = await import('../redact/redact.ts')
  return how === true ? redact(files) : redact(files, how)
}

/** `svcpath-shop-web-20261124T105900Z` */
export const captureName = (asked: string, takenAt: Date): string => `svcpath-${plain(asked)}-${stamp(takenAt)}`

const plain = (text: string): string => text.replaceAll(/[^a-zA-Z0-9]+/g, '-')

/** `20261124T105900Z` */
export const stamp = (time: Date): string => time.toISOString().replaceAll(/[-:]|\.\d+/g, '')
