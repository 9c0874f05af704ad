/** What is wrong with a command line, in the program's own words: oclif's parser has others. */
import { stripVTControlCharacters } from 'node:util'
import type { VerbName } from './commands.ts'
import { editDistance } from './model/query.ts'

/** The message, with a hint where there is one. `flags`: the names of those that the verb has; `free`: the words that were typed besides flags. */
export function usageText(
  message: string,
  verb: VerbName | null,
  flags: readonly string[],
  free: readonly string[] = [],
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
    const first = extra.split(/[\n,]/)[0]!
    return {
      text: `trace takes one service, and ${first} is another argument`,
      hint: `for several services: kubectl svcpath check ${(free.length > 1 ? free : ['web', 'api']).join(' ')}`,
    }
  }
  const number = /^Parsing (--\S+)\s+Expected an integer but received: (.*)$/s.exec(plain)
  if (number) return { text: `${number[1]}: ${JSON.stringify(number[2]!.trim())} is not a whole number` }
  const choice = /^Expected (--\S+?)=(.*) to be one of: (.*)$/s.exec(plain)
  if (choice) {
    const [, name, value = '', list = ''] = choice
    const near = list.split(', ').find((one) => editDistance(one, value) <= 1)
    return {
      text: `${name}: ${JSON.stringify(value)} is not one of ${list}`,
      ...(near ? { hint: `did you mean ${near}?` } : {}),
    }
  }
  const bound =
    /^Parsing (--\S+)\s+Expected an integer (greater|less) than or equal to (\d+) but received: (.*)$/s.exec(plain)
  if (bound)
    return {
      text: `${bound[1]}: ${bound[4]} is too ${bound[2] === 'greater' ? 'small: at least' : 'large: at most'} ${bound[3]}`,
    }
  const alone = /^Unexpected arguments?: (.*)$/s.exec(plain)?.[1]
  if (alone !== undefined) return { text: `${verb} takes no argument ${alone.split('\n')[0]}` }
  const needed = /^All of the following must be provided when using (--\S+?): (.*)$/s.exec(plain)
  if (needed) return { text: `${needed[1]} needs ${needed[2]}, too` }
  const open = /^Flag (--\S+) expects a value$/.exec(plain)?.[1]
  if (open) return { text: `${open} needs a value` }
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
