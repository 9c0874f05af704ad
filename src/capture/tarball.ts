/** A capture in a tar archive, unpacked in memory: nothing is ever written to disk. */
import { extract as createExtract, type ExtractEvents, type Header } from 'tar-stream'
import { type Found, fileInMemory } from './files.ts'
import { formatBytes, type Reading } from './limits.ts'
import { isClutter, refusalOf, shown } from './name.ts'

/**
 * The files of a tar archive that comes in chunks. Links, devices and names that lead elsewhere are refused, each with
 * a problem; reading ends with a problem where a limit is reached or the archive is damaged or cut short, and what came
 * before is kept, of a file that was cut its start. Never throws.
 */
export async function readTarball(
  chunks: AsyncIterable<Buffer> | Iterable<Buffer>,
  origin: string,
  reading: Reading,
): Promise<Found[]> {
  const unpacking = new Unpacking(origin, reading)
  try {
    for await (const chunk of chunks) {
      if (!(await unpacking.write(chunk))) break
    }
  } catch (error) {
    unpacking.fail(`is damaged: ${(error as Error).message}; what came before was read`)
  }
  return unpacking.finish()
}

class Unpacking {
  readonly #origin: string
  readonly #reading: Reading
  readonly #found: Found[] = []
  readonly #extract = createExtract()
  readonly #closed: Promise<void>
  /** The last 512 bytes: an archive ends with zeros. */
  #tail: Buffer = Buffer.alloc(0)
  /** Set once the reason why not all was read has been told. */
  #failed = false
  #stopped = false

  constructor(origin: string, reading: Reading) {
    this.#origin = origin
    this.#reading = reading
    this.#extract.on('entry', (...entry) => this.#entry(...entry))
    this.#extract.on('error', (error) => this.fail(`${faultOf(error)}; what came before was read`))
    this.#closed = new Promise((resolve) => this.#extract.on('close', () => resolve()))
  }

  /** False once nothing more is wanted. */
  async write(chunk: Buffer): Promise<boolean> {
    if (!this.#reading.unpack(chunk.length)) {
      this.#stop(`unpacks to more than ${formatBytes(this.#reading.limits.unpackedBytes)}; the rest is not read`)
    }
    if (this.#stopped || this.#failed) return false
    this.#tail = chunk.length >= 512 ? chunk.subarray(-512) : Buffer.concat([this.#tail, chunk]).subarray(-512)
    if (!this.#extract.write(chunk)) await Promise.race([this.#drained(), this.#closed])
    return true
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => this.#extract.once('drain', () => resolve()))
  }

  async finish(): Promise<Found[]> {
    if (this.#stopped) this.#extract.destroy(null)
    else this.#extract.end(null)
    await this.#closed
    if (!this.#stopped && this.#tail.some((byte) => byte !== 0)) this.fail('ends without its end mark: it is cut short')
    return this.#found
  }

  /** Tells the first reason only: what follows from it says nothing new. */
  fail(reason: string): void {
    if (!this.#failed) this.#reading.problem(this.#origin, `this archive ${reason}`)
    this.#failed = true
  }

  #stop(reason: string): void {
    this.fail(reason)
    this.#stopped = true
  }

  #entry(...[header, stream, next]: ExtractEvents['entry']): void {
    if (!this.#reading.list()) {
      this.#stop(`holds more than ${this.#reading.limits.entries} entries; the rest is not read`)
    }
    const wanted = !this.#stopped && this.#isWanted(header)
    const parts: Buffer[] = []
    stream.on('data', (part) => {
      if (wanted) parts.push(part as Buffer)
    })
    // The archive's own error says all: an entry has one only where that was cut or stopped.
    stream.on('error', () => {})
    stream.on('close', () => {
      if (wanted && !this.#stopped)
        this.#found.push(fileInMemory(header.name, parts.length === 1 ? parts[0]! : Buffer.concat(parts)))
      next()
    })
  }

  #isWanted(header: Header): boolean {
    if (header.type === 'directory' || isClutter(header.name)) return false
    const refusal = this.#refusal(header)
    if (refusal) this.#reading.problem(this.#origin, `${shown(header.name)}: ${refusal}; it is not read`)
    return refusal === null
  }

  #refusal({ type, name, size, linkname }: Header): string | null {
    const { depth, fileBytes } = this.#reading.limits
    if (type === 'symlink' || type === 'link') return `it is a link to ${shown(linkname)}`
    if (type !== 'file' && type !== 'contiguous-file') return `it is no file (${type ?? 'of a kind that is not known'})`
    if (size > fileBytes) return `it is larger than ${formatBytes(fileBytes)}`
    return refusalOf(name, depth)
  }
}

/** tar-stream's own words, for the one fault that people meet. */
const faultOf = (error: Error): string =>
  error.message === 'Unexpected end of data' ? 'is cut short' : `is damaged: ${error.message}`
