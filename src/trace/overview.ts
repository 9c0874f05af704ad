import type { Service } from '../model/cluster.ts'
import type { Observation } from '../model/observation.ts'
import type { PathReport, ServiceRow } from '../model/report.ts'
import { countEndpoints } from './totals.ts'
import { tracePath } from './trace.ts'

/** One line a service: its entries, endpoints, the nodes that agree, connections and verdict; by namespace and name. */
export function listServices(
  observation: Observation,
  services: readonly Service[],
  nodes: readonly string[],
): ServiceRow[] {
  const sorted = [...services].sort((a, b) => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name))
  return sorted.map((service) => row(tracePath(observation, service, { from: null, nodes, port: null }), service))
}

function row(report: PathReport, service: Service): ServiceRow {
  const { nodes, endpoints } = report
  const { ready, total } = countEndpoints(endpoints)
  const alike = nodes.filter(
    (node) => (node.sameAs ?? node.name) === mostCommon(nodes.map((one) => one.sameAs ?? one.name)),
  )
  return {
    namespace: service.namespace,
    name: service.name,
    type: service.headless ? 'Headless' : (service.type ?? '?'),
    entries: entriesText(service),
    endpoints: total,
    ready,
    nodes: nodes.length,
    agreeing: alike.length,
    connections: report.connections,
    verdict: report.verdict,
    reason: report.reasons[0]?.message ?? null,
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

function mostCommon(names: readonly string[]): string | null {
  const count = (name: string) => names.filter((one) => one === name).length
  return names.reduce<string | null>((best, name) => (best === null || count(name) > count(best) ? name : best), null)
}
