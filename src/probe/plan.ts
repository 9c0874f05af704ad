/** Which connections a probe makes, and what the walk says of each. */
import { type Endpoint, isPort, type Service } from '../model/cluster.ts'
import { policyOf } from '../model/entry.ts'
import { usageError } from '../model/errors.ts'
import type { Observation } from '../model/observation.ts'
import type { Attempt, HttpRequest, Place } from '../model/probe/request.ts'
import type { EntryPath } from '../model/report.ts'
import { tracePath } from '../trace/trace.ts'
import { guarded } from './guard.ts'
import { dnsQuery } from './payload.ts'
import { fromOf } from './places.ts'
import { sourcePorts } from './ports.ts'

/** Never more connections than these in one run. */
const MOST_CONNECTIONS = 1000

/** An entry, the place that it is reached from, and the walk of its packets. */
export interface Target {
  place: Place
  /** The node whose rules lead it. */
  node: string
  entry: EntryPath
}

export interface PlannedAttempt extends Attempt {
  target: Target
}

export interface ProbePlan {
  service: Service
  endpoints: readonly Endpoint[]
  places: readonly Place[]
  attempts: readonly PlannedAttempt[]
  ports: { from: number; to: number }
  /** Source ports to spare, of each place. */
  spare: readonly (readonly number[])[]
  /** What is asked behind each connection; null: nothing. */
  request: HttpRequest | null
  /** What is not probed, and why. */
  notes: string[]
}

export interface PlanOptions {
  places: readonly Place[]
  /** Null: all. */
  port: string | null
  /** Connections to each entry from each place. */
  count: number
  random: () => number
  /** What to ask of TCP ports, and then of no others; absent: nothing. */
  request?: Omit<HttpRequest, 'host'> | null
}

/** Throws where nothing can be probed, or it would be too many connections. */
export function planProbe(
  observation: Observation,
  service: Service,
  { places, port, count, random, request = null }: PlanOptions,
): ProbePlan {
  const endpoints = observation.cluster.endpointsOf(service.namespace, service.name) ?? []
  const nodes = observation.cluster.nodes ?? []
  const found = places.flatMap((place) => targetsOf(observation, service, place, port))
  const all = found.filter((target) => !isShutByDesign(service, endpoints, target))
  const targets = all.filter(({ entry }) => entry.protocol === 'TCP' || (entry.protocol === 'UDP' && request === null))
  if (targets.length === 0)
    throw usageError(
      `${service.namespace}/${service.name} has nothing to connect to`,
      all.length > 0
        ? 'its ports are SCTP'
        : 'it has no cluster IP, node port or ready endpoint that these places reach',
    )
  const total = targets.length * count
  if (total > MOST_CONNECTIONS)
    throw usageError(
      `this would make ${total} connections: ${count} to each of ${targets.length} pairs of a place and an entry; at most ${MOST_CONNECTIONS} are made`,
      'make fewer: --count, --port for one port, --from for fewer places',
    )
  const probed = places.filter((one) => targets.some(({ place }) => place === one))
  const left = places.filter((one) => !probed.includes(one)).map(({ kind, name }) => `${kind} ${name}`)
  const { ports, spare, from, to } = sourcePorts(observation, { count: total, places: probed.length }, random)
  const attempts = dealt(targets, count).map((target, id): PlannedAttempt => {
    const { address, port: number, protocol } = target.entry
    return {
      ...{ id, protocol: protocol === 'UDP' ? 'udp' : 'tcp', address, port: number, sourcePort: ports[id]! },
      ...{ payload: payloadOf(service, target.entry), target },
    }
  })
  return {
    ...{ service, endpoints, places: probed, spare, ports: { from, to } },
    attempts: guarded(attempts, { service, endpoints, nodes }),
    request: request && { ...request, host: `${service.name}.${service.namespace}.svc` },
    notes: [
      ...(found.length > all.length ? [SHUT] : []),
      ...(left.length > 0 ? [`not probed from ${left.join(', ')}: no entry of the service is open to them`] : []),
      ...(all.length > targets.length
        ? [request ? 'only TCP ports are probed with --http or --tls' : 'SCTP ports are not probed']
        : []),
    ],
  }
}

const SHUT = 'not probed: entries that the traffic policy Local or loadBalancerSourceRanges shut to these places'

/** Whom the service's own fields keep out: that is no failure. */
function isShutByDesign(service: Service, endpoints: readonly Endpoint[], { node, entry }: Target): boolean {
  if (entry.outcome === 'dnat' || entry.kind === 'podIP') return false
  const isEmpty = !endpoints.some((one) => one.node === node && (one.ready || one.serving))
  if (service[policyOf(entry)] === 'Local' && isEmpty) return true
  return entry.kind === 'loadBalancerIP' && service.loadBalancerSourceRanges.length > 0
}

/** In turns, so that what happens in one moment does not hit one entry alone. */
const dealt = (targets: readonly Target[], count: number): Target[] =>
  Array.from({ length: count }, () => targets).flat()

/** The entries that a client at this place may use: each address once, node ports at its own node and at one other. */
export function targetsOf(observation: Observation, service: Service, place: Place, port: string | null): Target[] {
  const endpoints = observation.cluster.endpointsOf(service.namespace, service.name) ?? []
  const { nodes } = tracePath(observation, service, { from: fromOf(place), nodes: [], port })
  const targets = nodes.flatMap(({ name, entries }) => entries.map((entry) => ({ place, node: name, entry })))
  const others = targets.filter(({ node, entry }) => entry.kind === 'nodePort' && node !== place.node)
  // With the policy Local the nodes without an endpoint take nothing, by design.
  const [open = others[0]] = others.filter((one) => !isShutByDesign(service, endpoints, one))
  const own = targets.filter(({ node }) => node === place.node)
  return [...own, ...others.filter(({ node }) => node === open?.node)].filter(({ entry }) => entry.address !== '*')
}

/** What a DNS server answers to; else one byte. */
function payloadOf(service: Service, { port, portName, protocol }: EntryPath): string {
  const isDns =
    port === 53 || /^dns/.test(portName) || service.ports.some((one) => one.port === 53 && isPort(one, String(port)))
  return protocol === 'UDP' && isDns ? dnsQuery('kubernetes.default.svc.cluster.local') : ''
}
