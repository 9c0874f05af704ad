import { nodeHolding, type Service } from '../model/cluster.ts'
import { isPodOf, selects, type WorkloadQuery } from '../model/kube/workload.ts'
import type { Observation } from '../model/observation.ts'
import { fits, nearNames, type Query } from '../model/query.ts'
import { inferServices } from '../proxies/kube-proxy/services.ts'

/** The service asked for, or what to say instead: those that fit when several do, those with near names when none does. */
export type Found = { service: Service } | { ambiguous: Service[] } | { missing: { near: string[]; known: number } }

/**
 * Finds a service by name, cluster IP, external or load-balancer IP, or node port; first among what the API said, then
 * in the rules. `namespace` is the one asked for; null finds the name in any.
 */
export function findService(observation: Observation, query: Query, namespace: string | null): Found {
  const known = observation.cluster.services ?? []
  if (query.kind === 'workload') return findSelecting(observation, query, namespace)
  const wanted = query.kind === 'name' ? (query.namespace ?? namespace) : namespace
  const first = choose(known, query, wanted)
  // A pasted table leaves out what the rules hold: node ports, port names, which kind an external address is.
  if (first && observation.source !== 'rules') return first
  const rules = fromRules(observation, query, wanted ?? 'default')
  if (first) return 'service' in first ? { service: enrich(first.service, rules) } : first
  const second = choose(rules, query, wanted)
  if (second) return second
  const all = unique([...known, ...rules])
  const behind = query.kind === 'address' ? choose(servicesBehind(observation, all, query), null, namespace) : null
  if (behind) return behind
  return { missing: { near: nearNames(all, query), known: all.length } }
}

/** The services that send connections to the pods of a workload. A namespace may have the name of a kind. */
function findSelecting(observation: Observation, query: WorkloadQuery, namespace: string | null): Found {
  const { text, name } = query
  const where = query.namespace ?? namespace
  const { cluster } = observation
  const pods = (cluster.pods ?? []).filter((pod) => (where === null || pod.namespace === where) && isPodOf(query, pod))
  const services = allServices(observation)
  const behind = services.filter((service) =>
    pods.some(
      (pod) =>
        pod.namespace === service.namespace &&
        (selects(service, pod.labels) ||
          cluster.endpointsOf(service.namespace, service.name)?.some((one) => one.pod?.name === pod.name)),
    ),
  )
  const found = choose(behind, null, null)
  if (found) return found
  const [kind = ''] = text.split('/')
  const named = choose(services, { kind: 'name', namespace: kind, name, text }, kind)
  return (
    named ?? {
      missing: { near: nearNames(services, { kind: 'name', namespace: where, name, text }), known: services.length },
    }
  )
}

/** Every service that is known, the API's first; those of the rules only where the API's list was not collected whole. */
export function allServices(observation: Observation): Service[] {
  const known = observation.cluster.services ?? []
  const whole = observation.source !== 'rules' && observation.cluster.services !== null
  return whole ? known : unique([...known, ...inferServices(observation.nodes)])
}

/** A service with what the rules add to it. */
function enrich(service: Service, inferred: readonly Service[]): Service {
  const rules = inferred.find((one) => one.namespace === service.namespace && one.name === service.name)
  if (!rules) return service
  const ports = service.ports.map((port) => {
    const same = rules.ports.find((one) => one.port === port.port && one.protocol === port.protocol)
    return same ? { ...port, name: port.name || same.name, nodePort: port.nodePort ?? same.nodePort } : port
  })
  const balanced = union(service.loadBalancerIPs, rules.loadBalancerIPs)
  return {
    ...service,
    type: service.type ?? rules.type,
    ports: ports.length > 0 ? ports : rules.ports,
    clusterIPs: union(service.clusterIPs, rules.clusterIPs),
    externalIPs: union(service.externalIPs, rules.externalIPs).filter((address) => !balanced.includes(address)),
    loadBalancerIPs: balanced,
  }
}

const union = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])]

/** Services that a node's address with a node port stands for, or to whose endpoints an address belongs. */
function servicesBehind(
  { cluster, nodes }: Observation,
  services: readonly Service[],
  { address, port }: Extract<Query, { kind: 'address' }>,
): Service[] {
  const isOfNode =
    nodeHolding(cluster, address) !== undefined ||
    nodes.some(({ links }) => links?.some(({ addresses }) => addresses.some((one) => one.address === address)))
  const byNodePort = services.filter(({ ports }) =>
    ports.some(({ nodePort }) => nodePort !== null && nodePort === port),
  )
  if (byNodePort.length > 0 && (isOfNode || (cluster.nodes === null && nodes.every(({ links }) => links === null))))
    return byNodePort
  return services.filter(({ namespace, name }) =>
    (cluster.endpointsOf(namespace, name) ?? []).some(
      (one) => one.address === address && (port === null || one.port === null || one.port === port),
    ),
  )
}

/** `query` null: all of them fit. */
function choose(services: readonly Service[], query: Query | null, namespace: string | null): Found | null {
  const fitting = services.filter(
    (service) => (!query || fits(service, query)) && (!namespace || service.namespace === namespace),
  )
  if (fitting.length === 1) return { service: fitting[0]! }
  return fitting.length > 1 ? { ambiguous: fitting } : null
}

function fromRules(observation: Observation, query: Query, namespace: string): Service[] {
  if (query.kind !== 'name') return inferServices(observation.nodes)
  const where = query.namespace ?? namespace
  const ports = (observation.cluster.endpointsOf(where, query.name) ?? []).map((endpoint) => endpoint.portName)
  const candidate = { namespace: where, name: query.name, portNames: [...new Set(['', ...ports])] }
  return inferServices(observation.nodes, [candidate])
}

function unique(services: readonly Service[]): Service[] {
  const byName = new Map<string, Service>()
  for (const service of services) {
    const key = `${service.namespace}/${service.name}`
    if (!byName.has(key)) byName.set(key, service)
  }
  return [...byName.values()]
}
