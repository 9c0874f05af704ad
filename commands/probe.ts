import { Args, Flags } from '@oclif/core'
import { colorFlag, withColor } from '../src/flags/color.ts'
import { VerbCommand } from '../src/flags/command.ts'
import { kubeFlags, milliseconds, namespaceFlag } from '../src/flags/kube.ts'
import { liveOptions } from '../src/flags/live.ts'
import { reachFlags } from '../src/flags/reach.ts'
import { usageError } from '../src/model/errors.ts'
import { isUrlPath } from '../src/model/probe/url.ts'
import { PROBE_OUTPUTS, type ProbeOutput } from '../src/render/outputs.ts'

export default class Probe extends VerbCommand {
  static override usage = 'probe SERVICE [flags]'
  static override summary =
    'Make real connections to a Service from pods and nodes, and show where those that fail died'
  static override description = [
    'Connects to every entry of the Service from the network namespace of pods and from nodes, and holds what came of each connection against what the rules say. ' +
      'Each connection is recognised by its source port in the conntrack of the nodes it passes, so a failure is placed: not translated, led to a stale endpoint, ' +
      'stopped by a rule, lost between nodes, nobody listens, accept queue full, answer lost. Where the evidence is not enough it says so.',
    'Connections are made with what is there: python3, perl, nc, curl or bash. They carry no data (unless --http or --tls asks for it), and go to entries of this Service only. ' +
      'By default each of up to five nodes and one pod on it make 10 connections to each entry; never more than 1000 in all. Nothing on a node or in a pod is changed.',
    'Exit codes: 0 all got through; 1 it could not do its work; 2 wrong usage; 3 some failed; 4 of some it is not known; 130 interrupted.',
  ].join('\n\n')
  static override examples = [
    {
      description: 'Connect to a service from some nodes and a pod on each',
      command: 'kubectl svcpath probe web -n shop',
    },
    {
      description: 'Connect from the pod whose connections fail, 50 times',
      command: 'kubectl svcpath probe shop/web --from pod/client --count 50',
    },
    {
      description: 'Connect from two nodes to one port',
      command: 'kubectl svcpath probe web -n shop --node n1,n2 --port http',
    },
    {
      description: 'Ask for a page over TLS, and show status codes and certificate',
      command: 'kubectl svcpath probe web -n shop --tls --http /healthz',
    },
    { description: 'After a deploy, for CI', command: 'kubectl svcpath probe web -n shop --count 3 -o junit' },
  ]
  static override args = {
    service: Args.string({
      description: 'name, NAMESPACE/NAME, IP, IP:PORT or node port',
      required: false,
      ignoreStdin: true,
    }),
  }
  static override flags = {
    filename: Flags.string({ char: 'f', multiple: true, multipleNonGreedy: true, hidden: true }),
    'all-namespaces': Flags.boolean({
      char: 'A',
      exclusive: ['namespace'],
      description: 'find the service in any namespace',
    }),
    output: Flags.string({ char: 'o', options: [...PROBE_OUTPUTS], default: 'tree', description: 'output format' }),
    from: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'PLACE',
      description:
        'connect from here: pod/NAME, NAMESPACE/pod/NAME or node/NAME; can be repeated (default: up to five nodes and a pod on each)',
    }),
    port: Flags.string({ helpValue: 'PORT', description: 'only this port of the service, by number or name' }),
    count: Flags.integer({
      default: 10,
      min: 1,
      max: 1000,
      helpValue: 'N',
      description: 'connections to each entry from each place',
    }),
    timeout: Flags.string({ default: '2s', helpValue: 'TIME', description: 'how long a connection may take' }),
    rate: Flags.integer({
      default: 20,
      min: 1,
      max: 100,
      helpValue: 'N',
      description: 'connections a second from each place',
    }),
    http: Flags.string({
      helpValue: 'PATH',
      description: 'send GET PATH over each connection, and show the status codes; needs python3 or curl on the node',
    }),
    tls: Flags.boolean({
      description:
        'speak TLS, and show the certificate (it is not checked); without --http the handshake alone; needs python3',
    }),
    'kernel-trace': Flags.boolean({
      description:
        "let the kernel tell rule by rule what it did with the probe's packets, by an nft table that lives as long as the probe",
    }),
    verbose: Flags.boolean({ char: 'v', description: 'show every endpoint and the conntrack entries of what failed' }),
    ...kubeFlags,
    namespace: namespaceFlag("namespace of the service (default: the context's)"),
    ...reachFlags,
    color: colorFlag,
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code: 0 all got through, 3 some failed, 4 of some it is not known. */
  async run(): Promise<number> {
    const { args, flags } = await this.parse(Probe)
    const { probeVerb } = await import('../src/verbs/probe.ts')
    return probeVerb(
      {
        service: args.service ?? null,
        recorded: flags.filename !== undefined,
        namespace: flags.namespace ?? null,
        everywhere: flags['all-namespaces'],
        from: flags.from ?? [],
        port: flags.port ?? null,
        count: flags.count,
        timeoutMs: timeLimit(flags.timeout),
        rate: flags.rate,
        request: requestOf(flags.http ?? null, flags.tls),
        kernelTrace: flags['kernel-trace'],
        live: { ...liveOptions(flags), timeline: flags.verbose },
        output: flags.output as ProbeOutput,
        verbose: flags.verbose,
      },
      withColor(this.io, flags.color),
    )
  }
}

/** Null: connections alone. */
function requestOf(path: string | null, tls: boolean): { tls: boolean; path: string | null } | null {
  if (path !== null && !isUrlPath(path))
    throw usageError(`--http ${path}: not a path`, 'give one that begins with /, without blanks: --http /healthz')
  return path === null && !tls ? null : { tls, path }
}

/** Shorter ones would call slow answers lost; longer ones hold a node up. */
function timeLimit(text: string): number {
  const value = milliseconds('--timeout', text)
  if (value < 100 || value > 30_000) throw usageError(`--timeout ${text}: give a time from 100ms to 30s`)
  return value
}
