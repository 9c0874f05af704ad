import { Flags } from '@oclif/core'
import { colorFlag, withColor } from '../src/flags/color.ts'
import { VerbCommand } from '../src/flags/command.ts'
import { kubeFlags } from '../src/flags/kube.ts'
import { liveOptions } from '../src/flags/live.ts'
import { reachFlags } from '../src/flags/reach.ts'

export default class Doctor extends VerbCommand {
  static override usage = 'doctor [flags]'
  static override summary = 'Check, before an incident, whether svcpath can read the nodes of this cluster'
  static override description = [
    'Asks the API whether you may make each call that svcpath makes, then runs the script that reads a node on every node, and prints which way leads there, ' +
      'what could not be read, how long it took, and whether the clock is right. It changes nothing: whether debug pods could be made is asked by a dry run.',
    'Exit codes: 0 every node can be read; 1 svcpath itself failed, such as an API that does not answer; 2 wrong usage; 4 some nodes, or the rules on them, would stay unknown, or a needed call is not allowed; 130 interrupted.',
  ].join('\n\n')
  static override examples = [
    { description: 'Check the cluster of the current context', command: 'kubectl svcpath doctor' },
    {
      description: 'Check whether SSH leads onto the nodes',
      command: 'kubectl svcpath doctor --via ssh --ssh-user core',
    },
  ]
  static override flags = {
    output: Flags.string({ char: 'o', options: ['text', 'json'], default: 'text', description: 'output format' }),
    ...kubeFlags,
    ...reachFlags,
    color: colorFlag,
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code: 0 every node can be read, 4 some would stay unknown. */
  async run(): Promise<number> {
    const { flags } = await this.parse(Doctor)
    const { doctorVerb } = await import('../src/verbs/doctor.ts')
    const live = liveOptions(flags)
    return doctorVerb({ live, asJson: flags.output === 'json' }, withColor(this.io, flags.color))
  }
}
