import type { VerbCommand } from './flags/command.ts'

/** What the help of a verb says, before it is laid out for a terminal. The build makes these: it takes oclif, which takes longer than all else. */
export interface HelpPage {
  summary: string
  usage: string
  examples: { about: string; command: string }[]
  args: Line[]
  flags: Line[]
  /** Flags that several verbs share, by their headings. */
  shared: { title: string; flags: Line[] }[]
  /** Paragraphs. */
  description: string[]
  /** The other verbs, on the page of the program. */
  commands: Line[]
}

/** A word and what it means. */
export type Line = readonly [word: string, about: string]

/** What is read of an oclif flag. */
export interface Flag {
  char?: string
  description?: string
  helpGroup?: string
  helpValue?: string | string[]
  options?: readonly string[]
  default?: unknown
  type: string
  allowNo?: boolean
  aliases?: readonly string[]
  /** It is there to say that it is not. */
  hidden?: boolean
}

const TITLES: Readonly<Record<string, string>> = { CLUSTER: 'CLUSTER', NODES: 'NODES', SSH: 'SSH (for --via ssh)' }

/** The page of a verb; `commands`: those that it names at its end. */
export function pageOf(Verb: typeof VerbCommand, commands: readonly Line[]): HelpPage {
  const flags = Object.entries(Verb.flags as Record<string, Flag>).filter(([, { hidden }]) => !hidden)
  const own = flags.filter(([, { helpGroup }]) => helpGroup === undefined)
  return {
    summary: Verb.summary ?? '',
    usage: `kubectl svcpath ${Verb.usage}`,
    examples: (Verb.examples as { description: string; command: string }[]).map(({ description, command }) => ({
      about: description,
      command,
    })),
    args: Object.entries(Verb.args).map(([name, { description = '' }]) => [name.toUpperCase(), description] as const),
    flags: own.map(lineOf),
    shared: Object.entries(TITLES).flatMap(([group, title]) => {
      const lines = flags.filter(([, { helpGroup }]) => helpGroup === group).map(lineOf)
      return lines.length > 0 ? [{ title, flags: lines }] : []
    }),
    description: (Verb.description ?? '').split('\n\n'),
    commands: [...commands],
  }
}

/** `-o, --output FORMAT`, and what it is with its values and the usual one. */
function lineOf([name, flag]: [string, Flag]): Line {
  const { char, description = '', helpValue, options, default: usual, type, allowNo } = flag
  const value = type === 'option' ? ` ${options ? 'VALUE' : helpValue}` : ''
  const word = `${char ? `-${char}, ` : '    '}--${allowNo ? '[no-]' : ''}${name}${value}`
  const facts = [
    ...(options ? [options.join(', ')] : []),
    ...(type === 'option' && usual !== undefined ? [`default: ${usual}`] : []),
  ]
  return [word, `${description}${facts.length > 0 ? ` (${facts.join('; ')})` : ''}`]
}
