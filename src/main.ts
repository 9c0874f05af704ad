import { CommandHelp, Config } from '@oclif/core'
import Trace from '../commands/trace.ts'
import pkg from '../package.json' with { type: 'json' }
import { SvcpathError } from './errors.ts'

/** The verbs. `kubectl svcpath web` means `kubectl svcpath trace web`, so a first word that is no verb is a service. */
const COMMANDS = { trace: Trace }

/** Runs one command line and resolves to the exit code. The only place that prints an error. */
export async function main(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv
  const verb = first !== undefined && Object.hasOwn(COMMANDS, first) ? (first as keyof typeof COMMANDS) : null
  const Verb = COMMANDS[verb ?? 'trace']
  const words = verb ? rest : [...argv]
  const beforeDashes = words.slice(0, words.indexOf('--') < 0 ? undefined : words.indexOf('--'))
  if (first === '--version' || first === 'version') return print(`kubectl-svcpath ${pkg.version}\n`)
  if (first === 'help' || beforeDashes.some((word) => word === '--help' || word === '-h')) return print(help(Verb))
  try {
    return (await Verb.run(words, config())) as number
  } catch (error) {
    return report(error)
  }
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

/** What oclif needs to know of the program; nothing is read from disk for it. */
function config(): Config {
  const settings = new Config({ root: '/' })
  settings.bin = 'kubectl svcpath'
  settings.name = pkg.name
  settings.version = pkg.version
  settings.pjson = { ...pkg, oclif: {} } as unknown as Config['pjson']
  settings.topicSeparator = ' '
  return settings
}

function help(Verb: typeof Trace): string {
  // CommandHelp reads only these of what oclif would cache of a command.
  const command = {
    ...Verb,
    id: Verb.id,
    summary: Verb.summary,
    description: Verb.description,
    examples: Verb.examples,
  }
  const usage = '[trace] [SERVICE] -f PATH... [flags]'
  const shown = { ...command, args: Verb.args, flags: Verb.flags, usage, aliases: [], hiddenAliases: [] }
  const page = new CommandHelp(shown as never, config(), {
    maxWidth: 100,
    stripAnsi: !process.stdout.isTTY,
  } as never).generate()
  return `${Verb.summary}\n\n${page}\n`
}

/** Prints what went wrong and returns the exit code for it. A usage error of oclif's parser is 2. */
function report(error: unknown): number {
  if (error instanceof SvcpathError) {
    process.stderr.write(`error: ${error.message}\n${error.hint ? `  ${error.hint}\n` : ''}`)
    return error.exitCode
  }
  const { message, name, oclif } = error as Error & { oclif?: { exit?: number } }
  if (name === 'CaptureError') {
    process.stderr.write(`error: ${message}\n`)
    return 1
  }
  if (oclif) {
    process.stderr.write(
      `error: ${message.replace(/\nSee more help with --help$/, '')}\n  see kubectl svcpath --help\n`,
    )
    return 2
  }
  process.stderr.write(
    `error: ${message}\n  this is a fault of svcpath; please report it with the line below\n  ${(error as Error).stack?.split('\n')[1]?.trim()}\n`,
  )
  return 1
}
