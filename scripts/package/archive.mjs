// An archive of which the bytes depend on its content alone.
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

/** What all archives are dated: the day of the first release. */
const DATE = new Date('2026-01-01T00:00:00Z')

/** Writes the files (name → { data, executable }) in the order of their names; gives the sha256 of the archive. */
export async function writeArchive(path, files) {
  const tar = pack()
  const chunks = []
  tar.on('data', (chunk) => chunks.push(chunk))
  const done = new Promise((resolve, reject) => tar.on('end', resolve).on('error', reject))
  for (const [name, { data, executable }] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const header = { name, mode: executable ? 0o755 : 0o644, mtime: DATE, uid: 0, gid: 0, uname: 'root', gname: 'root' }
    await new Promise((resolve, reject) => tar.entry(header, data, (error) => (error ? reject(error) : resolve())))
  }
  tar.finalize()
  await done
  const archive = gzipSync(Buffer.concat(chunks), { level: 6 })
  // The tenth byte tells the system that it was packed on; 255 is "unknown" (RFC 1952, 2.3.1).
  archive[9] = 255
  writeFileSync(path, archive)
  return createHash('sha256').update(archive).digest('hex')
}
