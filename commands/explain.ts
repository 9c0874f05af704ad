import { Args, Command, Flags } from '@oclif/core'
import { CATALOGUE, findEntry } from '../src/diagnose/catalogue.ts'
import { usageError } from '../src/errors.ts'
import { renderCatalogue, renderEntry } from '../src/render/explain.ts'
import { terminal } from '../src/render/terminal.ts'

export default class Explain extends Command {
  static override usage = 'explain [CODE] [flags]'
  static override summary = 'Explain a finding: what it is, how it arises, how it is proved and mended'
  static override description =
    'CODE is that of a finding (SVP303, 303) or its name (stale-endpoint). Without one, all are listed.'
  static override examples = [
    { description: 'What stale endpoints are', command: 'kubectl svcpath explain SVP303' },
    { description: 'List all findings', command: 'kubectl svcpath explain' },
  ]
  static override args = {
    code: Args.string({ description: 'SVP303, 303 or stale-endpoint', required: false, ignoreStdin: true }),
  }
  static override flags = {
    output: Flags.string({ char: 'o', options: ['text', 'json'], default: 'text', description: 'output format' }),
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code 0. */
  async run(): Promise<number> {
    const { args, flags } = await this.parse(Explain)
    const look = terminal(process.stdout, process.env)
    const entry = args.code === undefined ? null : findEntry(args.code)
    if (args.code !== undefined && entry === null)
      throw usageError(`no finding ${args.code}`, 'kubectl svcpath explain lists them all')
    const json = JSON.stringify(entry ?? CATALOGUE, null, 2)
    process.stdout.write(
      flags.output === 'json' ? `${json}\n` : entry ? renderEntry(entry, look) : renderCatalogue(CATALOGUE, look),
    )
    return 0
  }
}
