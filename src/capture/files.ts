/** Files that were found, before their place in the capture is settled; and single files, on disk or in memory. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs'

export interface Found {
  /** Its place in the folder or archive, slash-separated, as it stands there. */
  name: string
  /** Bytes as stored, which for a `.gz` is packed. */
  size: number
  /** The bytes as stored; throws where the file can no longer be read. */
  bytes(): Buffer
}

/** A regular file, read when its bytes are asked for. `path` is free of links: a link put in its place is not followed. */
export function fileOnDisk(path: string, name: string, size: number, limit: number): Found {
  return { name, size, bytes: () => readRegular(path, limit) }
}

export const fileInMemory = (name: string, content: Buffer): Found => ({
  name,
  size: content.length,
  bytes: () => content,
})

/** What stood there as a file when it was listed may be something else by now: a pipe would block, and never end. */
function readRegular(path: string, limit: number): Buffer {
  // Windows has neither flag.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const descriptor = openSync(path, flags)
  try {
    const stats = fstatSync(descriptor)
    if (!stats.isFile()) throw new Error('it is no longer a regular file')
    if (stats.size > limit) throw new Error('it has grown too large')
    return readFileSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
