import { findAll } from '../diagnose/diagnose.ts'
import { isConverged, isDrift } from '../diagnose/drift.ts'
import type { Service } from '../model/cluster.ts'
import type { Finding } from '../model/finding.ts'
import type { Observation } from '../model/observation.ts'
import { countEndpoints, type ServiceList, type ServiceRow } from '../model/report.ts'
import { tracePath } from '../trace/trace.ts'
import { releaseRules } from './check.ts'
import { type Judgement, judge, type Rules, worst } from './outcome.ts'

interface ListRules extends Pick<Rules, 'failOn' | 'passing'> {
  /** Only these nodes; empty for all. */
  nodes: readonly string[]
}

/**
 * One line a service: its entries, endpoints, the nodes that agree with the API, connections and verdict; by namespace and name. To agree is the same as
 * for `check`: nodes may rightly lead to different endpoints, and all wrongly to the same. `findings`: those that may pass with the next look.
 */
export function listServices(
  observation: Observation,
  services: readonly Service[],
  { nodes, ...rules }: ListRules,
): { list: ServiceList; findings: Finding[] } {
  const sorted = [...services].sort((a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name))
  const findings: Finding[] = []
  const items = sorted.map((service) => {
    const path = tracePath(observation, service, { from: null, nodes, port: null })
    const judged = judge(path, service, findAll(observation, service, path), rules)
    findings.push(...judged.findings.filter(({ code, severity }) => severity !== 'info' && isDrift(code)))
    releaseRules(observation)
    return row(judged, service)
  })
  const { observedAt, source, origin } = observation
  const outcome = worst(items.map((one) => one.outcome))
  const list = {
    apiVersion: 'svcpath/v1alpha1',
    kind: 'ServiceList',
    observedAt,
    source,
    origin,
    outcome,
    items,
  } as const
  return { list, findings }
}

function row({ report, findings, outcome }: Judgement, service: Service): ServiceRow {
  const { nodes, reasons } = report
  const [cause] = findings.filter(({ severity }) => severity !== 'info')
  const { ready, total } = countEndpoints(report)
  return {
    namespace: service.namespace,
    name: service.name,
    type: service.headless ? 'Headless' : (service.type ?? '?'),
    entries: entriesText(service),
    endpoints: total,
    ready,
    nodes: nodes.length,
    agreeing: nodes.filter(isConverged).length,
    connections: report.connections,
    verdict: report.verdict,
    outcome,
    reason: cause?.message ?? reasons[0]?.message ?? null,
    ...(cause ? { finding: cause.code } : {}),
  }
}

function entriesText(service: Service): string[] {
  if (service.externalName) return [service.externalName]
  const ports = service.ports
    .filter((port) => port.port > 0)
    .map((port) => `${port.port}/${port.protocol.toLowerCase()}`)
  const addresses = [...service.clusterIPs, ...service.externalIPs, ...service.loadBalancerIPs]
  const nodePorts = service.ports.flatMap((port) =>
    port.nodePort ? [`:${port.nodePort}/${port.protocol.toLowerCase()}`] : [],
  )
  return [...addresses.map((address) => `${address}:${ports.join(',')}`), ...nodePorts]
}
