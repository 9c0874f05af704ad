import pkg from '../package.json' with { type: 'json' }
import { COMMANDS, VERBS, type VerbName } from './commands.ts'
import { helpText } from './help.ts'
import { SvcpathError } from './model/errors.ts'
import type { Io } from './model/io.ts'
import { printable, printableLines } from './model/printable.ts'
import { hideSecrets } from './model/secrets.ts'
import { isAscii, toAscii } from './render/screen/ascii.ts'
import { usageText } from './usage.ts'

/** The process that runs this. Standard input is opened only when somebody reads it. */
const ofProcess: Io = {
  get stdin() {
    return process.stdin
  },
  get stdout() {
    return process.stdout
  },
  get stderr() {
    return process.stderr
  },
  get env() {
    return process.env
  },
  now: () => new Date(),
}

/** Runs one command line and resolves to the exit code. The only place that prints an error, and that knows the process around it. */
export async function main(argv: readonly string[], given: Io = ofProcess): Promise<number> {
  const io = isAscii(given.env) ? withAsciiErrors(given) : given
  const asksForHelp = argv[0] === 'help'
  const [first, ...rest] = asksForHelp ? argv.slice(1) : argv
  const verb = first !== undefined && Object.hasOwn(COMMANDS, first) ? (first as VerbName) : null
  const words = verb ? rest : [...argv]
  const options = words.includes('--') ? words.slice(0, words.indexOf('--')) : words
  if (first === '--version' || first === 'version') return print(io, `kubectl-svcpath ${pkg.version}\n`)
  if (first === '__complete') return completions(rest, io)
  if (first === 'options' && rest.length === 0) return print(io, await helpText('options', io))
  try {
    if (asksForHelp || options.some((word) => word === '--help' || word === '-h'))
      return print(io, await helpText(verb ?? (first === 'options' ? first : 'trace'), io))
    // Nothing is loaded before it is needed: oclif alone takes longer than Node itself.
    const [{ default: Verb }, { BareConfig }] = await Promise.all([COMMANDS[verb ?? 'trace'](), import('./oclif.ts')])
    return await new Verb([...words], new BareConfig(), io).run()
  } catch (error) {
    const near = verb === null && first !== undefined && !first.startsWith('-') ? await nearVerb(first) : null
    return report(io, error, { verb, near, ...(await lineOf(verb, words)) })
  }
}

/** What goes to stderr is for people alone; stdout may carry data, of which the formats for people are made plain by themselves. */
function withAsciiErrors(io: Io): Io {
  const stderr = new Proxy(io.stderr, {
    get(stream, key) {
      if (key === 'write') return (text: unknown) => stream.write(typeof text === 'string' ? toAscii(text) : text)
      const value = Reflect.get(stream, key, stream)
      return typeof value === 'function' ? value.bind(stream) : value
    },
  })
  // A copy of `io` would open standard input.
  return Object.create(io, { stderr: { value: stderr } }) as Io
}

/** The verb that a first word may have been meant as; else it is the name of a service. */
async function nearVerb(word: string): Promise<string | null> {
  const { nearNames } = await import('./model/query.ts')
  const verbs = VERBS.map((name) => ({ namespace: '', name }))
  const near = nearNames(verbs, { kind: 'name', namespace: null, name: word, text: word }).map((one) => one.slice(1))
  // `checkout` holds a verb's name, and is none.
  return near.find((name) => Math.abs(name.length - word.length) <= 1) ?? null
}

/** Prints what a shell may complete the words to. However it ends, it says nothing else: a shell is in the midst of a line. */
async function completions(words: readonly string[], io: Io): Promise<number> {
  try {
    const [{ complete }, { liveNames }] = await Promise.all([
      import('./complete/complete.ts'),
      import('./complete/names.ts'),
    ])
    const verbs = await Promise.all(VERBS.map(async (name) => [name, (await COMMANDS[name]()).default] as const))
    io.stdout.write(`${(await complete(words, Object.fromEntries(verbs), liveNames(io))).join('\n')}\n`)
  } catch {
    // No candidates.
  }
  // A call that is late still holds a socket open.
  process.exit(0)
}

function print({ stdout }: Io, text: string): number {
  stdout.write(text)
  return 0
}

/** The flags that the verb has, and what was typed besides flags. */
async function lineOf(verb: VerbName | null, words: readonly string[]): Promise<Pick<Typed, 'flags' | 'free'>> {
  const [{ default: Verb }, { readLine }] = await Promise.all([
    COMMANDS[verb ?? 'trace'](),
    import('./complete/line.ts'),
  ])
  return { flags: Object.keys(Verb.flags), free: readLine(words, Verb.flags).free }
}

/** What was typed, and may have been meant. */
interface Typed {
  verb: VerbName | null
  near: string | null
  flags: readonly string[]
  free: readonly string[]
}

/** Prints what went wrong and returns the exit code for it. A usage error of oclif's parser is 2. */
function report({ stderr }: Io, error: unknown, { verb, near, flags, free }: Typed): number {
  const meant = near ? `  or did you mean the command ${near}? see kubectl svcpath ${near} --help\n` : ''
  if (error instanceof SvcpathError) {
    const hint = error.hint ? `  ${printableLines(error.hint)}\n` : ''
    stderr.write(`error: ${printable(error.message)}\n${hint}${printableLines(meant)}`)
    return error.exitCode
  }
  const { message, oclif } = error as Error & { oclif?: { exit?: number } }
  if (oclif) {
    const page = verb ? `kubectl svcpath ${verb} --help` : 'kubectl svcpath --help'
    const { text, hint } = usageText(message, verb, flags, free)
    const help = hint ? `  ${printable(hideSecrets(hint))}\n` : ''
    stderr.write(`error: ${printable(hideSecrets(text))}\n${help}  see ${page}\n${printableLines(meant)}`)
    return 2
  }
  stderr.write(
    `error: ${printable(hideSecrets(message))}\n  this is a fault of svcpath; please report it with the line below\n  ${placeOf(error as Error)}\n`,
  )
  return 1
}

/** The first line of a stack that is a place and not a part of the message. */
const placeOf = ({ stack = '' }: Error): string =>
  printable(stack.split('\n').find((line) => /^\s+at /.test(line)) ?? '').trim()
