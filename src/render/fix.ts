import { shellLine } from '../model/shell.ts'
import { stringWidth } from './terminal.ts'

/** Words that a fix begins with where it is a command and not prose. */
const COMMAND = /^(kubectl|ip6?tables\S*|nft|sysctl|modprobe|conntrack|ip|bridge|ethtool|arping) /

/** What `fix: ` takes. */
const INDENT = 5

/**
 * What mends a fault, in lines that fit and can still be pasted: a command goes on behind a backslash, and what is to be known of it stands behind a `#`.
 * A word is never cut or broken, quoted ones least of all: there a line end would be part of it. It may be longer than the line.
 * `others`: nodes or services besides have a like one.
 */
export function fixLines(fix: string, others: boolean, width: number | null): string[] {
  const room = width === null ? null : width - INDENT
  const lines =
    room === null || stringWidth(fix) <= room ? [fix] : (commandLines(fix, room) ?? filled(fix.split(' '), room))
  const all = others ? [...lines, '# and the same for the others'] : lines
  return all.map((line, i) => (i === 0 ? `fix: ${line}` : `${' '.repeat(INDENT)}${line}`))
}

/** A fix for a page: a command with what is to be known of it, or prose. */
export interface FixText {
  /** The command in lines that are one command when they are pasted; null for prose. */
  command: string[] | null
  /** What is to be known of the command, or the prose; '' for nothing. */
  note: string
}

export function fixText(fix: string): FixText {
  const line = COMMAND.test(fix) ? shellLine(fix) : null
  if (line === null) return { command: null, note: fix }
  return { command: continued(filled(line.words, PAGE_COLUMNS)), note: line.comment ?? '' }
}

const PAGE_COLUMNS = 100

/** Lines of one command. */
const continued = (lines: readonly string[]): string[] =>
  lines.map((line, i) => `${i === 0 ? '' : '  '}${line}${i < lines.length - 1 ? ' \\' : ''}`)

/** Null for prose. */
function commandLines(fix: string, room: number): string[] | null {
  if (!COMMAND.test(fix)) return null
  const line = shellLine(fix)
  if (line === null) return [fix]
  const parts = filled(line.words, room - 4)
  const notes = line.comment === null ? [] : filled(line.comment.split(' '), room - 2)
  return [...continued(parts), ...notes.map((part) => `# ${part}`)]
}

/** Lines of whole words, of at most so many columns where the words allow it. */
function filled(words: readonly string[], columns: number): string[] {
  const lines: string[] = []
  for (const word of words) {
    const line = lines.at(-1)
    if (line !== undefined && stringWidth(line) + 1 + stringWidth(word) <= columns)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}
