/** From what a person named on the command line to files with text. */
import { closeSync, createReadStream, openSync, readFileSync, readSync, realpathSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pipeline, Readable } from 'node:stream'
import { constants, createGunzip } from 'node:zlib'
import type { Problem } from '../model/rules.ts'
import { CaptureError, reasonOf } from './error.ts'
import { type Found, fileInMemory, fileOnDisk } from './files.ts'
import { readFolder } from './folder.ts'
import { defaultLimits, formatBytes, type Limits, Reading } from './limits.ts'
import { HEAD_BYTES, kindOf } from './sniff.ts'
import { type SourceFile, toSources } from './source.ts'
import { readTarball } from './tarball.ts'
import { gunzipWhole } from './text.ts'

export { CaptureError } from './error.ts'
export type { SourceFile } from './source.ts'

/**
 * Reads folders, tar archives (also in gzip), plain files (also in gzip), and `-` for standard input, which may be any
 * of these but a folder; each is told by its content. Nothing is written to disk. `problems` also takes what `text()`
 * finds later, once for each file. Throws a CaptureError where something named cannot be read at all.
 */
export async function readSources(
  paths: readonly string[],
  stdin: () => AsyncIterable<Uint8Array>,
  limits: Limits = defaultLimits,
): Promise<{ entries: SourceFile[]; problems: Problem[] }> {
  if (paths.filter((path) => path === '-').length > 1) {
    throw new CaptureError('Standard input (-) is named twice, but can be read only once. Name it once.')
  }
  const reading = new Reading(limits)
  const entries: SourceFile[] = []
  for (const origin of paths) {
    const contents = await readOrigin(origin, stdin, reading)
    entries.push(...toSources(contents.found, contents.kind === 'archive', origin, reading))
  }
  return { entries, problems: reading.problems }
}

interface Contents {
  kind: 'folder' | 'archive' | 'file'
  found: Found[]
}

async function readOrigin(origin: string, stdin: () => AsyncIterable<Uint8Array>, reading: Reading): Promise<Contents> {
  try {
    return origin === '-' ? await readStream(stdin(), 'stdin', reading) : await readPath(origin, reading)
  } catch (error) {
    if (error instanceof CaptureError) throw error
    if (origin === '-') throw new CaptureError(`Cannot read standard input: ${reasonOf(error)}.`, { cause: error })
    const advice = 'Check the path, and that you may read it.'
    if (/^https?:\/\//i.test(origin))
      throw new CaptureError(`Cannot read ${origin}: svcpath reads files. Download it first.`, { cause: error })
    throw new CaptureError(`Cannot read ${origin}: ${reasonOf(error)}. ${advice}`, { cause: error })
  }
}

async function readPath(origin: string, reading: Reading): Promise<Contents> {
  const stats = statSync(origin)
  if (stats.isDirectory()) return { kind: 'folder', found: notOfCaptures(readFolder(origin, reading), origin) }
  // Anything but a file is a pipe, as of `<(ssh node iptables-save)`, which gives its bytes only once.
  if (!stats.isFile()) return readStream(createReadStream(origin), origin, reading)
  const kind = kindOf(headOf(origin))
  if (kind !== 'file') return readArchive(bytesOf(origin, stats.size), kind, origin, reading)
  const limit = reading.limits.fileBytes
  return singleFile(fileOnDisk(realpathSync(origin), basename(origin), stats.size, limit), origin, reading)
}

/** A folder that holds nothing but captures is none itself. */
function notOfCaptures(found: Found[], origin: string): Found[] {
  if (found.length === 0 || found.some(({ name }) => name.includes('/'))) return found
  for (const { name } of found) if (kindOf(headOf(join(origin, name))) === 'file') return found
  const [first] = found
  const count = found.length === 1 ? 'one capture' : `${found.length} captures`
  throw new CaptureError(`The folder ${origin} holds ${count}: name one of them.`, {
    hint: `-f ${join(origin, first!.name)}`,
  })
}

function headOf(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    const buffer = Buffer.alloc(HEAD_BYTES)
    return buffer.subarray(0, readSync(file, buffer, 0, HEAD_BYTES, 0))
  } finally {
    closeSync(file)
  }
}

/** What comes as a stream is read at once: an archive into its files, anything else into memory as it is. */
async function readStream(source: AsyncIterable<Uint8Array>, origin: string, reading: Reading): Promise<Contents> {
  const { head, chunks } = await peek(source)
  const kind = kindOf(head)
  if (kind !== 'file') return readArchive(chunks, kind, origin, reading)
  return singleFile(fileInMemory(basename(origin), await collect(chunks, reading.limits.fileBytes)), origin, reading)
}

/** A file of a usual size at once, which a stream takes several times as long for. */
const bytesOf = (path: string, size: number): Buffer | AsyncIterable<Buffer> =>
  size <= AT_ONCE ? readFileSync(path) : createReadStream(path)

/** No more than this is held of an archive beside what is kept of it. */
const AT_ONCE = 64 * 1024 ** 2

async function readArchive(
  content: Buffer | AsyncIterable<Buffer>,
  kind: 'tar' | 'tgz',
  origin: string,
  reading: Reading,
): Promise<Contents> {
  const whole = !Buffer.isBuffer(content) ? null : kind === 'tar' ? content : gunzipWhole(content, AT_ONCE)
  if (whole && whole.length <= reading.remaining)
    return { kind: 'archive', found: await readTarball([whole], origin, reading) }
  return readChunks(Buffer.isBuffer(content) ? Readable.from([content]) : content, kind, origin, reading)
}

/** What was too large, damaged or cut short comes in chunks: those before the fault are read. */
async function readChunks(
  chunks: AsyncIterable<Buffer>,
  kind: 'tar' | 'tgz',
  origin: string,
  reading: Reading,
): Promise<Contents> {
  // A gzip that was cut short just ends: what then misses its end is the archive in it, which says so.
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: 64 * 1024 })
  // A fault of either stream reaches whoever reads from the second.
  const unpacked = kind === 'tgz' ? pipeline(chunks, gunzip, () => {}) : chunks
  return { kind: 'archive', found: await readTarball(unpacked, origin, reading) }
}

function singleFile(file: Found, origin: string, reading: Reading): Contents {
  const limit = reading.limits.fileBytes
  if (file.size <= limit) return { kind: 'file', found: [file] }
  reading.problem(origin, `this is larger than ${formatBytes(limit)}; it is not read`)
  return { kind: 'file', found: [] }
}

/** The first bytes of a stream, and all of it, these included. */
async function peek(source: AsyncIterable<Uint8Array>): Promise<{ head: Buffer; chunks: AsyncIterable<Buffer> }> {
  const iterator = source[Symbol.asyncIterator]()
  let head: Buffer = Buffer.alloc(0)
  let done = false
  while (head.length < HEAD_BYTES && !done) {
    const next = await iterator.next()
    done = next.done === true
    if (!done) head = Buffer.concat([head, next.value])
  }
  return { head, chunks: continued(head, iterator) }
}

async function* continued(head: Buffer, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Buffer> {
  try {
    yield head
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield asBuffer(next.value)
  } finally {
    await iterator.return?.()
  }
}

/** The same bytes, not a copy. */
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** The whole stream; of one that is longer than `limit`, a little more than that. */
async function collect(chunks: AsyncIterable<Buffer>, limit: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of chunks) {
    parts.push(part)
    length += part.length
    if (length > limit) break
  }
  return Buffer.concat(parts)
}
