import { CommandHelp, Config } from '@oclif/core'
import pkg from '../package.json' with { type: 'json' }
import type { VerbCommand } from './flags/command.ts'

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

/** The help of a verb, with what makes headings bold; `verbs` are those that it names at its end. */
export function helpPage(
  Verb: typeof VerbCommand,
  verbs: readonly (readonly [name: string, summary: string])[],
): string {
  const { summary, description, examples, usage, strict } = Verb
  const named = <T>(record: Record<string, T>) =>
    Object.fromEntries(Object.entries(record).map(([name, one]) => [name, { ...one, name }]))
  const command = {
    // Each usage names its verb; that of `trace` is left out, as people leave it out.
    id: '',
    description,
    examples,
    usage,
    // Arguments of which there may be several are shown with dots.
    strict,
    args: named(Verb.args),
    flags: named(Verb.flags),
    aliases: [],
  }
  // What CommandHelp takes is what oclif caches of a command, of which it reads no more than this.
  const options = { maxWidth: 100 }
  const page = new CommandHelp(command as never, new BareConfig(), options as never)
    .generate()
    .replaceAll('svcpath  ', 'svcpath ')
    // oclif writes headings in capitals, flags within them too.
    .replace('SSH FLAGS', 'SSH FLAGS (for --via ssh)')
  const width = Math.max(0, ...verbs.map(([name]) => name.length))
  const list = verbs.map(([name, what]) => `  ${name.padEnd(width)}  ${what}`)
  return `${summary}\n\n${page}\n${list.length > 0 ? `\nCOMMANDS\n${list.join('\n')}\n` : ''}`
}
