/** From the bytes of a file to its text: gzip, byte order marks, and what is no text at all. */
import { constants, gunzipSync } from 'node:zlib'
import { formatBytes, type Reading } from './limits.ts'

/**
 * The text of a file, which is unpacked first where it starts as gzip does. UTF-8, or UTF-16 with its byte order mark,
 * which is taken off. '' with a problem for what is no text or too large; a gzip that was cut short gives what it holds,
 * with a problem.
 */
export function textOf(bytes: Buffer, file: string, reading: Reading): string {
  const content = isGzip(bytes) ? gunzip(bytes, file, reading) : bytes
  if (content === null) return ''
  if (content.length >= 2 && content[0] === 0xff && content[1] === 0xfe) return content.toString('utf16le', 2)
  if (content.length >= 2 && content[0] === 0xfe && content[1] === 0xff) return bigEndian(content.subarray(2))
  if (content.includes(0)) {
    reading.problem(file, `binary data${formatOf(content)}`)
    return ''
  }
  const start = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf ? 3 : 0
  return content.toString('utf8', start)
}

/** RFC 1952: two bytes of magic, and 8 for deflate, the only method there is. */
export const isGzip = (bytes: Buffer): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8

function gunzip(bytes: Buffer, file: string, reading: Reading): Buffer | null {
  const limit = reading.remaining
  // zlib stops as soon as it has put out more than this, so a bomb costs no more than the limit.
  const options = { maxOutputLength: Math.max(1, limit), chunkSize: Math.min(chunkFor(bytes), Math.max(64, limit)) }
  try {
    return counted(gunzipSync(bytes, options), reading)
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      reading.problem(
        file,
        `unpacked, this is larger than the ${formatBytes(limit)} that are left to it; it is not read`,
      )
      return null
    }
    if (code !== 'Z_BUF_ERROR') {
      reading.problem(file, `this gzip file is damaged (${message}); it is not read`)
      return null
    }
  }
  reading.problem(file, 'this gzip file is cut short; what is there was read')
  return counted(gunzipSync(bytes, { ...options, finishFlush: constants.Z_SYNC_FLUSH }), reading)
}

/** What is packed, in one piece; null where it is damaged, cut short, or larger than `most`. */
export function gunzipWhole(bytes: Buffer, most: number): Buffer | null {
  try {
    return gunzipSync(bytes, { maxOutputLength: most, chunkSize: chunkFor(bytes) })
  } catch {
    return null
  }
}

/** What the file's end says of its size, so that nothing has to be put together: RFC 1952's ISIZE, of which no more is believed than deflate can pack. */
function chunkFor(bytes: Buffer): number {
  const told = bytes.length < 18 ? 0 : bytes.readUInt32LE(bytes.length - 4)
  // One more byte: zlib asks for room until there is some left.
  return Math.max(64 * 1024, Math.min(told + 1, bytes.length * MOST_PACKED, 256 * 1024 * 1024))
}

/** Deflate's best ratio is some 1032 to 1. */
const MOST_PACKED = 1032

function counted(content: Buffer, reading: Reading): Buffer {
  reading.unpack(content.length)
  return content
}

/** `swap16` wants whole pairs, and works in place, on bytes that others may hold. */
const bigEndian = (bytes: Buffer): string =>
  Buffer.from(bytes.subarray(0, bytes.length & ~1))
    .swap16()
    .toString('utf16le')

/** Archives that people try: they are named, so that it is clear what to do. */
function formatOf(bytes: Buffer): string {
  const format = FORMATS.find(([, magic]) => bytes.subarray(0, magic.length).equals(magic))
  if (format) return `, ${format[0]}: unpack it first`
  return bytes.subarray(257, 262).toString('latin1') === 'ustar' ? ', a tar archive: name it on its own' : ''
}

const FORMATS: [string, Buffer][] = [
  ['a zip archive', Buffer.from('PK\x03\x04', 'latin1')],
  ['an xz archive', Buffer.from('\xfd7zXZ\x00', 'latin1')],
  ['a zstd archive', Buffer.from('\x28\xb5\x2f\xfd', 'latin1')],
  ['a bzip2 archive', Buffer.from('BZh', 'latin1')],
  ['gzip in gzip', Buffer.from('\x1f\x8b', 'latin1')],
]
