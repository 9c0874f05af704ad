/** The words of a command line that is still being typed, as oclif will read them. */
import type { Interfaces } from '@oclif/core'

export interface Line {
  /** Flags with values, by their long names. */
  values: Record<string, string>
  /** All values of each, as of flags that can be repeated. */
  all: Record<string, string[]>
  switches: Set<string>
  /** What is neither a flag nor a flag's value. */
  free: string[]
  /** The flag whose value is being typed. */
  open: string | null
  /** Behind `--`, where nothing is a flag. */
  ended: boolean
}

/** What no flag is called is passed over: nobody wants an error while typing. */
export function readLine(words: readonly string[], flags: Interfaces.FlagInput): Line {
  const line: Line = { values: {}, all: {}, switches: new Set(), free: [], open: null, ended: false }
  for (const word of words) {
    if (line.open !== null) {
      take(line, line.open, word)
      line.open = null
    } else if (line.ended || !/^-./.test(word)) line.free.push(word)
    else if (word === '--') line.ended = true
    else readFlag(line, word, flags)
  }
  return line
}

function take(line: Line, flag: string, value: string): void {
  line.values[flag] = value
  line.all[flag] = [...(line.all[flag] ?? []), value]
}

function readFlag(line: Line, word: string, flags: Interfaces.FlagInput): void {
  const inOne = splitValue(word, flags)
  if (inOne) {
    take(line, inOne.flag, inOne.value)
    return
  }
  // `-Av` is two of them, of which the last may want a value.
  const names = word.startsWith('--')
    ? [word.slice(2)]
    : [...word.slice(1)].flatMap((char) => longName(char, flags) ?? [])
  for (const name of names) {
    if (flags[name]?.type === 'option') line.open = name
    else line.switches.add(name)
  }
}

/** A flag with its value in one word: `--output=json`, `-ojson`, `-o=json`. `head` is all before the value. */
export function splitValue(
  word: string,
  flags: Interfaces.FlagInput,
): { flag: string; head: string; value: string } | null {
  const [, long, rest] = /^--([\w-]+)=(.*)$/s.exec(word) ?? []
  if (long !== undefined) return { flag: long, head: `--${long}=`, value: rest! }
  const [, char, equals, value] = /^-(\w)(=?)(.*)$/s.exec(word) ?? []
  const flag = char === undefined ? undefined : longName(char, flags)
  if (flag === undefined || flags[flag]?.type !== 'option' || (equals === '' && value === '')) return null
  return { flag, head: `-${char}${equals}`, value: value! }
}

const longName = (char: string, flags: Interfaces.FlagInput): string | undefined =>
  Object.keys(flags).find((name) => flags[name]!.char === char)
