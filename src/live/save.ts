import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { archive, writeCapture } from '../capture/write.ts'
import type { LiveLook } from './look.ts'

/** Writes what was seen as a capture; tells where, in words for stderr. `path` null: a name made of what was asked; `-`: stdout. */
export async function saveCapture(
  { files, manifest }: LiveLook,
  { path, force }: { path: string | null; force: boolean },
): Promise<string> {
  const takenAt = new Date(manifest.observedAt)
  const folder = `svcpath-${plain(manifest.asked)}-${stamp(takenAt)}`
  if (path === '-') {
    await pipeline(archive(folder, files, takenAt), createGzip(), process.stdout, { end: false })
    return `${files.length} files written to standard output`
  }
  const target = path ?? `${folder}.tgz`
  await writeCapture(target, folder, files, { force, takenAt })
  const what = manifest.asked.includes('/')
    ? `kubectl svcpath ${manifest.asked} -f ${target}`
    : `kubectl svcpath -f ${target}`
  return `${target}: ${files.length} files; trace it with: ${what}`
}

const plain = (text: string): string => text.replaceAll(/[^a-zA-Z0-9]+/g, '-')

/** `20261124T105900Z` */
const stamp = (time: Date): string => time.toISOString().replaceAll(/[-:]|\.\d+/g, '')
