import type { Service } from '../model/cluster.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { NodePath, PathReport, Reason, ServiceSummary } from '../model/report.ts'
import { joinHostPort } from './chain-names.ts'
import type { From } from './client.ts'
import { dnsLeg } from './dns.ts'
import { entriesOf } from './entries.ts'
import { UNNAMED } from './infer.ts'
import { foldNodes, nodePath, unreadNode } from './node-path.ts'
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
    tracePath(observation, dnsService, { ...options, port: 'dns' }),
  )
  return { ...tracePath(observation, service, options), dns }
}

/** The same without the DNS leg. */
export function tracePath(observation: Observation, service: Service, options: TraceOptions): PathReport {
  const endpoints = observation.cluster.endpointsOf(service.namespace, service.name)
  const entries = entriesOf(service, endpoints ?? []).filter(({ servicePort, port }) => {
    const names = [servicePort.name, String(servicePort.port), String(servicePort.nodePort), String(port)]
    return options.port === null || names.includes(options.port)
  })
  const chosen = (name: string) => options.nodes.length === 0 || options.nodes.includes(name)
  const read = observation.nodes.filter(({ name }) => chosen(name))
  const walked = service.externalName
    ? []
    : read.map((node: NodeState) => nodePath(observation, node, service, entries, options.from))
  const unread = (observation.cluster.nodes ?? []).filter(
    ({ name }) => chosen(name) && !observation.nodes.some((one) => one.name === name),
  )
  // A capture of one node of many is no fault of the service; that the others were not read is said in a note.
  const nodes = foldNodes(walked.filter((node) => node.entries.length > 0 || entries.length === 0))
  const reasons = reasonsOf(service, nodes, entries.length)
  return {
    apiVersion: 'svcpath/v1alpha1',
    kind: 'PathReport',
    observedAt: observation.observedAt,
    source: observation.source,
    origin: observation.origin,
    service: summary(service),
    verdict: reasons.length === 0 ? combineVerdicts(nodes.map((node) => node.verdict)) : verdictOf(nodes, reasons),
    reasons,
    dns: null,
    nodes: [...nodes, ...(observation.source === 'live' ? unread.map(({ name }) => unreadNode(name)) : [])],
    endpoints: endpointTotals(service, nodes),
    connections: totalConnections(nodes),
    notes: notesOf(
      observation,
      endpoints !== null,
      unread.map(({ name }) => name),
    ),
    findings: [],
  }
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
    ports,
    externalTrafficPolicy: service.externalTrafficPolicy,
    internalTrafficPolicy: service.internalTrafficPolicy,
    affinitySeconds,
    selector: service.selector ?? null,
    origin,
  }
}

/** One reason for each thing that keeps the service from being reachable; the same one on several nodes is told once for each. */
function reasonsOf(service: Service, nodes: readonly NodePath[], entries: number): Reason[] {
  if (service.externalName) {
    return [
      reason('unknown', `DNS answers with ${service.externalName}, which lies outside the cluster's own services`),
    ]
  }
  if (entries === 0)
    return [
      reason(
        'unknown',
        service.headless ? 'headless and without endpoints: DNS has no address to give' : 'it has no port',
      ),
    ]
  const found = nodes.flatMap((node) =>
    node.entries.flatMap((entry): Reason[] => {
      if (entry.verdict === 'reachable') return []
      const subject = joinHostPort(entry.address, entry.port)
      const evidence = entry.evidence.map(({ command, file, line, text }) => ({
        node: node.name,
        command,
        file,
        line,
        text,
      }))
      return [{ verdict: entry.verdict, node: node.name, subject, message: entry.reason ?? '', evidence }]
    }),
  )
  const order = ['broken', 'degraded', 'unknown', 'reachable']
  return found.sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
}

const reason = (verdict: Reason['verdict'], message: string): Reason => ({
  verdict,
  node: null,
  subject: null,
  message,
  evidence: [],
})

function verdictOf(nodes: readonly NodePath[], reasons: readonly Reason[]) {
  const [first] = reasons
  return nodes.length === 0 && first ? first.verdict : combineVerdicts(nodes.map((node) => node.verdict))
}

function totalConnections(nodes: readonly NodePath[]): number | null {
  const counted = nodes.flatMap((node) => node.connections ?? [])
  return counted.length > 0 ? counted.reduce((a, b) => a + b, 0) : null
}

function notesOf(observation: Observation, endpointsKnown: boolean, unread: readonly string[]): string[] {
  const notes: string[] = []
  if (unread.length > 0) notes.push(`not collected: ${unread.join(', ')}`)
  if (!endpointsKnown)
    notes.push("the API's endpoints of this service are not in the text: whether each is ready is unknown")
  for (const { file, line, message } of observation.problems) {
    notes.push(`${file}${line === null ? '' : `:${line}`}: ${message}`)
  }
  return notes
}
