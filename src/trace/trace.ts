import { type Endpoint, isPort, type Service } from '../model/cluster.ts'
import { type Entry, entriesOf } from '../model/entry.ts'
import type { Observation } from '../model/observation.ts'
import type { From } from '../model/query.ts'
import { DNS_LEG, type DnsLeg, type NodePath, type PathReport, type ServiceSummary } from '../model/report.ts'
import { UNNAMED } from '../proxies/kube-proxy/services.ts'
import { dnsLeg } from './dns.ts'
import { foldNodes, nodePath, unreadNode, type WalkedNode } from './node-path.ts'
import { reason, reasonsOf } from './reasons.ts'
import { endpointTotals } from './totals.ts'
import { combineVerdicts } from './verdict.ts'

export interface TraceOptions {
  /** Whose packet is walked; null for the usual clients of each entry. */
  from: From | null
  /** Only these nodes; empty for all. */
  nodes: readonly string[]
  /** Only this service port: its number, its name, or a node port; null for all. */
  port: string | null
}

/** The whole way of a service: its names, its entries on every node, and where each leads. */
export function traceService(observation: Observation, service: Service, options: TraceOptions): PathReport {
  // A service that only its chains tell of has no name to ask for.
  if (service.namespace === UNNAMED) return tracePath(observation, service, options)
  const namespace = options.from?.kind === 'pod' ? options.from.namespace : service.namespace
  const dns = dnsLeg(observation, service, namespace, (dnsService) =>
    tracePath(observation, dnsService, { ...options, port: '53' }),
  )
  return withDns(tracePath(observation, service, options), dns)
}

/** Without a right answer clients find no service by its name, however well its address works. */
function withDns(report: PathReport, dns: DnsLeg): PathReport {
  const message = dnsFault(dns)
  if (message === null) return { ...report, dns }
  const told = { ...reason(report.verdict === 'broken' ? 'broken' : 'degraded', message), subject: DNS_LEG }
  return { ...report, verdict: told.verdict, reasons: [...report.reasons, told], dns }
}

/** What clients feel of the DNS leg; null where it is well, or not known. */
function dnsFault({ verdict, servers, path }: DnsLeg): string | null {
  const wrong = servers?.find(({ right }) => right === false)
  if (wrong) {
    const said = wrong.rcode === 'NOERROR' ? wrong.values.join(', ') || 'no address' : wrong.rcode
    return `the DNS pod ${wrong.pod} answers ${wrong.name} ${wrong.type} with: ${said}`
  }
  if (verdict === 'broken' || path?.verdict === 'broken')
    return 'the cluster DNS cannot be reached: clients cannot resolve this name'
  return null
}

/** The same without the DNS leg. */
export function tracePath(observation: Observation, service: Service, options: TraceOptions): PathReport {
  const endpoints = observation.cluster.endpointsOf(service.namespace, service.name)
  const { port, from } = options
  const entries = entriesOf(service, endpoints ?? []).filter(
    (entry) => port === null || isPort(entry.servicePort, port),
  )
  const nodes = service.externalName ? [] : foldNodes(walkNodes(observation, service, entries, options))
  const reasons = reasonsOf(service, nodes, { entries: entries.length, endpointsKnown: endpoints !== null, from })
  const verdict = combineVerdicts(
    nodes.length > 0 ? nodes.map((node) => node.verdict) : reasons.map((one) => one.verdict),
  )
  return {
    apiVersion: 'svcpath/v1alpha1',
    kind: 'PathReport',
    observedAt: observation.observedAt,
    source: observation.source,
    origin: observation.origin,
    service: summary(service),
    verdict,
    reasons,
    dns: null,
    nodes,
    endpoints: endpointTotals(service, nodes, endpoints ?? []),
    endpointsKnown: endpoints !== null,
    connections: totalConnections(nodes),
    notes: [
      ...(verdict === 'reachable' ? unheard(observation, endpoints ?? []) : []),
      ...notesOf(observation, endpoints !== null),
    ],
    findings: [],
  }
}

/** Every chosen node that a client of the service may come by; those that nobody read are unknown. */
function walkNodes(
  observation: Observation,
  service: Service,
  entries: readonly Entry[],
  { nodes, from }: TraceOptions,
): WalkedNode[] {
  if (entries.length === 0) return []
  const chosen = (name: string) => nodes.length === 0 || nodes.includes(name)
  const read = observation.nodes.filter(({ name }) => chosen(name))
  const walked = read.map((node) => nodePath(observation, node, service, entries, from))
  // Bare text shows one node, which has no name that the API's could be held against.
  const known = observation.source === 'rules' || from !== null ? [] : (observation.cluster.nodes ?? [])
  const unread = known.filter(({ name }) => chosen(name) && !observation.nodes.some((one) => one.name === name))
  return [
    ...walked.filter(({ path }) => path.entries.length > 0),
    ...unread.map(({ name }) => unreadNode(observation, name)),
  ]
}

function summary(service: Service): ServiceSummary {
  const { namespace, name, type, clusterIPs, headless, externalName, ports, affinitySeconds, origin } = service
  return {
    namespace,
    name,
    type,
    clusterIPs,
    headless,
    externalName,
    ports: ports.map(({ name, port, protocol, targetPort, nodePort }) => ({
      ...{ name, port, protocol, targetPort, nodePort },
    })),
    externalTrafficPolicy: service.externalTrafficPolicy,
    internalTrafficPolicy: service.internalTrafficPolicy,
    affinitySeconds,
    selector: service.selector ?? null,
    origin,
  }
}

function totalConnections(nodes: readonly NodePath[]): number | null {
  const counted = nodes.flatMap((node) => node.connections ?? [])
  return counted.length > 0 ? counted.reduce((a, b) => a + b, 0) : null
}

/**
 * Of a ready pod nobody read what listens in it: the way leads there, and whether a process takes the connections is another question. Who looks now is
 * told by SVP802.
 */
function unheard({ source, nodes }: Observation, endpoints: readonly Endpoint[]): string[] {
  if (source === 'live') return []
  const homes = new Set(endpoints.flatMap(({ ready, pod, node }) => (ready && pod ? [node] : [])))
  const states = [...homes].map((home) => nodes.find(({ name }) => name === home))
  if (states.every((state) => state?.sockets)) return []
  return [states.every((state) => state?.podInterfaces) ? UNHEARD : UNSEEN]
}

const UNHEARD = 'not checked: whether a process listens in the pods (their sockets were not read)'
const UNSEEN =
  'not checked: whether a process listens in the pods, and their own interfaces (their network namespaces were not read)'

function notesOf(observation: Observation, endpointsKnown: boolean): string[] {
  const unknown = "the API's endpoints of this service are not in the text: whether each is ready is unknown"
  const problems = observation.problems.map(
    ({ file, line, message }) => `${file}${line === null ? '' : `:${line}`}: ${message}`,
  )
  return [...(endpointsKnown ? [] : [unknown]), ...problems]
}
