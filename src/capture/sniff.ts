/** What a file is, by its first bytes: names lie. */
import { constants, gunzipSync } from 'node:zlib'
import { isGzip } from './text.ts'

/** How many of the first bytes are wanted: enough for gzip to give the 512 of a tar header. */
export const HEAD_BYTES = 4096

/** `tgz` is a tar archive in gzip; `file` anything else, also a file in gzip. */
export function kindOf(head: Buffer): 'tar' | 'tgz' | 'file' {
  if (isTarHeader(head)) return 'tar'
  return isGzip(head) && isTarHeader(startOfGzip(head)) ? 'tgz' : 'file'
}

/** The checksum at 148 is over the header with blanks in its place (POSIX ustar, and all tars before). */
function isTarHeader(head: Buffer): boolean {
  if (head.length < 512) return false
  let sum = 0
  for (let i = 0; i < 512; i++) sum += i >= 148 && i < 156 ? 32 : head[i]!
  return Number.parseInt(head.toString('latin1', 148, 156), 8) === sum
}

function startOfGzip(head: Buffer): Buffer {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return Buffer.alloc(0)
  }
}
