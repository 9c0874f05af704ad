import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { type Pack, pack } from 'tar-stream'
import { SvcpathError, systemReason } from '../model/errors.ts'

/** A file of a capture: its path in it, and its text. */
export interface CapturedFile {
  path: string
  text: string
}

/**
 * Writes a capture as `.tgz` with one top folder. The file stands there whole or not at all, readable by its owner only, since it holds the
 * addresses of a cluster. Throws where it exists already and `force` is false, or cannot be written.
 */
export async function writeCapture(
  path: string,
  folder: string,
  files: readonly CapturedFile[],
  { force, takenAt }: { force: boolean; takenAt: Date },
): Promise<void> {
  const partial = join(dirname(path), `.svcpath-${randomBytes(6).toString('hex')}.partial`)
  try {
    if (!force) await refuseExisting(path)
    const file = await open(partial, 'wx', 0o600)
    await pipeline(archive(folder, files, takenAt), createGzip(), file.createWriteStream())
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    if (error instanceof SvcpathError) throw error
    throw new SvcpathError(`cannot write ${path}: ${systemReason(error)}`, { cause: error })
  }
}

async function refuseExisting(path: string): Promise<void> {
  const there = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (!there) return
  await there.close()
  throw new SvcpathError(`${path} exists already`, {
    exitCode: 2,
    hint: 'name another file, or overwrite it with --force',
  })
}

/** The same files and time give the same bytes. */
export function archive(folder: string, files: readonly CapturedFile[], takenAt: Date): Pack {
  const tar = pack()
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1))
  for (const { path, text } of sorted) tar.entry({ name: `${folder}/${path}`, mode: 0o600, mtime: takenAt }, text)
  tar.finalize()
  return tar
}
