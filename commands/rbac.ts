import { Flags } from '@oclif/core'
import { VerbCommand } from '../src/flags/command.ts'
import type { WayName } from '../src/model/way.ts'

export default class Rbac extends VerbCommand {
  static override usage = 'rbac [flags]'
  static override summary = 'Print the minimal roles that svcpath needs to read the nodes'
  static override description =
    'Prints a ClusterRole, Roles and bindings as YAML for kubectl apply. They allow exactly the calls that svcpath makes; ' +
    'this command does not contact the cluster.'
  static override examples = [
    {
      description: 'Allow the group oncall to use svcpath with exec',
      command: 'kubectl svcpath rbac --via exec --subject Group/oncall | kubectl apply -f -',
    },
    { description: 'What debug pods need', command: 'kubectl svcpath rbac --via debug' },
  ]
  static override flags = {
    via: Flags.string({
      options: ['exec', 'debug', 'ssh', 'local'],
      default: 'exec',
      description: 'how to reach the nodes',
    }),
    'debug-namespace': Flags.string({
      default: 'kube-system',
      helpValue: 'NAME',
      description: 'namespace of the pods that svcpath execs into or creates',
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
