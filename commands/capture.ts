import { Args, Flags } from '@oclif/core'
import { VerbCommand } from '../src/flags/command.ts'
import { kubeFlags, milliseconds, namespaceFlag } from '../src/flags/kube.ts'
import { liveOptions } from '../src/flags/live.ts'
import { reachFlags } from '../src/flags/reach.ts'

export default class Capture extends VerbCommand {
  static override usage = 'capture [SERVICE] [flags]'
  static override summary = 'Save what the API and the nodes hold about a Service, to trace it later with -f'
  static override description = [
    'Reads the same data as a trace and writes it into one .tgz: API objects, the output of each node, and a manifest that says how and when each part was collected and what was left out.',
    'With -A and without SERVICE it saves everything: all services, and all rules of every node.',
    'A capture holds names, addresses and rules, never secrets, environment variables or annotations.',
  ].join('\n\n')
  static override examples = [
    { description: 'Save one service', command: 'kubectl svcpath capture web -n shop' },
    { description: 'Save everything', command: 'kubectl svcpath capture -A -o cluster.tgz' },
    {
      description: 'Keep the last ten captures, one every 30 seconds, to compare with later',
      command: 'kubectl svcpath capture -A --every 30s --keep 10',
    },
    {
      description: 'Redact an existing capture before you share it',
      command: 'kubectl svcpath capture --redact -f cluster.tgz -o redacted.tgz',
    },
  ]
  static override args = {
    service: Args.string({
      description: 'name, NAMESPACE/NAME, IP, IP:PORT or node port',
      required: false,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    'all-namespaces': Flags.boolean({
      char: 'A',
      exclusive: ['namespace'],
      description: 'everything; with a SERVICE: find it in any namespace',
    }),
    output: Flags.string({
      char: 'o',
      helpValue: 'FILE',
      description: 'file to write, - for standard output (default: svcpath-NAMESPACE-SERVICE-TIME.tgz)',
    }),
    every: Flags.string({
      helpValue: 'TIME',
      description: 'go on and take a capture at this interval, until Ctrl-C: 30s, 5m; -o is then how the names begin',
    }),
    keep: Flags.integer({
      helpValue: 'N',
      dependsOn: ['every'],
      description: 'with --every: how many captures to keep; older ones of this run are deleted (default: 10)',
    }),
    for: Flags.string({
      helpValue: 'TIME',
      dependsOn: ['every'],
      description: 'with --every: stop after this time: 1h',
    }),
    force: Flags.boolean({ description: 'overwrite the file if it exists' }),
    filename: Flags.string({
      char: 'f',
      helpValue: 'FILE',
      description: 'with --redact: an existing capture, or - for standard input, instead of the cluster',
    }),
    redact: Flags.boolean({
      description: 'anonymise: replace names and addresses consistently; the path stays the same',
    }),
    from: Flags.string({
      helpValue: 'CLIENT',
      description: 'include this client pod, for a later --from: pod/NAME or NAMESPACE/pod/NAME',
    }),
    dns: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'query every DNS pod for the names of the service',
    }),
    ...kubeFlags,
    namespace: namespaceFlag("namespace of the service (default: the context's)"),
    ...reachFlags,
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code: 0 everything was collected, 4 something was not. */
  async run(): Promise<number> {
    const { args, flags } = await this.parse(Capture)
    const { captureVerb } = await import('../src/verbs/capture.ts')
    return captureVerb(
      {
        service: args.service ?? null,
        namespace: flags.namespace ?? null,
        everywhere: flags['all-namespaces'],
        from: flags.from ?? null,
        dns: flags.dns,
        output: flags.output ?? null,
        force: flags.force,
        redact: flags.redact,
        file: flags.filename ?? null,
        ring:
          flags.every === undefined
            ? null
            : {
                everyMs: milliseconds('--every', flags.every),
                keep: flags.keep ?? 10,
                forMs: flags.for === undefined ? null : milliseconds('--for', flags.for),
              },
        live: liveOptions(flags),
      },
      this.io,
    )
  }
}
