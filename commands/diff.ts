import { Args, Flags } from '@oclif/core'
import { colorFlag, withColor } from '../src/flags/color.ts'
import { VerbCommand } from '../src/flags/command.ts'
import { kubeFlags, namespaceFlag } from '../src/flags/kube.ts'
import { liveOptions } from '../src/flags/live.ts'
import { reachFlags } from '../src/flags/reach.ts'
import { DIFF_OUTPUTS, type DiffOutput } from '../src/render/outputs.ts'

export default class Diff extends VerbCommand {
  static override usage = 'diff BEFORE [AFTER] [SERVICE] [flags]'
  static override summary =
    'Show what changed between two captures, or since a capture, and which of it changes the way'
  static override description = [
    'Compares two captures, or a capture with the cluster as it is now: the Service, its endpoints, rules, routes, interfaces, settings and versions, ' +
      'and the findings. What changes the way or the verdict comes first. Rules are compared by what they do; counters are not compared. ' +
      'What only one of the two shows is called unknown, not removed.',
    'BEFORE and AFTER are captures (folder or tarball) or files of tool output; - reads standard input. Without AFTER the cluster is read. ' +
      'A word that exists as a path is a path; write svc/NAME for a service with the name of a file. ' +
      'Without a SERVICE, a capture of one service is compared for that service, and any other for all services.',
    'Exit codes: 0 the same way; 1 it could not do its work; 2 wrong usage; 3 changed for the worse: a verdict fell, a new error was found, or a service that worked is gone; ' +
      '4 no change was seen, but not everything can be compared; 5 changed otherwise; 6 nothing has this name; 130 interrupted.',
  ].join('\n\n')
  static override examples = [
    {
      description: 'What changed for a service between two captures',
      command: 'kubectl svcpath diff before.tgz after.tgz shop/web',
    },
    { description: 'What changed since a capture was taken', command: 'kubectl svcpath diff before.tgz web -n shop' },
    {
      description: 'Which services changed in the whole cluster',
      command: 'kubectl svcpath diff before.tgz after.tgz -A',
    },
    {
      description: 'Which services two dumps of a node differ in, for a ticket',
      command: 'kubectl svcpath diff iptables-before.txt iptables-after.txt -o markdown',
    },
  ]
  static override strict = false
  static override args = {
    before: Args.string({
      description: 'capture or file from before; - reads standard input',
      required: false,
      ignoreStdin: true,
    }),
    after: Args.string({
      description: 'capture or file from after; none: the cluster',
      required: false,
      ignoreStdin: true,
    }),
    service: Args.string({
      description: 'name, NAMESPACE/NAME, IP, IP:PORT or node port; none: all',
      required: false,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    'all-namespaces': Flags.boolean({ char: 'A', exclusive: ['namespace'], description: 'services of all namespaces' }),
    output: Flags.string({ char: 'o', options: [...DIFF_OUTPUTS], default: 'tree', description: 'output format' }),
    verbose: Flags.boolean({ char: 'v', description: 'every change, however many there are' }),
    dns: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'query every DNS pod for the names of the service',
    }),
    ...kubeFlags,
    namespace: namespaceFlag("namespace of the service (default: the context's; of captures: any)"),
    ...reachFlags,
    color: colorFlag,
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code: 0 the same way, 3 changed for the worse, 4 not everything can be compared, 5 changed otherwise. */
  async run(): Promise<number> {
    const { argv, flags } = await this.parse(Diff)
    const { diffVerb } = await import('../src/verbs/diff.ts')
    return diffVerb(
      {
        words: argv.map(String),
        namespace: flags.namespace ?? null,
        everywhere: flags['all-namespaces'],
        dns: flags.dns,
        live: liveOptions(flags),
        output: flags.output as DiffOutput,
        verbose: flags.verbose,
      },
      withColor(this.io, flags.color),
    )
  }
}
