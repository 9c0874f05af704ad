/** What is wrong with a command line, in the program's own words: oclif's parser has others. */
import { stripVTControlCharacters } from 'node:util'
import type { VerbName } from './commands.ts'
import { editDistance } from './model/query.ts'

/** The message, with a hint where there is one. `flags`: the names of those that the verb has. */
export function usageText(
  message: string,
  verb: VerbName | null,
  flags: readonly string[],
): { text: string; hint?: string } {
  const plain = stripVTControlCharacters(message)
    .replace(/\nSee more help with --help$/, '')
    .replace(/^The following errors? occurred:\n\s*/, '')
  const flag = /^Nonexistent flags?: (-\S*)/.exec(plain)?.[1]
  if (flag) {
    const near = nearFlag(flag, flags)
    return { text: `unknown flag ${flag}`, ...(near ? { hint: `did you mean ${near}?` } : {}) }
  }
  const extra = /^Unexpected arguments?: (.*)$/s.exec(plain)?.[1]
  if (extra !== undefined && (verb === null || verb === 'trace')) {
    const first = extra.split('\n')[0]!
    return {
      text: `trace takes one service, and ${first} is another argument`,
      hint: 'for several services: kubectl svcpath check web api',
    }
  }
  const number = /^Parsing (--\S+)\s+Expected an integer but received: (.*)$/s.exec(plain)
  if (number) return { text: `${number[1]}: ${JSON.stringify(number[2]!.trim())} is not a whole number` }
  return {
    text: plain
      .replaceAll('cannot also be provided when using', 'cannot be given together with')
      .replaceAll(/\n\s*/g, '; '),
  }
}

/** The flag that was meant; null where none is near. */
function nearFlag(typed: string, flags: readonly string[]): string | null {
  const word = typed.replace(/^-+/, '').replace(/=.*$/s, '').toLowerCase()
  const scored = flags.map((name) => ({
    name,
    distance: editDistance(name, word),
    part: name.startsWith(word) || name.includes(word),
  }))
  const near = scored.filter(
    ({ distance, part }) => (part && word.length > 2) || distance <= Math.max(1, Math.floor(word.length / 3)),
  )
  const [best] = near.sort((a, b) => a.distance - b.distance)
  return best ? `--${best.name}` : null
}
