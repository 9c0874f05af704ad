/** What rules lack of which the command above them kept a part. */
import type { Ruleset, Table } from '../model/rules.ts'
import type { Told } from './told.ts'

/** The rules with a mark where some may be missing: anywhere, unless each line has the words in a name, as `grep shop/web` leaves all of that service. */
export function inPart<R extends Ruleset>(ruleset: R, text: string, { part }: Told): R {
  if (part === null) return ruleset
  const kind = part.by === 'grep' && isByName(text, part.words) ? ('fragment' as const) : ('elided' as const)
  const gap = { kind, line: null, text: 'the command kept a part of its output' }
  const tables = ruleset.tables.map(
    (table): Table => ({
      ...table,
      whole: false,
      gaps: [...(table.gaps ?? []), gap],
      release: () => table.release?.(),
    }),
  )
  return { ...ruleset, tables }
}

const isByName = (text: string, words: readonly string[]): boolean =>
  text.split('\n').every((line) => line.trim() === '' || words.some((word) => namesIn(line).includes(word)))

/** The chain that a rule stands in, and the service that its comment names. */
const namesIn = (line: string): string => {
  const chain = /^-A (\S+)/.exec(line)?.[1] ?? ''
  const service = /(?:--comment "?|\/\* )(?:[a-z ]+ for )?([^\s"]+\/[^\s"]+)/.exec(line)?.[1] ?? ''
  return `${chain} ${service}`
}
