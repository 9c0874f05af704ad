import { Args, Flags } from '@oclif/core'
import { colorFlag, withColor } from '../src/flags/color.ts'
import { VerbCommand } from '../src/flags/command.ts'
import { kubeFlags, milliseconds } from '../src/flags/kube.ts'
import { liveOptions } from '../src/flags/live.ts'
import { reachFlags } from '../src/flags/reach.ts'
import { WATCH_OUTPUTS, type WatchOutput } from '../src/render/outputs.ts'

export default class Watch extends VerbCommand {
  static override usage = 'watch SERVICE [flags]'
  static override summary = 'Watch a Service live: connections, failures, endpoints, rules and findings'
  static override description = [
    'Shows, for each endpoint and node, new connections per second, connections that get no answer or are refused, endpoints that come and go, rules that change, ' +
      'and how the verdict and the findings change with them. So it shows whether a fix helped.',
    'It keeps one session to each node, which reads little and ends by itself when this run ends. In a pipe it prints one event a line. ' +
      'DNS is not queried; trace and check do that.',
    'Ctrl-C ends it with a summary. ' +
      'Exit codes, by the last verdict: 0 reachable; 1 svcpath itself failed; 2 wrong usage; 3 broken or degraded; 4 not everything that matters was seen; 130 interrupted before the first verdict.',
  ].join('\n\n')
  static override examples = [
    { description: 'Watch the service web of the namespace shop', command: 'kubectl svcpath watch web -n shop' },
    {
      description: 'Wait until a fix has reached every node, two minutes at most',
      command: 'kubectl svcpath watch web -n shop --until reachable --for 2m',
    },
    {
      description: 'Keep the failed connections of the next hour as JSON lines',
      command: `kubectl svcpath watch web -n shop --for 1h -o json | grep '"event":"failure"'`,
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
    filename: Flags.string({
      char: 'f',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'PATH',
      hidden: true,
      description: 'not for watch: what is recorded does not change',
    }),
    'all-namespaces': Flags.boolean({
      char: 'A',
      exclusive: ['namespace'],
      description: 'find the service in any namespace',
    }),
    output: Flags.string({
      char: 'o',
      options: [...WATCH_OUTPUTS],
      description:
        'output format: screen (default on a terminal), lines (default in a pipe), or json, one event a line',
    }),
    for: Flags.string({ helpValue: 'TIME', description: 'end after this time: 60s, 10m' }),
    until: Flags.string({
      options: ['reachable', 'broken'],
      description:
        'end as soon as this is the verdict, and a second look confirms it where nodes were still following a change',
    }),
    port: Flags.string({ helpValue: 'PORT', description: 'only this port of the service, by number or name' }),
    from: Flags.string({
      helpValue: 'CLIENT',
      description: 'trace as this client: pod/NAME, NAMESPACE/pod/NAME, node/NAME or an IP',
    }),
    ...kubeFlags,
    ...reachFlags,
    color: colorFlag,
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code, by the last verdict. */
  async run(): Promise<number> {
    const { args, flags } = await this.parse(Watch)
    const { watchVerb } = await import('../src/verbs/watch.ts')
    return watchVerb(
      {
        service: args.service ?? null,
        files: flags.filename ?? null,
        namespace: flags.namespace ?? null,
        everywhere: flags['all-namespaces'],
        port: flags.port ?? null,
        from: flags.from ?? null,
        forMs: flags.for === undefined ? null : milliseconds('--for', flags.for),
        until: (flags.until ?? null) as 'reachable' | 'broken' | null,
        live: liveOptions(flags),
        output: (flags.output ?? null) as WatchOutput | null,
      },
      withColor(this.io, flags.color),
    )
  }
}
