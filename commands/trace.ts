import { Args, Command, Flags } from '@oclif/core'
import { SvcpathError, usageError } from '../src/errors.ts'
import { canonicalAddress, parseAddress } from '../src/model/address.ts'
import type { Service } from '../src/model/cluster.ts'
import type { Observation } from '../src/model/observation.ts'
import type { PathReport } from '../src/model/report.ts'
import { observeRecorded } from '../src/observe.ts'
import { OUTPUTS, type Output, renderList, renderReport } from '../src/render/render.ts'
import { terminal } from '../src/render/terminal.ts'
import type { From } from '../src/trace/client.ts'
import { isPort } from '../src/trace/entries.ts'
import { allServices, findService } from '../src/trace/find.ts'
import { listServices } from '../src/trace/overview.ts'
import { parseQuery } from '../src/trace/query.ts'
import { traceService } from '../src/trace/trace.ts'

export default class Trace extends Command {
  static override summary = 'Show the way a connection to a Service takes on every node'
  static override description = [
    'Rebuilds DNS → entry → KUBE-SVC → KUBE-SEP → pod interface from what the nodes held, with the connections that each rule ' +
      "counted and each endpoint's true share. Without a SERVICE, lists all services, one line each.",
    'SERVICE is a name, NAMESPACE/NAME, a cluster, external or load-balancer IP, IP:PORT, or a node port.',
    'The exit code is 0 when the service is reachable, 3 when it is broken or degraded, 4 when not everything that matters was seen.',
  ].join('\n\n')
  static override examples = [
    {
      description: 'Trace the service web of the namespace shop from a capture',
      command: 'kubectl svcpath web -n shop -f capture.tgz',
    },
    {
      description: 'Trace from rules that somebody pasted, with the neighbours and the bridge to find the interface',
      command: 'kubectl svcpath nginx-service -f iptables-save.txt -f arp.txt -f brctl-show.txt',
    },
    {
      description: 'Ask which way a packet of one pod goes, with every rule that it meets',
      command: 'kubectl svcpath shop/web -f capture.tgz --from pod/client -v',
    },
    {
      description: 'Read the rules of this machine',
      command: 'sudo iptables-save -c | kubectl svcpath 10.96.0.10:53 -f -',
    },
    { description: 'List all services of a capture', command: 'kubectl svcpath -f capture.tgz' },
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
        'capture folder or tarball, or files of tool output; - reads standard input; may be given several times',
    }),
    namespace: Flags.string({ char: 'n', helpValue: 'NAME', description: 'namespace of the service (default: any)' }),
    output: Flags.string({ char: 'o', options: [...OUTPUTS], default: 'tree', description: 'output format' }),
    node: Flags.string({
      multiple: true,
      multipleNonGreedy: true,
      delimiter: ',',
      helpValue: 'NAME',
      description: 'only this node; may be given several times',
    }),
    port: Flags.string({ helpValue: 'PORT', description: 'only this port of the service, by number or name' }),
    from: Flags.string({
      helpValue: 'CLIENT',
      description: 'whose packet is walked: pod/NAME, NAMESPACE/pod/NAME, node/NAME or an IP',
    }),
    verbose: Flags.boolean({
      char: 'v',
      description: 'show every rule that was met, with its counter and source line',
    }),
    help: Flags.boolean({ char: 'h', description: 'show this help' }),
  }

  /** Resolves to the exit code: 0 reachable, 3 broken or degraded, 4 not everything that matters was seen. */
  async run(): Promise<number> {
    const { args, flags } = await this.parse(Trace)
    if (!flags.filename) {
      throw usageError(
        'nothing to trace from: this version reads recordings only',
        'give a capture or tool output with -f PATH, or - for standard input; see --help',
      )
    }
    const observation = await observeRecorded(flags.filename, () => process.stdin)
    const output = flags.output as Output
    const look = terminal(process.stdout, process.env)
    const nodes = checkNodes(observation, flags.node ?? [])
    if (args.service === undefined) {
      const services = allServices(observation).filter((one) => !flags.namespace || one.namespace === flags.namespace)
      if (services.length === 0) throw nothingFound(observation, flags.namespace ?? null)
      const rows = announced(`tracing ${services.length} services …`, services.length > 500, () =>
        listServices(observation, services, nodes),
      )
      process.stdout.write(renderList(rows, output, look))
      return 0
    }
    const query = parseQuery(args.service)
    const service = chooseService(observation, args.service, flags.namespace ?? null)
    const port = flags.port ?? (query.kind === 'address' && query.port !== null ? String(query.port) : null)
    checkPort(service, flags.port ?? null)
    const from = flags.from ? readFrom(observation, flags.from, service.namespace) : null
    const report = traceService(observation, service, { from, nodes, port })
    process.stdout.write(renderReport(report, output, { ...look, verbose: flags.verbose }))
    return exitCode(report)
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

function chooseService(observation: Observation, text: string, namespace: string | null): Service {
  const found = findService(observation, parseQuery(text), namespace)
  if ('service' in found) return found.service
  if ('ambiguous' in found) {
    const names = found.ambiguous.map((one) => `${one.namespace}/${one.name}`).sort()
    throw usageError(
      `${text} fits ${names.length} services: ${names.join(', ')}`,
      'name one as NAMESPACE/NAME or with -n',
    )
  }
  const { near, known } = found.missing
  const where = namespace ? ` in the namespace ${namespace}` : ''
  const hint =
    near.length > 0
      ? `did you mean ${near.join(', ')}?`
      : `${known} services are known; leave the name out to list them`
  throw new SvcpathError(`no service ${text}${where} in ${observation.origin}`, { hint })
}

function checkNodes(observation: Observation, wanted: readonly string[]): readonly string[] {
  const names = observation.nodes.map(({ name }) => name)
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length > 0)
    throw usageError(`no node ${unknown.join(', ')} in ${observation.origin}`, `it holds ${names.join(', ')}`)
  return wanted
}

