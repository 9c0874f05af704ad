import { stripVTControlCharacters } from 'node:util'
import { COMMANDS, VERBS, type VerbName } from './commands.ts'

/** The pages as the build made them (scripts/bundle.mjs): making one takes as long as all else. Absent where the source is run as it stands. */
declare const HELP_PAGES: Readonly<Record<VerbName, string>> | undefined

/** The help of a verb, fit for the stream that it goes to; the page of `trace` is that of the program. */
export async function helpText(
  verb: VerbName,
  { isTTY }: { isTTY?: boolean },
  env: Record<string, string | undefined>,
): Promise<string> {
  const page = typeof HELP_PAGES === 'undefined' ? await makePage(verb) : HELP_PAGES[verb]
  return isTTY && !env.NO_COLOR && env.TERM !== 'dumb' ? page : stripVTControlCharacters(page)
}

/** All pages, as the build keeps them. */
export const makePages = async (): Promise<Record<string, string>> =>
  Object.fromEntries(await Promise.all(VERBS.map(async (verb) => [verb, await makePage(verb)] as const)))

async function makePage(verb: VerbName): Promise<string> {
  const [{ default: Verb }, { helpPage }] = await Promise.all([COMMANDS[verb](), import('./oclif.ts')])
  return helpPage(Verb, verb === 'trace' ? await otherVerbs() : [])
}

function otherVerbs(): Promise<[name: string, summary: string][]> {
  const names = VERBS.filter((name) => name !== 'trace')
  return Promise.all(
    names.map(async (name): Promise<[string, string]> => [name, (await COMMANDS[name]()).default.summary]),
  )
}
