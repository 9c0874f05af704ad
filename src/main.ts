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
    return await new Verb([...words], new BareConfig()).run()
  } catch (error) {
    return report(error)
  }
}

function print(text: string): number {
  process.stdout.write(text)
  return 0
}

/** oclif without plugins and hooks: nothing is read from disk to start it. */
class BareConfig extends Config {
  constructor() {
    super({ root: '/' })
    this.bin = 'kubectl svcpath'
    this.name = pkg.name
    this.version = pkg.version
    this.topicSeparator = ' '
  }

  override async runHook(): Promise<{ successes: []; failures: [] }> {
    return { successes: [], failures: [] }
  }
}

function help(Verb: typeof Trace): string {
  const { summary, description, examples } = Verb
  const named = <T>(record: Record<string, T>) =>
    Object.fromEntries(Object.entries(record).map(([name, one]) => [name, { ...one, name }]))
  const usage = '[SERVICE] -f PATH... [flags]'
  const command = {
    // The verb is left out, as people leave it out.
    id: '',
    description,
    examples,
    usage,
    args: named(Verb.args),
    flags: named(Verb.flags),
    aliases: [],
  }
  // What CommandHelp takes is what oclif caches of a command, of which it reads no more than this.
  const options = { maxWidth: 100, stripAnsi: !process.stdout.isTTY }
  const page = new CommandHelp(command as never, new BareConfig(), options as never)
    .generate()
    .replace('svcpath  ', 'svcpath ')
  return `${summary}\n\n${page}\n`
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