function checkPort(service: Service, port: string | null): void {
  if (port === null || service.ports.some((one) => isPort(one, port))) return
  const list = service.ports.map((one) => (one.name ? `${one.name} (${one.port})` : String(one.port))).join(', ')
  throw usageError(`${service.namespace}/${service.name} has no port ${port}`, `its ports are ${list}`)
}

/** Reads --from. A pod or node that is not known cannot be walked from. */
function readFrom(observation: Observation, text: string, namespace: string): From {
  const parts = text.split('/')
  if (parts.length === 1 && parseAddress(text)) return fromAddress(observation, canonicalAddress(text))
  const [kind, name] = parts.slice(-2)
  if (kind === 'node' && name && parts.length === 2) {
    if (observation.nodes.some((node) => node.name === name)) return { kind: 'node', name }
    throw usageError(
      `no node ${name} in ${observation.origin}`,
      `it holds ${observation.nodes.map((one) => one.name).join(', ')}`,
    )
  }
  if (kind !== 'pod' || !name)
    throw usageError(`--from ${text} is no client`, 'give pod/NAME, NAMESPACE/pod/NAME, node/NAME or an IP')
  const where = parts.length > 2 ? parts[0]! : namespace
  const pod = observation.cluster.pods?.find((one) => one.name === name && one.namespace === where)
  if (!pod)
    throw new SvcpathError(`no pod ${where}/${name} in ${observation.origin}`, {
      hint: 'give its address with --from IP',
    })
  if (pod.hostNetwork && pod.node) return { kind: 'node', name: pod.node }
  return { kind: 'pod', namespace: where, name, node: pod.node, addresses: pod.ips }
}

/** The pod or node that an address belongs to, where that is known: its packets begin on its own node. */
function fromAddress(observation: Observation, address: string): From {
  const pod = observation.cluster.pods?.find((one) => !one.hostNetwork && one.ips.includes(address))
  if (pod) return { kind: 'pod', namespace: pod.namespace, name: pod.name, node: pod.node, addresses: pod.ips }
  const node = observation.cluster.nodes?.find((one) => one.addresses.some((own) => own.address === address))
  const read = observation.nodes.some(({ name }) => name === node?.name)
  return node && read ? { kind: 'node', name: node.name } : { kind: 'address', address }
}

function nothingFound(observation: Observation, namespace: string | null): SvcpathError {
  const [first] = observation.problems
  const hint = first
    ? `${first.file}: ${first.message}`
    : 'is it a capture, or the output of iptables-save, nft list ruleset, kubectl get …?'
  return new SvcpathError(`no services${namespace ? ` of ${namespace}` : ''} in ${observation.origin}`, { hint })
}
