import type { Ending } from '../kernel/flow.ts'
import type { Journey } from '../kernel/journey.ts'
import { ownAddresses } from '../kernel/locality.ts'
import { familyOf, joinHostPort, parseCidr } from '../model/address.ts'
import { type Endpoint, nodeHolding, type Pod, type Service } from '../model/cluster.ts'
import type { Entry } from '../model/entry.ts'
import { endpointKey } from '../model/identity.ts'
import { memo, memoLast } from '../model/memo.ts'
import type { ConntrackEntry, NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { ConntrackLine, EndpointPath, EndpointState } from '../model/report.ts'
import type { Rule } from '../model/rules.ts'
import { provenEndpoint } from '../proxies/kube-proxy/proven-endpoint.ts'
import { isEndpointChain } from '../proxies/kube-proxy/roles.ts'
import { proxiesOn } from '../proxies/on-node.ts'
import { sumCounters } from './counters.ts'
import { linkLeg } from './link.ts'
import { rivalHolding } from './rivals.ts'
import { withRole } from './walked-rules.ts'

/** What the API says of one service port: its endpoints, or null where endpoints were not collected. */
export function endpointsOfPort(observation: Observation, service: Service, entry: Entry): Endpoint[] | null {
  const own = observation.cluster.endpointsOf(service.namespace, service.name)
  if (!own) return null
  const onlyPort = service.ports.length === 1
  return own.filter(
    (one) =>
      familyOf(one.address) === entry.family &&
      (one.untold || one.protocol === entry.protocol) &&
      // kube-proxy leaves out what has no port; of a headless service DNS gives the address all the same.
      (one.port !== null || service.headless) &&
      (one.untold || one.portName === entry.servicePort.name || onlyPort),
  )
}

/** Everything that `joinEndpoints` needs to know of the entry that was walked. */
export interface Walked {
  observation: Observation
  node: NodeState
  service: Service
  entry: Entry
  journeys: readonly Journey[]
  /** The API's endpoints of this port; null where they were not collected. */
  declared: readonly Endpoint[] | null
  /** Conntrack entries of this entry's address; null where they were not collected. */
  conntrack: readonly ConntrackEntry[] | null
}

/** An endpoint with the journeys that lead to it. */
export interface Led {
  path: EndpointPath
  journeys: readonly Journey[]
}

/** Joins what the rules do with what the API says, endpoint by endpoint, in the order of the rules. */
export function joinEndpoints(walked: Walked): Led[] {
  const groups = new Map<string, { place: Place; endings: Map<Ending, Journey[]> }>()
  for (const journey of walked.journeys) {
    const place = journey.ending && placeOf(journey.ending, walked)
    if (!place) continue
    const key = endpointKey(place)
    const group = groups.get(key) ?? { place, endings: new Map<Ending, Journey[]>() }
    groups.set(key, group)
    const alike = group.endings.get(journey.ending!) ?? []
    group.endings.set(journey.ending!, [...alike, journey])
  }
  // Shares that could not be followed to their end came back first; the rules' order is the one to read them in.
  const firstLine = (endings: Map<Ending, Journey[]>) => Math.min(...[...endings.keys()].map((ending) => ending.order))
  return [...groups.values()]
    .sort((a, b) => firstLine(a.endings) - firstLine(b.endings))
    .map(({ place, endings }) => ({ path: describe(place, endings, walked), journeys: [...endings.values()].flat() }))
}

interface Place {
  address: string | null
  port: number | null
  chain: string | null
  known: EndpointPath['known']
}

/** The endpoint that an ending leads to; null where it leads to none. */
function placeOf(ending: Ending, walked: Walked): Place | null {
  const { verdict } = ending
  const last = ending.chains.at(-1) ?? null
  const chain = last && isEndpointChain(last) ? last : null
  if (verdict.kind === 'dnat') {
    const { address, addressEnd, port } = verdict.target
    const shown = addressEnd ? `${address}-${addressEnd}` : address
    return { address: shown ?? '0.0.0.0', port: port ?? (address ? walked.entry.port : 0), chain, known: 'rule' }
  }
  if (verdict.kind !== 'endpointChain') return null
  const proven = provenByHash(verdict.chain, ending, walked)
  return proven
    ? { ...proven, chain: verdict.chain, known: 'hash' }
    : { address: null, port: null, chain: verdict.chain, known: 'unknown' }
}

/**
 * A chain that the text does not hold is named after the hash of its endpoint: whichever of the addresses that the API,
 * the pods or the rule's own comment (`shop/web -> 10.0.0.1:80`) name gives that hash, is it.
 */
export function provenByHash(
  chain: string,
  ending: Ending,
  walked: Pick<Walked, 'observation' | 'service' | 'entry' | 'declared'>,
): { address: string; port: number | null } | null {
  const { service, entry, declared, observation } = walked
  const ports = [
    ...new Set([...(declared ?? []).map((one) => one.port), Number(entry.servicePort.targetPort) || null, entry.port]),
  ]
  const pods = (observation.cluster.pods ?? []).flatMap((pod) => pod.ips)
  const addresses = [...new Set([...(declared ?? []).map((one) => one.address), ...pods])]
  const candidates = addresses.flatMap((address) => ports.map((port) => ({ address, port })))
  return provenEndpoint(chain, ending, service, entry, candidates)
}

function describe(place: Place, endings: Map<Ending, Journey[]>, walked: Walked): EndpointPath {
  const { observation, node, declared } = walked
  const api =
    declared && place.address !== null
      ? endpointsByAddress(declared)
          .get(place.address)
          ?.find(({ port }) => port === null || port === place.port)
      : undefined
  const pod = api?.pod ?? podAt(observation, place.address)
  const home = api?.node ?? nodeOf(observation, place.address, pod)
  const partial = observation.cluster.endpointsArePartial(walked.service.namespace, walked.service.name)
  const journeys = [...endings.values()].flat()
  const { probability, conditions } = shareOf([...endings.keys()])
  const connections = walked.conntrack && (entriesByReply(walked.conntrack).get(`${place.address} ${place.port}`) ?? [])
  const address = place.address && parseCidr(place.address) ? place.address : null
  return {
    ...place,
    probability,
    conditions,
    hits: hitsOf([...endings.keys()]),
    connections: connections?.length ?? null,
    ...heldTo(place, walked),
    ...([...endings.keys()].some(({ verdict }) => verdict.kind === 'dnat' && verdict.kept)
      ? { untranslated: true }
      : {}),
    ...fateOf(journeys),
    masquerade: agreed(journeys.map((journey) => journey.masquerade)) ?? 'unknown',
    pod,
    node: home,
    ...(place.address === null || declared === null || (!api && partial)
      ? { state: 'unknown' as const }
      : api
        ? { state: stateOf(api) }
        : undeclared(place.address, walked)),
    link: address
      ? linkLeg(observation, node, address, home, agreedRoute(journeys))
      : { interface: null, bridge: null, via: null, how: null, remote: null, reason: 'the address is not known' },
    conntrack: (connections ?? []).slice(0, MOST_CONNTRACK).map(conntrackLine),
  }
}

/** Null where they part, or none was looked up. */
export function agreedRoute([first, ...others]: readonly Journey[]): Journey['route'] {
  const route = first?.route ?? null
  return others.every((one) => one.route?.route === route?.route) ? route : null
}

/** What the service's own endpoints do not have may be one of a service that claims the entry, too. */
function undeclared(
  address: string,
  { observation: { cluster }, service, entry }: Walked,
): Pick<EndpointPath, 'state' | 'rival'> {
  const found = rivalHolding(cluster, service, entry, address)
  if (found === null || found === 'unknown') return { state: found ?? 'stale' }
  return { state: 'rival', rival: { namespace: found.namespace, name: found.name } }
}

/** The clients that affinity holds to an endpoint now, where the proxy has a table of them. */
function heldTo({ address, port }: Place, { node, entry }: Walked): Pick<EndpointPath, 'held'> {
  const { protocol, address: front, port: frontPort } = entry
  const fronts = front === null ? ownAddresses(node, entry.family) : [front]
  const proxies = proxiesOn(node, entry.family).all.filter((proxy) => proxy.held)
  const all = proxies.flatMap((proxy) =>
    fronts.flatMap((own) => proxy.held!({ protocol, address: own, port: frontPort })),
  )
  const [first, ...more] = all.filter((one) => one.address === address && one.port === port)
  if (!first) return {}
  const { command, file, line, text } = first
  return { held: { count: more.length + 1, evidence: { node: node.name, command, file, line, text } } }
}

/** An endpoint that the API holds ready and that no rule of the node leads to. */
export function missingEndpoint(observation: Observation, node: NodeState, endpoint: Endpoint): EndpointPath {
  const reason = 'no rule on this node leads to it'
  return { ...declaredEndpoint(observation, node, endpoint), state: 'missing', fate: 'unknown', reason }
}

export function declaredEndpoint(
  observation: Observation,
  node: NodeState,
  endpoint: Endpoint,
  walked: Journey['route'] = null,
): EndpointPath {
  const { address, port, pod } = endpoint
  const home = endpoint.node ?? nodeOf(observation, address, pod)
  return {
    address,
    port,
    chain: null,
    probability: 0,
    conditions: [],
    hits: null,
    connections: null,
    known: 'api',
    fate: 'unknown',
    reason: null,
    masquerade: 'unknown',
    pod,
    node: home,
    state: stateOf(endpoint),
    link: linkLeg(observation, node, address, home, walked),
    conntrack: [],
  }
}

/** What the API says of an endpoint; nothing at all makes it stale. */
export function stateOf(endpoint: Endpoint | undefined): EndpointState {
  if (!endpoint) return 'stale'
  if (endpoint.terminating) return endpoint.serving ? 'serving' : 'terminating'
  return endpoint.ready ? 'ready' : 'notReady'
}

/**
 * The share of new connections. Endings under the same conditions add up; those under different ones exclude each other,
 * so the largest sum counts, with its conditions.
 */
function shareOf(endings: readonly Ending[]): { probability: number; conditions: string[] } {
  const worlds = new Map<string, { probability: number; conditions: string[] }>()
  for (const { probability, conditions } of endings) {
    const key = conditions.join('\n')
    const world = worlds.get(key) ?? { probability: 0, conditions: [...conditions] }
    worlds.set(key, { ...world, probability: world.probability + probability })
  }
  return [...worlds.values()].reduce((best, world) => (world.probability > best.probability ? world : best))
}

/** Counters of the rules that translate to this endpoint alone; each rule counts once however many ways lead to it. */
function hitsOf(endings: readonly Ending[]): EndpointPath['hits'] {
  const rules = new Set(endings.flatMap((ending) => ending.trail?.step.rule ?? []))
  const shared = (rule: Rule) => rule.actions.some((action) => action.kind === 'dnat' && action.choices.length > 1)
  return sumCounters([...rules].map((rule) => (shared(rule) ? null : rule.counter)))
}

/** A report holds no more conntrack entries of an endpoint than somebody may read; all of them are counted. */
const MOST_CONNTRACK = 1000

export function fateOf(journeys: readonly Journey[]): Pick<EndpointPath, 'fate' | 'reason' | 'stop'> {
  const fate = agreed(journeys.map((journey) => journey.fate))
  const stop = journeys.find((journey) => journey.stop)?.stop
  if (fate)
    return {
      fate,
      reason: journeys.find((journey) => journey.reason)?.reason ?? null,
      ...(stop ? { stop: withRole(stop) } : {}),
    }
  const stopped = journeys.find((journey) => journey.fate !== 'forwarded' && journey.fate !== 'delivered')
  const why = stopped?.conditions.at(-1)
  return {
    fate: 'unknown',
    reason: `${stopped?.fate}, ${why ? `if ${why}` : 'for a part of them'}: ${stopped?.reason}`,
  }
}

/** The value that all have in common; null where they differ. */
export function agreed<T>(values: readonly T[]): T | null {
  return new Set(values).size === 1 ? values[0]! : null
}

/** Each of thousands of endpoints is looked up in thousands of the API's, of pods and of connections. */
const endpointsByAddress = memoLast((all: readonly Endpoint[]) => Map.groupBy(all, ({ address }) => address))
const podsByAddress = memo(
  (all: readonly Pod[]) =>
    new Map(all.toReversed().flatMap((pod) => (pod.hostNetwork ? [] : pod.ips.map((ip) => [ip, pod] as const)))),
)
const podsByName = memo(
  (all: readonly Pod[]) => new Map(all.toReversed().map((pod) => [`${pod.namespace}/${pod.name}`, pod])),
)
const entriesByReply = memo((all: readonly ConntrackEntry[]) =>
  Map.groupBy(all, ({ reply }) => `${reply.source} ${reply.sourcePort}`),
)

function podAt(observation: Observation, address: string | null): { namespace: string; name: string } | null {
  const { pods } = observation.cluster
  const pod = pods && address !== null ? podsByAddress(pods).get(address) : undefined
  return pod ? { namespace: pod.namespace, name: pod.name } : null
}

function nodeOf(
  observation: Observation,
  address: string | null,
  pod: { namespace: string; name: string } | null,
): string | null {
  const { pods } = observation.cluster
  const found = pod && pods && podsByName(pods).get(`${pod.namespace}/${pod.name}`)
  const host = nodeHolding(observation.cluster, address)
  return found?.node ?? host?.name ?? null
}

function conntrackLine({ protocol, state, timeout, original, source }: ConntrackEntry): ConntrackLine {
  const client = joinHostPort(original.source, original.sourcePort)
  return { protocol, state, timeout, client, ...source }
}
