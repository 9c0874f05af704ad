/** From what a person named on the command line to files with text. */
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { basename } from 'node:path'
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
    return origin === '-' ? await readStream(stdin(), 'stdin', null, reading) : await readPath(origin, reading)
  } catch (error) {
    if (origin === '-') throw new CaptureError(`Cannot read standard input: ${reasonOf(error)}.`, { cause: error })
    const advice = 'Check the path, and that you may read it.'
    throw new CaptureError(`Cannot read ${origin}: ${reasonOf(error)}. ${advice}`, { cause: error })
  }
}

async function readPath(origin: string, reading: Reading): Promise<Contents> {
  const stats = await stat(origin)
  if (stats.isDirectory()) return { kind: 'folder', found: await readFolder(origin, reading) }
  // Anything but a file is a pipe, as of `<(ssh node iptables-save)`, which gives its bytes only once.
  const file = stats.isFile()
    ? fileOnDisk(await realpath(origin), basename(origin), stats.size, reading.limits.fileBytes)
    : null
  return readStream(createReadStream(origin), origin, file, reading)
}

/** `file` is the same content as a file that can be read later; without it, the stream is kept in memory. */
async function readStream(
  source: AsyncIterable<Uint8Array>,
  origin: string,
  file: Found | null,
  reading: Reading,
): Promise<Contents> {
  const { head, chunks } = await peek(source)
  const kind = kindOf(head)
  if (kind === 'tar') return { kind: 'archive', found: await readTarball(chunks, origin, reading) }
  if (kind === 'tgz') return { kind: 'archive', found: await readTarball(gunzipped(chunks), origin, reading) }
  const limit = reading.limits.fileBytes
  const content = file ? null : await collect(chunks, limit)
  await chunks.return(undefined)
  const found = file ?? (content && fileInMemory(basename(origin), content))
  if (found && found.size <= limit) return { kind: 'file', found: [found] }
  reading.problem(origin, `this is larger than ${formatBytes(limit)}; it is not read`)
  return { kind: 'file', found: [] }
}

/** The first bytes of a stream, and all of it, these included. */
async function peek(source: AsyncIterable<Uint8Array>): Promise<{ head: Buffer; chunks: AsyncGenerator<Buffer> }> {
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

/** A gzip that was cut short just ends: what then misses its end is the archive in it, which says so. */
function gunzipped(chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: 64 * 1024 })
  // A fault of either reaches whoever reads from here.
  return pipeline(Readable.from(chunks), gunzip, () => {})
}

/** The whole stream, or null once it is longer than `limit`. */
async function collect(chunks: AsyncIterable<Buffer>, limit: number): Promise<Buffer | null> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of chunks) {
    length += part.length
    if (length > limit) return null
    parts.push(part)
  }
  return Buffer.concat(parts)
}
