/** One service, probed. */
import { chooseService } from '../ask/choose.ts'
import type { Ask, Prober, Seen, Sight } from '../ask/source.ts'
import type { Node, Service } from '../model/cluster.ts'
import { usageError } from '../model/errors.ts'
import { TRACE_TABLE } from '../model/kernel-trace/packets.ts'
import type { Observation } from '../model/observation.ts'
import type { ProbeReport } from '../model/probe/report.ts'
import type { HttpRequest, Place, ProbeRequest } from '../model/probe/request.ts'
import type { PathReport } from '../model/report.ts'
import { isUsable, nodePlace, podPlace, probedNodes, usualPlaces } from '../probe/places.ts'
import { type ProbePlan, planProbe } from '../probe/plan.ts'
import { probeReport } from '../probe/report.ts'
import { requestsOf } from '../probe/requests.ts'
import { pathReport } from '../report/path.ts'

/** How to probe, and from where. */
export interface ProbeOptions {
  /** `pod/NAME`, `NAMESPACE/pod/NAME`, `node/NAME`; none: the usual places. */
  from: readonly string[]
  /** Only on these nodes; none: a few. */
  nodes: readonly string[]
  allNodes: boolean
  port: string | null
  count: number
  timeoutMs: number
  rate: number
  /** What to ask behind each connection; null: nothing. */
  request: Omit<HttpRequest, 'host'> | null
  /** The kernel is asked for a trace of the probe's packets; this says what that adds to the nodes, before it does. Null: it is not asked. */
  beforeTrace: ((text: string) => void) | null
}

/** Looks, connects, looks again, and holds one against the other. */
export async function probeService(
  sight: Sight & { prober: Prober },
  ask: Ask,
  options: ProbeOptions,
): Promise<ProbeReport> {
  const { prober } = sight
  const { port } = options
  const reportOf = ({ observation, namespace }: Seen): PathReport =>
    pathReport(observation, { service: ask.service!, namespace, port, from: null, nodes: [] })
  const { result: before } = await sight.settled(async () => {
    const seen = await sight.look(ask)
    const report = reportOf(seen)
    return { result: { seen, report }, findings: report.findings }
  })
  const { observation, namespace } = before.seen
  const service = chooseService(observation, ask.service!, namespace)
  const places = await placesOf(prober, observation, service, options)
  const plan = planProbe(observation, service, { ...options, places, random: Math.random })
  prober.say(planText(plan))
  options.beforeTrace?.(traceText(plan))
  const answers = await prober.probe(
    withNodes(requestsOf(plan, { ...options, kernelTrace: options.beforeTrace !== null }), observation),
  )
  const after = await sight.look(ask)
  sight.done()
  return probeReport({
    plan,
    ...answers,
    before: { observation, report: before.report },
    after: { observation: after.observation, report: reportOf(after) },
  })
}

/** What is going to happen, before it does. */
function planText({ attempts, places, service }: ProbePlan): string {
  const count = `${attempts.length} ${attempts.length === 1 ? 'connection' : 'connections'}`
  const from = places.map(({ kind, name }) => `${kind} ${name}`)
  const shown = from.length > 6 ? `${from.slice(0, 5).join(', ')} and ${from.length - 5} more` : from.join(', ')
  return `making ${count} to ${service.namespace}/${service.name} from ${shown}`
}

/** What is added to nodes. */
function traceText({ places }: ProbePlan): string {
  const nodes = [...new Set(places.map(({ node }) => node))]
  const on = nodes.length > 6 ? `${nodes.length} nodes` : nodes.join(', ')
  return `--kernel-trace adds an nft table ${TRACE_TABLE}… to ${on} while connections are made: its one rule asks the kernel to report the probe's own packets. It vanishes with its process.`
}

const withNodes = (
  requests: ReadonlyMap<string, ProbeRequest>,
  { cluster }: Observation,
): { node: Node; request: ProbeRequest }[] =>
  (cluster.nodes ?? []).flatMap((node) => {
    const request = requests.get(node.name)
    return request ? [{ node, request }] : []
  })

async function placesOf(
  prober: Prober,
  observation: Observation,
  service: Service,
  { from, nodes: named, allNodes }: ProbeOptions,
): Promise<Place[]> {
  const endpoints = observation.cluster.endpointsOf(service.namespace, service.name) ?? []
  const read = observation.nodes.map(({ name }) => name)
  if (from.length > 0) return Promise.all(from.map((text) => namedPlace(prober, text, service, read)))
  const unknown = named.filter((name) => !read.includes(name))
  if (unknown.length > 0) throw usageError(`no node ${unknown.join(', ')} was read`, `read were ${read.join(', ')}`)
  const nodes = named.length > 0 ? named : probedNodes(observation, endpoints, allNodes)
  if (nodes.length === 0)
    throw usageError('no node could be read: there is no place to connect from', 'see the warnings above')
  const pods = await prober.runningPods(nodes)
  return nodes.flatMap((node) => usualPlaces(node, pods, endpoints, service.namespace))
}

async function namedPlace(prober: Prober, text: string, service: Service, read: readonly string[]): Promise<Place> {
  const parts = text.split('/')
  const [kind, name] = parts.slice(-2)
  if (kind === 'node' && name && parts.length === 2) {
    if (read.includes(name)) return nodePlace(name)
    throw usageError(`no node ${name} was read`, `read were ${read.join(', ')}`)
  }
  if (kind !== 'pod' || !name || parts.length > 3)
    throw usageError(`--from ${text}: not understood`, 'give pod/NAME, NAMESPACE/pod/NAME or node/NAME')
  const where = parts.length > 2 ? parts[0]! : service.namespace
  const pod = await prober.namedPod(where, name)
  if (!pod)
    throw usageError(`no pod ${where}/${name} in this cluster`, 'give pod/NAME, NAMESPACE/pod/NAME or node/NAME')
  if (pod.hostNetwork && pod.node && read.includes(pod.node)) return nodePlace(pod.node)
  if (!isUsable(pod)) throw usageError(`the pod ${where}/${name} is not running`, 'name a running pod')
  if (!read.includes(pod.node!)) throw usageError(`the node ${pod.node} of ${where}/${name} was not read`)
  return podPlace(pod)
}
