import { Args, Command, Flags } from '@oclif/core'
import { checkNamespace, checkNodes, checkPort, chooseService, nothingFound, readFrom } from '../src/ask.ts'
import { diagnose } from '../src/diagnose/diagnose.ts'
import { isConverged, softened } from '../src/diagnose/drift.ts'
import { usageError } from '../src/errors.ts'
import { kubeFlags, kubeOptions } from '../src/flags/kube.ts'
import { reachFlags, reachOptions } from '../src/flags/reach.ts'
import type { Observation } from '../src/model/observation.ts'
import type { PathReport } from '../src/model/report.ts'
import { observeRecorded } from '../src/observe.ts'
import { OUTPUTS, type Output, renderList, renderReport } from '../src/render/render.ts'
import { terminal } from '../src/render/terminal.ts'
import { allServices } from '../src/trace/find.ts'
import { listServices } from '../src/trace/overview.ts'
import { parseQuery } from '../src/trace/query.ts'
import { traceService } from '../src/trace/trace.ts'

export default class Trace extends Command {
  static override usage = '[SERVICE] [-f PATH...] [flags]'
  static override summary = 'Show the way a connection to a Service takes on every node'
  static override description = [
    'Rebuilds DNS → entry → KUBE-SVC → KUBE-SEP → pod interface from what the nodes hold, with the connections that each rule ' +
      "counted and each endpoint's true share. Asks the cluster of the current context, or reads a recording (-f). " +
      'Without a SERVICE, -A or -f lists all services, one line each.',
    'SERVICE is a name, NAMESPACE/NAME, a cluster, external or load-balancer IP, IP:PORT, or a node port.',
    'Exit codes: 0 reachable; 1 it could not do its work; 2 wrong usage; 3 broken or degraded; 4 not everything that matters was seen; 130 interrupted.',
  ].join('\n\n')
  static override examples = [
    {
      description: 'Trace the service web of the namespace shop on every node',
      command: 'kubectl svcpath web -n shop',
    },
    {
      description: 'Get onto the nodes by debug pods of an image of your own',
      command: 'kubectl svcpath web -n shop --via debug --image registry.local/netshoot:v0.13',
    },
    {
      description: 'Ask which way a packet of one pod goes, with every rule that it meets',
      command: 'kubectl svcpath shop/web --from pod/client -v',
    },
    { description: 'Trace from a capture', command: 'kubectl svcpath web -n shop -f capture.tgz' },
    {
      description: 'Trace from rules that somebody pasted, with the neighbours and the bridge to find the interface',
      command: 'kubectl svcpath nginx-service -f iptables-save.txt -f arp.txt -f brctl-show.txt',
    },
    {
      description: 'Read the rules of this machine',
      command: 'sudo iptables-save -c | kubectl svcpath 10.96.0.10:53 -f -',
    },
    { description: 'List all services of the cluster', command: 'kubectl svcpath -A' },
  ]
  static override args = {
    // oclif would take standard input for a missing argument, and that is what -f - reads.
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
      description:
        'capture folder or tarball, or files of tool output, instead of the cluster; - reads standard input; may be given several times',
    }),
    'all-namespaces': Flags.boolean({
      char: 'A',
      exclusive: ['namespace'],
      description: 'all namespaces: finds the service in any, and without one lists all',
    }),
    output: Flags.string({ char: 'o', options: [...OUTPUTS], default: 'tree', description: 'output format' }),
    port: Flags.string({ helpValue: 'PORT', description: 'only this port of the service, by number or name' }),
    from: Flags.string({
      helpValue: 'CLIENT',
      description: 'whose packet is walked: pod/NAME, NAMESPACE/pod/NAME, node/NAME or an IP',
    }),
    verbose: Flags.boolean({
      char: 'v',
      description: 'show every rule that was met, with its counter and source line',
    }),
    dns: Flags.boolean({ allowNo: true, default: true, description: 'ask every DNS pod for the names of the service' }),
    ...kubeFlags,
    ...reachFlags,
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code: 0 reachable, 3 broken or degraded, 4 not everything that matters was seen. */
  async run(): Promise<number> {
    const { args, flags } = await this.parse(Trace)
    const reach = reachOptions(flags)
    const kube = kubeOptions(flags)
    if (args.service !== undefined) checkNamespace(args.service, flags.namespace ?? null)
    const asked = { service: args.service ?? null, namespace: flags.namespace ?? null, from: flags.from ?? null }
    if (flags.filename) {
      const observation = await observeRecorded(flags.filename, () => process.stdin)
      checkNodes(observation, reach.nodes)
      const { namespace } = asked
      if (args.service === undefined) return this.list(observation, namespace, flags, reach.nodes)
      return this.show(this.trace({ observation, namespace }, args.service, flags, reach.nodes), flags)
    }
    if (args.service === undefined && !flags['all-namespaces'] && !flags.namespace) {
      throw usageError(
        'which service?',
        'name one (kubectl svcpath web -n shop), or list them with -A or -n NAMESPACE; see --help',
      )
    }
    const { withCluster } = await import('../src/live/look.ts')
    const { settled } = await import('../src/live/settle.ts')
    const everywhere = flags['all-namespaces']
    const ask = { ...asked, everywhere, dns: flags.dns, parts: 'all' as const }
    const live = { kube, reach, quiet: flags.quiet }
    return withCluster(live, async (cluster) => {
      const { result, passing } = await settled(cluster, async () => {
        const result = await cluster.look(ask)
        const report = args.service === undefined ? null : this.trace(result, args.service, flags, reach.nodes)
        return { result: { ...result, report }, findings: report?.findings ?? [] }
      })
      cluster.progress.done()
      const { observation, namespace, report } = result
      if (report === null) return this.list(observation, namespace, flags, reach.nodes)
      return this.show({ ...report, findings: softened(report.findings, passing) }, flags)
    })
  }

  private trace(
    { observation, namespace }: { observation: Observation; namespace: string | null },
    wanted: string,
    flags: { port?: string | undefined; from?: string | undefined },
    nodes: readonly string[],
  ): PathReport {
    const query = parseQuery(wanted)
    const service = chooseService(observation, wanted, namespace)
    const port = flags.port ?? (query.kind === 'address' && query.port !== null ? String(query.port) : null)
    checkPort(service, flags.port ?? null)
    const from = flags.from ? readFrom(observation, flags.from, service.namespace) : null
    return diagnose(observation, service, traceService(observation, service, { from, nodes, port }))
  }

  private show(report: PathReport, flags: { output: string; verbose: boolean }): number {
    const look = { ...terminal(process.stdout, process.env), verbose: flags.verbose }
    process.stdout.write(renderReport(report, flags.output as Output, look))
    return exitCode(report)
  }

  private list(
    observation: Observation,
    namespace: string | null,
    flags: { output: string },
    nodes: readonly string[],
  ): number {
    const services = allServices(observation).filter((one) => !namespace || one.namespace === namespace)
    if (services.length === 0) throw nothingFound(observation, namespace)
    const rows = announced(`tracing ${services.length} services …`, services.length > 500, () =>
      listServices(observation, services, nodes, isConverged),
    )
    process.stdout.write(renderList(rows, flags.output as Output, terminal(process.stdout, process.env)))
    return 0
  }
}

/** Says on a terminal's stderr what takes more than a moment, and takes the words back when it is done. */
function announced<T>(words: string, slow: boolean, work: () => T): T {
  const shown = slow && process.stderr.isTTY
  if (shown) process.stderr.write(words)
  const result = work()
  if (shown) process.stderr.write('\r\u001b[K')
  return result
}

function exitCode(report: PathReport): number {
  if (report.verdict === 'reachable') return 0
  return report.verdict === 'unknown' ? 4 : 3
}
