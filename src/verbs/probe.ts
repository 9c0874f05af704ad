/** `probe`: real connections, held against what the walk predicts. */
import { checkNamespace, chooseService } from '../ask/choose.ts'
import type { Ask } from '../ask/source.ts'
import { type LiveCluster, type LiveOptions, withCluster } from '../live/cluster.ts'
import type { LiveLook } from '../live/look.ts'
import type { Node, Service } from '../model/cluster.ts'
import { usageError } from '../model/errors.ts'
import type { Io } from '../model/io.ts'
import type { Observation } from '../model/observation.ts'
import type { ProbeReport } from '../model/probe/report.ts'
import type { Place, ProbeRequest } from '../model/probe/request.ts'
import type { PathReport } from '../model/report.ts'
import { isUsable, nodePlace, podPlace, probedNodes, usualPlaces } from '../probe/places.ts'
import { type ProbePlan, planProbe } from '../probe/plan.ts'
import { probeReport } from '../probe/report.ts'
import { requestsOf } from '../probe/requests.ts'
import type { ProbeOutput } from '../render/outputs.ts'
import { renderProbe } from '../render/probe/render.ts'
import { terminal } from '../render/terminal.ts'
import { pathReport } from '../report/path.ts'

export interface ProbeWords {
  service: string | null
  /** A recording was named, which cannot be probed. */
  recorded: boolean
  namespace: string | null
  everywhere: boolean
  /** `pod/NAME`, `NAMESPACE/pod/NAME`, `node/NAME`; none: the usual places. */
  from: readonly string[]
  port: string | null
  count: number
  timeoutMs: number
  rate: number
  live: LiveOptions
  output: ProbeOutput
  verbose: boolean
}

/** Resolves to the exit code: 0 all got through, 3 some failed, 4 of some nothing is known. */
export async function probeVerb(words: ProbeWords, io: Io): Promise<number> {
  const { service, namespace, everywhere, live, output, verbose } = words
  if (words.recorded)
    throw usageError(
      'a capture cannot be probed: probe makes real connections',
      'leave -f out, or trace the capture: kubectl svcpath SERVICE -f FILE',
    )
  if (service === null) throw usageError('which service?', 'name one: kubectl svcpath probe web -n shop')
  checkNamespace(service, namespace)
  const ask: Ask = { service, namespace, from: null, everywhere, dns: false, parts: 'all' }
  // Places are chosen by --node; where connections end is read all the same.
  const whole = { ...live, reach: { ...live.reach, nodes: [] } }
  const report = await withCluster(whole, io, (cluster) => probeOn(cluster, ask, words))
  io.stdout.write(renderProbe(report, output, { ...terminal(io.stdout, io.env), verbose }))
  return EXIT_CODES[report.outcome]
}

const EXIT_CODES: Record<ProbeReport['outcome'], number> = { passed: 0, failed: 3, unknown: 4 }

async function probeOn(cluster: LiveCluster, ask: Ask, words: ProbeWords): Promise<ProbeReport> {
  const { port } = words
  const reportOf = ({ observation, namespace }: LiveLook): PathReport =>
    pathReport(observation, { service: ask.service!, namespace, port, from: null, nodes: [] })
  const { result: before } = await cluster.settled(async () => {
    const seen = await cluster.look(ask)
    const report = reportOf(seen)
    return { result: { seen, report }, findings: report.findings }
  })
  const { observation, namespace } = before.seen
  const service = chooseService(observation, ask.service!, namespace)
  const places = await placesOf(cluster, observation, service, words)
  const plan = planProbe(observation, service, { places, port, count: words.count, random: Math.random })
  cluster.say(planText(plan))
  const answers = await cluster.probe(withNodes(requestsOf(plan, words), observation))
  const after = await cluster.look(ask)
  cluster.done()
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

const withNodes = (
  requests: ReadonlyMap<string, ProbeRequest>,
  { cluster }: Observation,
): { node: Node; request: ProbeRequest }[] =>
  (cluster.nodes ?? []).flatMap((node) => {
    const request = requests.get(node.name)
    return request ? [{ node, request }] : []
  })

async function placesOf(
  cluster: LiveCluster,
  observation: Observation,
  service: Service,
  { from, live: { reach } }: ProbeWords,
): Promise<Place[]> {
  const endpoints = observation.cluster.endpointsOf(service.namespace, service.name) ?? []
  const read = observation.nodes.map(({ name }) => name)
  if (from.length > 0) return Promise.all(from.map((text) => namedPlace(cluster, text, service, read)))
  const unknown = reach.nodes.filter((name) => !read.includes(name))
  if (unknown.length > 0) throw usageError(`no node ${unknown.join(', ')} was read`, `read were ${read.join(', ')}`)
  const nodes = reach.nodes.length > 0 ? reach.nodes : probedNodes(observation, endpoints, reach.allNodes)
  if (nodes.length === 0)
    throw usageError('no node could be read: there is no place to connect from', 'see the warnings above')
  const pods = await cluster.runningPods(nodes)
  return nodes.flatMap((node) => usualPlaces(node, pods, endpoints, service.namespace))
}

async function namedPlace(
  cluster: LiveCluster,
  text: string,
  service: Service,
  read: readonly string[],
): Promise<Place> {
  const parts = text.split('/')
  const [kind, name] = parts.slice(-2)
  if (kind === 'node' && name && parts.length === 2) {
    if (read.includes(name)) return nodePlace(name)
    throw usageError(`no node ${name} was read`, `read were ${read.join(', ')}`)
  }
  if (kind !== 'pod' || !name || parts.length > 3)
    throw usageError(`--from ${text}: not understood`, 'give pod/NAME, NAMESPACE/pod/NAME or node/NAME')
  const where = parts.length > 2 ? parts[0]! : service.namespace
  const pod = await cluster.namedPod(where, name)
  if (!pod)
    throw usageError(`no pod ${where}/${name} in this cluster`, 'give pod/NAME, NAMESPACE/pod/NAME or node/NAME')
  if (pod.hostNetwork && pod.node && read.includes(pod.node)) return nodePlace(pod.node)
  if (!isUsable(pod)) throw usageError(`the pod ${where}/${name} is not running`, 'name a running pod')
  if (!read.includes(pod.node!)) throw usageError(`the node ${pod.node} of ${where}/${name} was not read`)
  return podPlace(pod)
}
