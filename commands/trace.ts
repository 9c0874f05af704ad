import { Args, Flags } from '@oclif/core'
import { colorFlag, withColor } from '../src/flags/color.ts'
import { VerbCommand } from '../src/flags/command.ts'
import { kubeFlags } from '../src/flags/kube.ts'
import { liveOptions } from '../src/flags/live.ts'
import { outputFlag, readOutput } from '../src/flags/output.ts'
import { reachFlags } from '../src/flags/reach.ts'
import { OUTPUTS } from '../src/render/outputs.ts'

export default class Trace extends VerbCommand {
  static override usage = '[SERVICE] [-f PATH...] [flags]'
  static override summary = 'Show the path of a connection to a Service on every node'
  static override description = [
    'Rebuilds DNS → entry → KUBE-SVC → KUBE-SEP → pod interface from what the nodes hold, with the connections that each rule ' +
      "counted and each endpoint's share. Reads the cluster of the current context, or a recording (-f). " +
      'Without a SERVICE it lists the services of the namespace, with -A those of all namespaces, one line each.',
    'SERVICE is whatever you have: web, shop/web, web:80, a URL, an IP of the service, a pod or a node with or without a port, a node port, deploy/web or pod/NAME.',
    'ingress/NAME, httproute/NAME and gateway/NAME show which Services the rules lead to, and the path of each, from API objects: ' +
      'what the controller itself is configured to do is not judged.',
    'Exit codes: 0 reachable; 1 svcpath itself failed; 2 wrong usage; 3 broken or degraded; 4 not everything that matters was seen; 6 nothing has this name; 130 interrupted. ' +
      'Of the list: as for check.',
  ].join('\n\n')
  static override examples = [
    {
      description: 'Trace the service web of the namespace shop on every node',
      command: 'kubectl svcpath web -n shop',
    },
    {
      description: 'Reach the nodes with debug pods of your own image',
      command: 'kubectl svcpath web -n shop --via debug --image registry.local/netshoot:v0.13',
    },
    {
      description: 'Show the path of one pod, with every rule that its packet meets',
      command: 'kubectl svcpath shop/web --from pod/client -v',
    },
    {
      description: 'Follow the rules of an Ingress (or httproute/NAME, gateway/NAME) to their Services',
      command: 'kubectl svcpath ingress/storefront -n shop',
    },
    { description: 'Trace from a capture', command: 'kubectl svcpath web -n shop -f capture.tgz' },
    {
      description: 'Trace from pasted rules, with neighbours and bridge to find the interface',
      command: 'kubectl svcpath nginx-service -f iptables-save.txt -f arp.txt -f brctl-show.txt',
    },
    {
      description: 'Read the rules of this machine',
      command: 'sudo iptables-save -c | kubectl svcpath 10.96.0.10:53 -f -',
    },
    {
      description: 'Which services send connections to a pod',
      command: 'kubectl svcpath pod/web-578784cc4c-4q9zh -n shop',
    },
    { description: 'List all services of the cluster', command: 'kubectl svcpath -A' },
  ]
  static override args = {
    // oclif would take standard input for a missing argument, and that is what -f - reads.
    service: Args.string({
      description: 'name, NAMESPACE/NAME, NAME:PORT, URL, IP, IP:PORT, node port, deploy/NAME or pod/NAME',
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
      description:
        'capture folder or tarball, or files of tool output, instead of the cluster; - reads standard input; can be repeated',
    }),
    'all-namespaces': Flags.boolean({
      char: 'A',
      exclusive: ['namespace'],
      description: 'all namespaces: find the service in any of them, or list all services',
    }),
    output: outputFlag(OUTPUTS),
    port: Flags.string({ helpValue: 'PORT', description: 'only this port of the service, by number or name' }),
    from: Flags.string({
      helpValue: 'CLIENT',
      description: 'trace as this client: pod/NAME, NAMESPACE/pod/NAME, node/NAME, an IP, or the name of a pod or node',
    }),
    verbose: Flags.boolean({
      char: 'v',
      description: 'show every rule on the path, with its counter and source line',
    }),
    'fail-on': Flags.string({
      options: ['error', 'warning'],
      default: 'error',
      description: 'what makes the exit code 3',
    }),
    dns: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'query every DNS pod for the names of the service',
    }),
    ...kubeFlags,
    ...reachFlags,
    color: colorFlag,
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code: 0 reachable, 3 broken or degraded, 4 not everything that matters was seen. */
  async run(): Promise<number> {
    const { args, flags } = await this.parse(Trace)
    const { traceVerb } = await import('../src/verbs/trace.ts')
    return traceVerb(
      {
        service: args.service ?? null,
        files: flags.filename ?? null,
        namespace: flags.namespace ?? null,
        everywhere: flags['all-namespaces'],
        port: flags.port ?? null,
        from: flags.from ?? null,
        dns: flags.dns,
        failOn: flags['fail-on'] as 'error' | 'warning',
        live: { ...liveOptions(flags), timeline: flags.verbose },
        output: await readOutput(flags.output, OUTPUTS),
        verbose: flags.verbose,
      },
      withColor(this.io, flags.color),
    )
  }
}
