/** How much of a capture is read: what a hostile or broken archive cannot make us hold. */
import { constants } from 'node:buffer'
import type { Problem } from '../model/rules.ts'

export interface Limits {
  /** Bytes of all archives and `.gz` files together, unpacked. */
  unpackedBytes: number
  /** Bytes of one file, unpacked. */
  fileBytes: number
  /** Files, folders and anything else that is listed, of all that was named together. */
  entries: number
  /** Folders within each other. */
  depth: number
}

export const defaultLimits: Limits = {
  unpackedBytes: 1024 ** 3,
  // V8 holds no longer string than this.
  fileBytes: constants.MAX_STRING_LENGTH,
  entries: 100_000,
  depth: 32,
}

/** What one reading has used of its limits, and what it could not read. */
export class Reading {
  readonly limits: Limits
  readonly problems: Problem[] = []
  #unpacked = 0
  #entries = 0

  constructor(limits: Limits) {
    this.limits = limits
  }

  problem(file: string, message: string): void {
    this.problems.push({ file, line: null, message })
  }

  /** Counts bytes that came out of an archive; false once they are too many. */
  unpack(bytes: number): boolean {
    this.#unpacked += bytes
    return this.#unpacked <= this.limits.unpackedBytes
  }

  /** How many more bytes one file may unpack to. */
  get remaining(): number {
    return Math.max(0, Math.min(this.limits.fileBytes, this.limits.unpackedBytes - this.#unpacked))
  }

  /** Counts an entry of a folder or archive; false once they are too many. */
  list(): boolean {
    this.#entries++
    return this.#entries <= this.limits.entries
  }
}

/** `1 GiB`, `976.6 KiB`, `300 bytes`: in the largest unit of which there is at least one. */
export function formatBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB']
  let unit = 0
  let amount = bytes
  for (; amount >= 1024 && unit < units.length - 1; unit++) amount /= 1024
  return `${Math.round(amount * 10) / 10} ${units[unit]}`
}
