// The tables of flags in a page: between `<!-- flags: VERB HEADING… -->` and `<!-- end of flags -->` stand those that the help of a verb lists under these
// headings; FLAGS are those without a heading of their own.
import { COMMANDS } from '../../src/commands.ts'
import type { Flag } from '../../src/help-page.ts'

const TABLE = /(<!-- flags: (\w+) ([A-Z ]+) -->\n).*?(<!-- end of flags -->)/gs

/** The page with its tables as commands/ has them. */
export async function withFlagTables(page: string): Promise<string> {
  const verbs = Object.entries(COMMANDS).map(async ([name, load]) => [name, (await load()).default.flags] as const)
  const flagsOf = new Map<string, object>(await Promise.all(verbs))
  return page.replaceAll(TABLE, (_, begin: string, verb: string, headings: string, end: string) => {
    const flags: [string, Flag][] = Object.entries(flagsOf.get(verb) ?? {})
    const wanted = headings.split(' ')
    return `${begin}${tableOf(flags.filter(([, { helpGroup = 'FLAGS' }]) => wanted.includes(helpGroup)))}${end}`
  })
}

/** kubectl's own flags need no words: they stand together in the last row. */
function tableOf(flags: readonly [name: string, flag: Flag][]): string {
  const rows = flags.flatMap(([name, flag]) =>
    flag.helpGroup === 'CLUSTER' ? [] : [`| ${wordsOf(name, flag)} | ${aboutOf(flag)} |`],
  )
  const kubectls = flags.flatMap(([name, { helpGroup, char, type }]) =>
    helpGroup === 'CLUSTER' ? [wordsOf(name, { type, ...(char && { char }) })] : [],
  )
  if (kubectls.length > 0) rows.push(`| ${kubectls.join(', ')} | as kubectl has them |`)
  return ['| flag | |', '|---|---|', ...rows, ''].join('\n')
}

/** `-o`, `--output tree\|wide`; `--dns`, `--no-dns`; a table's cell ends at a bar, in code too. */
function wordsOf(name: string, { char, options, helpValue, allowNo }: Flag): string {
  const value = options?.join('|') ?? helpValue
  const long = [`--${name}${value ? ` ${value}` : ''}`, ...(allowNo ? [`--no-${name}`] : [])]
  return [...(char ? [`-${char}`] : []), ...long].map((one) => `\`${one.replaceAll('|', '\\|')}\``).join(', ')
}

function aboutOf({ description = '', default: usual, type }: Flag): string {
  const words = description.replaceAll('|', '\\|').replaceAll(/\{\w+\}[\w.]*/g, '`$&`')
  return usual === undefined || type === 'boolean' ? words : `${words} (default: \`${usual}\`)`
}
