/** Tar archives for tests, made in memory. */
import { buffer } from 'node:stream/consumers'
import { type Header, pack } from 'tar-stream'

export type Entry = string | Buffer | Partial<Header>

/** An archive of names with their content; a header in place of content makes a link, a device and so on. */
export async function tarOf(entries: Record<string, Entry> | [string, Entry][]): Promise<Buffer> {
  const archive = pack()
  for (const [name, entry] of Array.isArray(entries) ? entries : Object.entries(entries)) {
    if (typeof entry === 'string' || Buffer.isBuffer(entry)) archive.entry({ name }, entry)
    else archive.entry({ ...entry, name }, '')
  }
  archive.finalize()
  return buffer(archive)
}

/** A stream that comes in chunks of some bytes. */
export async function* chunksOf(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}
