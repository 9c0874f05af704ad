import { type Aids, sendPacket } from '../kernel/hooks.ts'
import { isUndecided, type Journey } from '../kernel/journey.ts'
import { formatCidr, onlyAddress, parseCidr } from '../model/address.ts'
import type { Endpoint, Service } from '../model/cluster.ts'
import { type Entry, policyOf } from '../model/entry.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { From } from '../model/query.ts'
import type { EndpointPath, EntryPath } from '../model/report.ts'
import { said } from '../model/sentence.ts'
import { isWaypoint } from '../proxies/kube-proxy/roles.ts'
import { startsFor } from '../proxies/kube-proxy/starts.ts'
import { isForPort } from '../proxies/kube-proxy/unseen-port.ts'
import { proxiesOn, strangerHolding } from '../proxies/on-node.ts'
import { isOfAnotherProxy } from '../proxies/other-dataplane.ts'
import type { Tracked } from '../proxies/proxy.ts'
import { type Client, clientFor, clientNamed, packetTo } from './client.ts'
import { entryConnections, entryHits } from './counters.ts'
import { directEndpoint } from './direct-endpoint.ts'
import { endpointsOfPort, joinEndpoints, type Led, missingEndpoint, provenByHash, type Walked } from './endpoints.ts'
import { linkDoubt } from './link-doubts.ts'
import { followOnward } from './onward.ts'
import { programsOnWay } from './programs.ts'
import { asItComes } from './sender.ts'
import { judgeEntry } from './verdict.ts'
import { metRules, saysNoLocal, stoppingRules, withRole } from './walked-rules.ts'

/** An entry's way through a node, and what the walk took for granted. */
export interface WalkedEntry {
  path: EntryPath
  assumptions: ReadonlySet<string>
  /** The path's reason without the node's name. */
  unnamedReason: string | null
}

/** Walks one entry on one node; null where the chosen client's packets never meet this node. */
export function walkEntry(
  observation: Observation,
  node: NodeState,
  service: Service,
  entry: Entry,
  from: From | null,
): WalkedEntry | null {
  const declared = endpointsOfPort(observation, service, entry)
  const client = clientFor(observation, node, entry, from, declared ?? [])
  if (!client) return null
  const invited = from ? asItComes(observation, node, entry, from, client) : withinRanges(client, service, entry)
  const { names: known, stations } = proxiesOn(node, entry.family)
  const names: Aids['names'] = { ...known, isForPort: (rule) => isForPort(rule, service, entry) }
  const resolve: Aids['resolve'] = (chain, ending) =>
    provenByHash(chain, ending, { observation, service, entry, declared })
  const send = (sender: Client) => {
    const packet = packetTo(observation, node, entry, sender)
    return {
      packet,
      journeys: sendPacket(node, sender.hook, packet, {
        // Whole dumps have no need of them.
        get starts() {
          return startsFor(node, service, entry)
        },
        resolve,
        names,
        stations,
      }),
    }
  }
  const first = send(invited)
  // Any pod but the endpoints themselves is meant; without the API's word the first walk tells which these are.
  const { packet, journeys } = from || declared ? first : send(notOneOf(invited, first.journeys.all))
  const tracked = entryConnections(node, entry)
  const conntrack = tracked?.led ?? null
  const walked = { observation, node, service, entry, journeys: journeys.all, declared, conntrack }
  const here = entry.kind === 'podIP' ? directly(walked) : allEndpoints(walked, invited)
  const endpoints = here.map((one) => followOnward(observation, node, one, invited, packet))
  const outcome = outcomeOf(journeys.all)
  const refused = outcome === 'drop' || outcome === 'reject' ? journeys.all.find(({ stop }) => stop)?.stop : undefined
  const unjudged = {
    kind: entry.kind,
    address: entry.address ?? onlyAddress(packet.destination) ?? '*',
    port: entry.port,
    protocol: entry.protocol,
    portName: entry.servicePort.name,
    client: invited.label,
    who: invited.who,
    chains: entryChains(journeys.all),
    hits: entryHits(journeys.all),
    outcome,
    conditions: [...new Set(journeys.all.flatMap((journey) => journey.conditions))],
    endpoints,
    conntrack: tracked?.count ?? null,
    ...trackedElsewhere(tracked),
    rules: metRules(node, entry.family, journeys.all),
    evidence: stoppingRules(node, entry.family, journeys.all),
    ...(refused ? { stop: withRole(refused) } : {}),
  }
  const { verdict, reason } = judgeEntry(unjudged, {
    ...{ journeys, service, node, declared },
    programs: programsOnWay(observation, node, unjudged),
    linkDoubt: linkDoubt(observation, node.name, endpoints),
  })
  const path = { ...unjudged, verdict, reason: said(reason, node.name) }
  return { path, assumptions: journeys.assumptions, unnamedReason: said(reason, 'this node') }
}

/** The client without the addresses that its connections were led to. */
function notOneOf(client: Client, journeys: readonly Journey[]): Client {
  const targets = journeys.flatMap(({ ending }) =>
    ending?.verdict.kind === 'dnat' ? (ending.verdict.target.address ?? []) : [],
  )
  const except = targets.flatMap((address) => parseCidr(address) ?? [])
  return { ...client, source: { ...client.source, except: [...client.source.except, ...except] } }
}

