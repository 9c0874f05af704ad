/** What the tests of captures share: archives made in memory, a folder of their own, and all that was read of an origin. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { type Header, pack } from 'tar-stream'
import { afterAll } from 'vitest'
import { defaultLimits, type Limits } from '../../src/capture/limits.ts'
import { readSources } from '../../src/capture/read.ts'

type Entry = string | Buffer | Partial<Header>
type Entries = Record<string, Entry> | [string, Entry][]

/** An archive of names with their content; a header in place of content makes a link, a device and so on. */
export async function tarOf(entries: Entries): Promise<Buffer> {
  const archive = pack()
  for (const [name, entry] of Array.isArray(entries) ? entries : Object.entries(entries)) {
    if (typeof entry === 'string' || Buffer.isBuffer(entry)) archive.entry({ name }, entry)
    else archive.entry({ ...entry, name }, '')
  }
  archive.finalize()
  return buffer(archive)
}

/** A stream that comes in chunks of 1000 bytes. */
export async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}

export const noStdin = (): AsyncIterable<Uint8Array> => {
  throw new Error('standard input is not to be read')
}

/** A new folder that goes away with the tests of the file, and a way to put files into it. */
export function temporaryFolder(): { folder: string; write: (name: string, content: string | Buffer) => string } {
  const folder = mkdtempSync(join(tmpdir(), 'svcpath-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const write = (name: string, content: string | Buffer): string => {
    const path = join(folder, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return path
  }
  return { folder, write }
}

/** What was read: each path with its text, and the messages, those of reading the texts among them. */
export async function contents(origin: string, limits: Partial<Limits> = {}, stdin?: Uint8Array) {
  const from = () => (stdin ? chunksOf(stdin) : noStdin())
  const { entries, problems } = await readSources([origin], from, { ...defaultLimits, ...limits })
  const texts = Object.fromEntries(entries.map((entry) => [entry.path, entry.text()]))
  return { texts, messages: problems.map((problem) => problem.message), entries }
}

/** What is read of standard input. */
export const contentsOf = (stdin: Uint8Array, limits: Partial<Limits> = {}) => contents('-', limits, stdin)

/** What is read of an archive in gzip. */
export const archive = async (entries: Entries, limits: Partial<Limits> = {}) =>
  contentsOf(gzipSync(await tarOf(entries)), limits)
