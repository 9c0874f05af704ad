import { Flags } from '@oclif/core'
import { VerbCommand } from '../src/flags/command.ts'
import { kubeFlags, kubeOptions, namespaceFlag } from '../src/flags/kube.ts'

export default class Cleanup extends VerbCommand {
  static override usage = 'cleanup [flags]'
  static override summary = 'Remove debug pods that a killed run left behind'
  static override description =
    'svcpath removes its debug pods itself, also on Ctrl-C, and each has its own deadline. This command removes those of ' +
    'runs that were killed before they could. It leaves pods of runs that may still be working, unless you give --all.'
  static override examples = [
    { description: 'Remove what killed runs left behind, in all namespaces', command: 'kubectl svcpath cleanup' },
    { description: 'Only show it', command: 'kubectl svcpath cleanup --dry-run' },
  ]
  static override flags = {
    all: Flags.boolean({ description: 'also those of runs that may still be working' }),
    'dry-run': Flags.boolean({ description: 'show what would be removed' }),
    ...kubeFlags,
    namespace: namespaceFlag('only the debug pods of this namespace (default: all)'),
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code: 0 nothing is left, 1 something could not be removed. */
  async run(): Promise<number> {
    const { flags } = await this.parse(Cleanup)
    const { cleanupVerb } = await import('../src/verbs/cleanup.ts')
    return cleanupVerb(
      { kube: kubeOptions(flags), namespace: flags.namespace ?? null, all: flags.all, dryRun: flags['dry-run'] },
      this.io,
    )
  }
}
