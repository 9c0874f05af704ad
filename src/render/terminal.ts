import { Chalk, type ChalkInstance } from 'chalk'
import widthOf from 'string-width'
import { isAscii } from './screen/ascii.ts'
import { showsLinks } from './screen/links.ts'

/** How things are to look: columns to fit into (null: as wide as it gets), colours, and whether every rule is shown. */
export interface Look {
  width: number | null
  colour: ChalkInstance
  verbose: boolean
  /** Nothing but ASCII can be shown. */
  ascii?: boolean
  /** Codes can be links. */
  links?: boolean
}

/** A stream as far as its looks go. */
interface Screen {
  isTTY?: boolean
  columns?: number
}

/**
 * The look that fits a stream. `NO_COLOR` and a pipe mean no colour, `FORCE_COLOR` means colour; COLUMNS overrides the width. `beside` is stderr: where
 * the stream is a pipe, what is piped may end on the terminal that stderr is.
 */
export function terminal(stream: Screen, env: Record<string, string | undefined>, beside: Screen = {}): Look {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0'
  const coloured = !env.NO_COLOR && (forced || (stream.isTTY === true && env.TERM !== 'dumb'))
  const screen = stream.isTTY ? stream : beside
  const width = Number(env.COLUMNS) || (screen.isTTY ? (screen.columns ?? 80) : 0)
  return {
    width: width > 0 ? Math.max(width, LEAST_COLUMNS) : null,
    colour: new Chalk({ level: coloured ? 1 : 0 }),
    verbose: false,
    ascii: isAscii(env),
    links: showsLinks(stream, env),
  }
}

/** Nothing can be laid out on less. */
const LEAST_COLUMNS = 20

/** How many columns a text takes. string-width reads Unicode's tables first, which takes longer than all else here, and most texts have letters of one column only. */
export const stringWidth = (text: string): number => (NARROW.test(text) ? text.length : widthOf(text))

/** Printable ASCII, and the signs that the program itself writes: dashes, dots, arrows and what trees are drawn with. */
export const NARROW = /^[ -~\u00b7\u00d7\u2010-\u2027\u2190-\u2193\u2500-\u257f]*$/

/** Pads to a number of columns; a text that is too long stays as it is. */
export function pad(text: string, columns: number, side: 'left' | 'right' = 'right'): string {
  const fill = ' '.repeat(Math.max(0, columns - stringWidth(text)))
  return side === 'right' ? text + fill : fill + text
}

/** Cuts plain text to a number of columns, with `…` for what is lost. */
export function clip(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text
  let kept = ''
  for (const letter of text) {
    if (stringWidth(kept + letter) > columns - 1) break
    kept += letter
  }
  return columns > 0 ? `${kept}…` : ''
}

/** Plain text in lines of at most so many columns, broken at spaces; a word that is longer is cut. */
export function wrap(text: string, columns: number | null): string[] {
  if (columns === null) return [text]
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && stringWidth(line) + 1 + stringWidth(word) <= columns)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(clip(word, columns))
  }
  return lines
}