/** loadBalancerSourceRanges: without another client named, one that they let in. */
function withinRanges(client: Client, service: Service, entry: Entry): Client {
  if (entry.kind !== 'loadBalancerIP') return client
  const ranges = service.loadBalancerSourceRanges.flatMap((text) => parseCidr(text) ?? [])
  const range = ranges.find((cidr) => cidr.family === entry.family)
  if (!range) return client
  const named = clientNamed({ ...client.who, name: formatCidr(range) })
  return { ...client, ...named, source: { ...client.source, within: [range] } }
}

/** The command that shows the connections, where they stand in another table than conntrack's. */
function trackedElsewhere(tracked: Tracked | null): Pick<EntryPath, 'trackedBy'> {
  const elsewhere = tracked?.count ? tracked.led?.[0]?.source.elsewhere : undefined
  return elsewhere ? { trackedBy: elsewhere.command } : {}
}

/** A headless service's pod, called by its own address. */
function directly(walked: Walked): Led[] {
  const path = directEndpoint(walked)
  return path ? [{ path, journeys: walked.journeys }] : []
}

/** The endpoints that the rules lead to, then those that they should lead to and do not. */
function allEndpoints(walked: Walked, client: Client): Led[] {
  const { observation, node, service, entry, declared } = walked
  const found = joinEndpoints(walked)
  const outcome = outcomeOf(walked.journeys)
  // What stops before an endpoint is chosen is the fault: that none is reached follows from it.
  if (found.length === 0 && (outcome === 'drop' || outcome === 'reject')) return []
  if (
    !couldMiss(
      walked,
      found.map(({ path }) => path),
    )
  )
    return found
  // A client that affinity holds to one endpoint is led to no other.
  if (service.affinitySeconds !== null && found.length === 1 && onlyAddress(client.source)) return found
  const policy = service[policyOf(entry)]
  // externalTrafficPolicy does not bind clients inside the cluster.
  const local = policy === 'Local' && (entry.kind === 'clusterIP' || !client.inCluster)
  const absent = meantFor(observation, node, declared ?? []).filter(
    (one) =>
      // It may be for another port of the service.
      !one.untold &&
      (!local || one.node === node.name) &&
      !found.some(({ path }) => path.address === one.address && (one.port === null || path.port === one.port)),
  )
  return [...found, ...absent.map((one) => ({ path: missingEndpoint(observation, node, one), journeys: [] }))]
}

/**
 * Where the text is a fragment or was cut off, a chain is not in it, a rule is not understood, or no rules translate at all, no endpoint is missing in
 * them. Nor where nobody knows the service's traffic policy.
 */
function couldMiss({ node, service, entry, journeys }: Walked, found: readonly EndpointPath[]): boolean {
  const { seen } = proxiesOn(node, entry.family)
  if (seen.cutOff || journeys.some(isUndecided) || found.some((one) => one.address === null)) return false
  // What deals to all endpoints is in the text, but for what its poster left out.
  if (found.length > 0) return !seen.elided
  const policy = service[policyOf(entry)]
  if (policy === null && saysNoLocal(journeys)) return false
  if (isOfAnotherProxy(service)) return false
  const own = entry.address !== null && entry.kind !== 'nodePort' && strangerHolding(node, entry.address) !== null
  return seen.how === 'whole' && !own
}

/**
 * The ready endpoints that kube-proxy programmes on a node: with topology hints on all of them only those for its own
 * name or zone, as long as there are any (pkg/proxy/topology.go, CategorizeEndpoints).
 */
function meantFor(observation: Observation, node: NodeState, declared: readonly Endpoint[]): readonly Endpoint[] {
  const ready = declared.filter((one) => one.ready && !one.terminating)
  if (!ready.every((one) => one.hints)) return ready
  const zone = observation.cluster.nodes?.find(({ name }) => name === node.name)?.zone
  const own = ready.filter((one) => one.hints!.nodes.includes(node.name))
  const near = ready.filter((one) => zone !== undefined && one.hints!.zones.includes(zone))
  return [own, near].find((list) => list.length > 0) ?? ready
}

/** The chains that all translations have in common, without the hook's own and the endpoints' chains. */
function entryChains(journeys: readonly Journey[]): string[] {
  const all = journeys.flatMap(({ ending }) => (ending ? [ending.chains.filter(isWaypoint)] : []))
  const [first, ...others] = all
  return (first ?? []).filter((name, i) => others.every((chains) => chains[i] === name))
}

function outcomeOf(journeys: readonly Journey[]): EntryPath['outcome'] {
  const kinds = new Set(
    journeys.map(({ ending, fate }): EntryPath['outcome'] => {
      if (ending?.verdict.kind === 'dnat' || ending?.verdict.kind === 'endpointChain') return 'dnat'
      if (fate === 'reject' || fate === 'drop' || fate === 'unknown') return fate
      return 'none'
    }),
  )
  // A translation that depends on something is still the way; what it depends on stands in the conditions.
  for (const outcome of ['dnat', 'unknown', 'reject', 'drop'] as const) if (kinds.has(outcome)) return outcome
  return 'none'
}
