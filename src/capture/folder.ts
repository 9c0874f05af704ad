/** A capture in a folder: what is in it, without reading the files yet. */
import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs'
import { join, sep } from 'node:path'
import { reasonOf } from './error.ts'
import { type Found, fileOnDisk } from './files.ts'
import { formatBytes, type Reading } from './limits.ts'
import { isClutter, refusalOf, shown } from './name.ts'

/**
 * All files below `root`, in the order of their names. Links are followed to files inside the folder only; what is
 * neither file nor folder, or cannot be read, is a problem, and the rest is still listed. Throws where `root` itself
 * cannot be read.
 */
export function readFolder(root: string, reading: Reading): Found[] {
  const walk = new Walk(realpathSync(root), root, reading)
  walk.folder('', readdirSync(root, { withFileTypes: true }))
  return walk.found
}

class Walk {
  readonly found: Found[] = []
  readonly #root: string
  readonly #origin: string
  readonly #reading: Reading
  #full = false

  constructor(root: string, origin: string, reading: Reading) {
    this.#root = root
    this.#origin = origin
    this.#reading = reading
  }

  folder(prefix: string, listing: Dirent[]): void {
    for (const item of listing.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (isClutter(item.name)) continue
      if (this.#full || !this.#reading.list()) return this.#stop()
      const name = prefix + item.name
      const refusal = refusalOf(name, this.#reading.limits.depth)
      try {
        if (refusal) this.#problem(name, `${refusal}; it is not read`)
        else this.#item(name, item)
      } catch (error) {
        this.#problem(name, `cannot be read: ${reasonOf(error)}`)
      }
    }
  }

  #item(name: string, item: Dirent): void {
    const path = join(this.#root, name)
    if (item.isDirectory()) return this.folder(`${name}/`, readdirSync(path, { withFileTypes: true }))
    if (item.isFile()) return this.#file(name, path)
    if (!item.isSymbolicLink()) return this.#problem(name, 'is a pipe, socket or device; it is not read')
    const target = realpathSync(path)
    if (!target.startsWith(this.#root + sep))
      return this.#problem(name, 'is a link that leads out of the folder; it is not followed')
    if (statSync(target).isFile()) return this.#file(name, target)
    this.#problem(name, 'is a link to something other than a file; it is not followed')
  }

  #file(name: string, path: string): void {
    const { size } = statSync(path)
    const limit = this.#reading.limits.fileBytes
    if (size > limit) this.#problem(name, `is larger than ${formatBytes(limit)}; it is not read`)
    else this.found.push(fileOnDisk(path, name, size, limit))
  }

  #stop(): void {
    if (!this.#full) {
      const { entries } = this.#reading.limits
      this.#reading.problem(this.#origin, `there are more than ${entries} files; the rest is not read`)
    }
    this.#full = true
  }

  #problem(name: string, message: string): void {
    this.#reading.problem(this.#origin, `${shown(name)}: ${message}`)
  }
}
