import { COMMANDS, VERBS, type VerbName } from './commands.ts'
import type { HelpPage, Line } from './help-page.ts'
import { helpLines, optionLines } from './help-text.ts'
import type { Io } from './model/io.ts'
import { isAscii, toAscii } from './render/screen/ascii.ts'

/** The pages as the build made them (scripts/bundle.mjs). Absent where the source is run as it stands. */
declare const HELP_PAGES: Readonly<Record<VerbName, HelpPage>> | undefined

/** The help of a verb, fit for the terminal that it goes to; the page of `trace` is that of the program. `options`: the flags that verbs share. */
export async function helpText(
  verb: VerbName | 'options',
  { stdout, stderr, env }: Pick<Io, 'stdout' | 'stderr' | 'env'>,
): Promise<string> {
  const page = await pageFor(verb === 'options' ? 'trace' : verb)
  const isPlain = !stdout.isTTY || Boolean(env.NO_COLOR) || env.TERM === 'dumb'
  const screen = stdout.isTTY ? stdout : stderr
  const columns = Number(env.COLUMNS) || (screen.isTTY ? (screen.columns ?? USUAL_COLUMNS) : USUAL_COLUMNS)
  const look = {
    width: Math.min(Math.max(columns, LEAST_COLUMNS), MOST_COLUMNS),
    bold: (text: string) => (isPlain ? text : `\u001b[1m${text}\u001b[22m`),
  }
  const lines = verb === 'options' ? optionLines(page, look) : helpLines(page, verb, look)
  const text = `${lines.join('\n')}\n`
  return isAscii(env) ? toAscii(text) : text
}

/** What a pipe gets, and the longest line that is read with ease. */
const [USUAL_COLUMNS, MOST_COLUMNS, LEAST_COLUMNS] = [100, 120, 40]

/** All pages, as the build keeps them. */
export const makePages = async (): Promise<Record<string, HelpPage>> =>
  Object.fromEntries(await Promise.all(VERBS.map(async (verb) => [verb, await makePage(verb)] as const)))

const pageFor = async (verb: VerbName): Promise<HelpPage> =>
  typeof HELP_PAGES === 'undefined' ? makePage(verb) : HELP_PAGES[verb]

async function makePage(verb: VerbName): Promise<HelpPage> {
  const [{ default: Verb }, { pageOf }] = await Promise.all([COMMANDS[verb](), import('./help-page.ts')])
  return pageOf(Verb, verb === 'trace' ? await otherVerbs() : [])
}

async function otherVerbs(): Promise<Line[]> {
  const names = VERBS.filter((name) => name !== 'trace')
  const lines = await Promise.all(
    names.map(async (name): Promise<Line> => [name, (await COMMANDS[name]()).default.summary ?? '']),
  )
  return [...lines, ['options', 'List the flags that commands share']]
}
