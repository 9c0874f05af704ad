import { FREE_TEXT, type Option } from './option.ts'

const SPACE = 32
const QUOTE = 34
const BACKSLASH = 92
const DASH = 45
const BANG = 33

/**
 * Splits the part of a rule after `-A CHAIN` into options, from index `start` to `end` of `text`.
 * Null where a quote is left open or something stands before the first flag: the line is cut or is no rule. `cut`: the line
 * may have lost its end, and what stands before its last option is read.
 */
export function readOptions(text: string, start: number, end: number, cut = false): Option[] | null {
  const options: Option[] = []
  let flag: string | null = null
  let args: string[] = []
  let negation: Option['negation'] = 'none'
  let bang = false
  let at = start
  while (at < end) {
    const code = text.charCodeAt(at)
    if (code === SPACE || code === 9 || code === 13) {
      at++
      continue
    }
    if (code === QUOTE) {
      const word = readQuoted(text, at, end)
      if (!word || flag === null) return cut ? options : null
      if (bang) negation = 'after'
      bang = false
      args.push(word.value)
      at = word.end
      continue
    }
    let stop = at + 1
    while (stop < end && text.charCodeAt(stop) > SPACE) stop++
    const word = text.slice(at, stop)
    at = stop
    if (flag !== null && args.length === 0 && FREE_TEXT.has(flag)) {
      // A comment may well be `-x` or `!`.
      args.push(word)
    } else if (code === BANG && word === '!') {
      bang = true
    } else if (isFlag(word)) {
      if (flag !== null) options.push({ flag, negation, args })
      flag = word
      args = []
      negation = bang ? 'before' : 'none'
      bang = false
    } else {
      if (flag === null) return cut ? options : null
      // `--dport ! 80`: the old place of the negation, between the flag and its argument.
      if (bang) negation = 'after'
      bang = false
      args.push(word)
    }
  }
  if (cut) return options
  if (flag !== null) options.push({ flag, negation, args })
  return bang ? null : options
}

/** A flag is `-x` or `--word`; `-1` and a lone `-` are arguments. */
function isFlag(word: string): boolean {
  if (word.charCodeAt(0) !== DASH || word.length < 2) return false
  const next = word.charCodeAt(1)
  return next === DASH ? word.length > 2 : next >= 65 && word.length === 2
}

/** Reads a double-quoted word that begins at `at`, undoing its backslashes; null where the closing quote is missing. */
function readQuoted(text: string, at: number, end: number): { value: string; end: number } | null {
  let value = ''
  let from = at + 1
  for (let i = from; i < end; i++) {
    const code = text.charCodeAt(i)
    if (code === QUOTE) return { value: value + text.slice(from, i), end: i + 1 }
    if (code === BACKSLASH) {
      value += text.slice(from, i)
      from = ++i
    }
  }
  return null
}
