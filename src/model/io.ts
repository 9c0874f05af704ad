/** What a run gets from whoever starts it: nothing below main reaches for the process itself, and so a test can hand in its own. */
import type { Readable, Writable } from 'node:stream'

export interface Io {
  stdin: Readable & { isTTY?: boolean }
  stdout: TextStream
  stderr: TextStream
  env: Readonly<Record<string, string | undefined>>
  /** The time of day. How long something takes is measured by `performance.now`. */
  now(): Date
}

/** A stream that may be a terminal, of so many columns and rows. */
export type TextStream = Writable & { isTTY?: boolean; columns?: number; rows?: number }
