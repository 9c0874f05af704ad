import { diagnose } from '../diagnose/diagnose.ts'
import { isConverged } from '../diagnose/drift.ts'
import type { Service } from '../model/cluster.ts'
import type { Observation } from '../model/observation.ts'
import { countEndpoints, type PathReport, type ServiceRow } from '../model/report.ts'
import { tracePath } from '../trace/trace.ts'

/**
 * One line a service: its entries, endpoints, the nodes that agree with the API, connections and verdict; by namespace and name. To agree is the same as
 * for `check`: nodes may rightly lead to different endpoints, and all wrongly to the same.
 */
export function listServices(
  observation: Observation,
  services: readonly Service[],
  nodes: readonly string[],
): ServiceRow[] {
  const sorted = [...services].sort((a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name))
  return sorted.map((service) => {
    const path = tracePath(observation, service, { from: null, nodes, port: null })
    return row(diagnose(observation, service, path), service)
  })
}

function row(report: PathReport, service: Service): ServiceRow {
  const { nodes, findings, reasons } = report
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
