/** What every parser of this folder gives back, and the two helpers that all of them need. */
import type { Problem } from '../model/rules.ts'

/** The values that were read, and what could not be: with nothing in `items` and a problem, nothing is known. */
export interface Parsed<T> {
  items: T[]
  problems: Problem[]
}

/** A line of a text without its line end; `number` is 1-based. */
interface Line {
  number: number
  text: string
}

/** Problems that are listed one by one; a file of junk has as many as it has lines. */
const LISTED = 20

/** Collects the problems of one file: the first ones in full, all further ones as a count. */
export class ProblemLog {
  readonly #file: string
  readonly #problems: Problem[] = []
  #unlisted = 0
  #isCutOff = false

  constructor(file: string) {
    this.#file = file
  }

  /** `line` is 1-based; null where the whole file is meant. */
  add(line: number | null, message: string): void {
    if (this.#problems.length < LISTED) this.#problems.push({ file: this.#file, line, message })
    else this.#unlisted++
  }

  /** The text ends before its time. */
  addCut(line: number, message: string): void {
    this.#isCutOff = true
    this.add(line, message)
  }

  get isCutOff(): boolean {
    return this.#isCutOff
  }

  /** How many were added, listed or not. */
  get count(): number {
    return this.#problems.length + this.#unlisted
  }

  list(): Problem[] {
    if (this.#unlisted === 0) return this.#problems
    return [
      ...this.#problems,
      { file: this.#file, line: null, message: `${this.#unlisted} more problems in this file` },
    ]
  }
}

/** The lines that are whole: the last one of a text may be cut anywhere, so that an address or port in it is another. `cut`: there was such a one. */
export function wholeLines(text: string, log: ProblemLog): { whole: string; cut: boolean } {
  const end = text.lastIndexOf('\n') + 1
  if (end === text.length) return { whole: text, cut: false }
  log.add(null, 'the text is cut off: its last line has no end')
  return { whole: text.slice(0, end), cut: true }
}

/** No node has so many connections, let alone routes; more is junk that would fill the memory. */
const MAX_LINES = 4_000_000

/** The lines of a text, one at a time, so that a large file is never held twice. Line ends are LF or CRLF. */
export function* linesOf(text: string, log: ProblemLog): Generator<Line> {
  let start = 0
  for (let number = 1; start < text.length && number <= MAX_LINES; number++) {
    const newline = text.indexOf('\n', start)
    const end = newline < 0 ? text.length : newline
    const carriageReturn = end > start && text.charCodeAt(end - 1) === 13
    yield { number, text: text.slice(start, carriageReturn ? end - 1 : end) }
    start = end + 1
  }
  if (start < text.length) log.add(null, `only the first ${MAX_LINES} lines were read`)
}

/** A line as it goes into a message: without control characters, and shortened. */
export function quote(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text
  return JSON.stringify(short.trim())
}

/** What a table of words has for a word of the text; `constructor` is such a word, and in no table. */
export const known = <T>(table: Readonly<Record<string, T>>, word: string): T | undefined =>
  Object.hasOwn(table, word) ? table[word] : undefined
