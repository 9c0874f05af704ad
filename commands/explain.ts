import { Args, Flags } from '@oclif/core'
import { colorFlag, withColor } from '../src/flags/color.ts'
import { VerbCommand } from '../src/flags/command.ts'

export default class Explain extends VerbCommand {
  static override usage = 'explain [CODE...] [flags]'
  static override summary = 'Explain a finding: what it is, how it happens, how it is proved and fixed'
  static override description =
    'CODE is the code of a finding (SVP303, 303) or its name (stale-endpoint), or a word of the output (expected, KUBE-SVC, tree); you can give several. Without one, all findings are listed.'
  static override examples = [
    { description: 'Explain stale endpoints', command: 'kubectl svcpath explain SVP303' },
    { description: 'Explain a word of the output', command: 'kubectl svcpath explain expected' },
    { description: 'List all findings', command: 'kubectl svcpath explain' },
  ]
  static override strict = false
  static override args = {
    code: Args.string({ description: 'SVP303, 303 or stale-endpoint', required: false, ignoreStdin: true }),
  }
  static override flags = {
    output: Flags.string({ char: 'o', options: ['text', 'json'], default: 'text', description: 'output format' }),
    color: colorFlag,
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code 0. */
  async run(): Promise<number> {
    const { argv, flags } = await this.parse(Explain)
    const { explainVerb } = await import('../src/verbs/explain.ts')
    return explainVerb({ codes: argv.map(String), asJson: flags.output === 'json' }, withColor(this.io, flags.color))
  }
}
