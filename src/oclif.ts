import { type Command, CommandHelp, Config } from '@oclif/core'
import pkg from '../package.json' with { type: 'json' }

/** oclif without plugins and hooks: nothing is read from disk to start it. */
export class BareConfig extends Config {
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

/** The help of a verb, as it stands in the terminal. */
export function helpPage(Verb: typeof Command): string {
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
