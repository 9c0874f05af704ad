import { Flags } from '@oclif/core'
import { VerbCommand } from '../src/flags/command.ts'
import type { WayName } from '../src/model/way.ts'

export default class Rbac extends VerbCommand {
  static override usage = 'rbac [flags]'
  static override summary = 'Print the minimal roles that a way onto the nodes needs'
  static override description =
    'Prints a ClusterRole and the Roles, with bindings, as YAML for kubectl apply. It holds what svcpath calls and nothing more; ' +
    'nothing is asked of the cluster.'
  static override examples = [
    {
      description: 'Allow the group oncall to look by exec',
      command: 'kubectl svcpath rbac --via exec --subject Group/oncall | kubectl apply -f -',
    },
    { description: 'What debug pods need', command: 'kubectl svcpath rbac --via debug' },
  ]
  static override flags = {
    via: Flags.string({
      options: ['exec', 'debug', 'ssh', 'local'],
      default: 'exec',
      description: 'way onto the nodes',
    }),
    'debug-namespace': Flags.string({
      default: 'kube-system',
      helpValue: 'NAME',
      description: 'namespace of the pods that are exec’d into or made',
    }),
    subject: Flags.string({
      helpValue: 'KIND/NAME',
      description: 'who gets the roles: User/NAME, Group/NAME or ServiceAccount/NAMESPACE/NAME',
    }),
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code 0. */
  async run(): Promise<number> {
    const { flags } = await this.parse(Rbac)
    const { rbacVerb } = await import('../src/verbs/rbac.ts')
    return rbacVerb(
      { via: flags.via as WayName, namespace: flags['debug-namespace'], subject: flags.subject ?? null },
      this.io,
    )
  }
}
