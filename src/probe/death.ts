/** Where a connection died. What is missing in the evidence makes a death unplaced: never is it placed by what was not seen. */
import { joinHostPort } from '../model/address.ts'
import type { Endpoint } from '../model/cluster.ts'
import type { Death } from '../model/probe/report.ts'
import type { Attempted } from '../model/probe/request.ts'
import type { EndpointPath, EntryPath } from '../model/report.ts'
import type { Hearing } from './hearing.ts'
import type { PlannedAttempt } from './plan.ts'
import type { Grounds, Trail } from './trail.ts'

export interface DeathGrounds extends Grounds {
  /** The API's endpoints, before and after; null where they were not collected. */
  endpoints: readonly Endpoint[] | null
  hearing(endpoint: { address: string; port: number }): Hearing
  /** Where connections that were answered have no entry: there the lack of one proves nothing. */
  blind: ReadonlySet<string>
}

/** A node as that of clients, or as one that connections come to: what shows of the one may not show of the other. */
export const blindSpotOf = ({ missingOn, stages }: Trail): string | null =>
  missingOn && `${stages.length === 0 ? 'from' : 'to'} ${missingOn}`

/** For a connection that was refused, got no answer, or came nowhere. */
export function deathOf(attempt: PlannedAttempt, made: Attempted, trail: Trail, grounds: DeathGrounds): Death {
  const { target } = attempt
  const { stages, endpoint, untranslated, missingOn, doubt, home } = trail
  if (endpoint && isStale(endpoint, grounds.endpoints)) return staleDeath(target.node, endpoint)
  if (doubt !== null) return unplaced(doubt)
  if (missingOn !== null && grounds.blind.has(blindSpotOf(trail)!))
    return unplaced(`conntrack on ${missingOn} shows no entry of connections that got through either`)
  if (stages.length === 0) return neverLeft(attempt, made, grounds)
  if (untranslated)
    return at(
      'translation',
      target.node,
      `conntrack on ${target.node} shows it untranslated: nothing led it to an endpoint`,
    )
  const path = pathTo(target.entry, endpoint)
  if (missingOn !== null)
    return (
      (endpoint === null ? lostAt(missingOn, made, target.entry) : null) ??
      lostBefore(missingOn, stages.at(-1)!.node, made, path, target.entry)
    )
  return home === null || endpoint === null
    ? unplaced('where it was led is not known')
    : atHome(home, endpoint, made, trail, grounds, path)
}

/** No node has an entry of it: something on the client's node stopped it, or nothing there tracks connections. */
function neverLeft({ target }: PlannedAttempt, made: Attempted, { evidence }: DeathGrounds): Death {
  const { place, entry } = target
  const { node } = place
  // What was walked begins at the node that it was on its way to.
  if (target.node !== node)
    return made.result === 'refused' || !evidence.get(node)?.tracks(entry.address)
      ? unplaced(`${node} has no conntrack entry of it, and may not track these connections`)
      : at('node', node, `it never left ${node}: conntrack has no entry of it`)
  const stops = stopsOn(node, entry).filter(({ fate }) => fits(fate, made))
  const [stop] = stops
  if (stop?.all) return { ...at('node', node, stop.reason), by: 'walk' }
  const there = evidence.get(node)
  const isUntracked = entry.rules.some(({ does, maybe }) => does === 'untrack' && maybe === null)
  if (isUntracked && entry.outcome !== 'dnat')
    return {
      ...at('translation', node, `a rule on ${node} takes it out of connection tracking, and so nothing translates it`),
      by: 'walk',
    }
  if (entry.outcome === 'none' && made.result !== 'refused' && entry.verdict === 'broken')
    return { ...at('translation', node, entry.reason ?? `no rule on ${node} leads it to an endpoint`), by: 'walk' }
  if (made.result === 'refused' && !there?.watched)
    return unplaced(`refused connections leave no entry in the conntrack of ${node}, and its events could not be read`)
  if (isUntracked || !there?.tracks(entry.address))
    return unplaced(`${node} has no conntrack entry of it, and may not track these connections`)
  // It is one of those that the rules stop: what is led elsewhere leaves the node.
  if (stop) return stoppedBy(node, stops)
  if (made.result === 'refused')
    return unplaced(`${node} has no conntrack entry of it, and the rules show nothing that refuses it there`)
  const where = place.kind === 'pod' ? 'in the pod or on its node' : 'there'
  return at(
    'node',
    node,
    `it never left ${node}: conntrack has no entry of it, and the rules of ${node} show nothing that stops it ${where}`,
  )
}

/** The node that should have led it to an endpoint has no entry of it: a rule there may have stopped it, whichever endpoint it was to get. */
function lostAt(node: string, made: Attempted, entry: EntryPath): Death | null {
  const stops = stopsOn(node, entry).filter(({ fate }) => fits(fate, made))
  return stops.length > 0 ? stoppedBy(node, stops) : null
}

/** One of those that the walk found: which, is known where they say the same. */
function stoppedBy(node: string, stops: readonly { reason: string }[]): Death {
  const [reason, ...others] = new Set(stops.map((one) => one.reason))
  const more = others.length > 0 ? ', or another of the rules that stop some of these connections' : ''
  return { ...at('node', node, `${reason}${more}`), by: 'walk' }
}

/** It left one node, and on the next there is no entry of it. */
function lostBefore(
  next: string,
  last: string,
  made: Attempted,
  path: EndpointPath | null,
  { verdict, reason }: EntryPath,
): Death {
  const stop = path?.stop
  if (path && stop && stop.ends === undefined && stop.node !== last && fits(path.fate, made))
    return { ...at('node', stop.node, stop.reason), by: 'walk' }
  if (made.result === 'refused') return unplaced(`it was refused, and whether it came to ${next} was not seen`)
  if (verdict === 'unknown')
    return unplaced(
      `${last} sent it on, and ${next} has no conntrack entry of it; ${reason ?? 'the walk is not sure of the way'}`,
    )
  if (path?.fate === 'unknown')
    return unplaced(
      `${last} sent it on, and ${next} has no conntrack entry of it; ${path.reason ?? 'the walk is not sure of the way'}`,
    )
  return { ...at('between', last, `${last} sent it on, and conntrack on ${next} has no entry of it`), towards: next }
}

/** It has an entry on the endpoint's node: that node handed it to the pod. */
function atHome(
  home: string,
  endpoint: { address: string; port: number },
  made: Attempted,
  { stages }: Trail,
  grounds: DeathGrounds,
  path: EndpointPath | null,
): Death {
  const where = joinHostPort(endpoint.address, endpoint.port)
  const hearing = grounds.hearing(endpoint)
  if (made.result === 'refused')
    return hearing === 'deaf'
      ? at('closed', home, `it came to ${where} on ${home}, and nobody listens there`)
      : at('refused', home, `it came to ${where} on ${home} and was refused there${HEARD[hearing]}`)
  const last = stages.at(-1)!
  if (last.seen.when === 'new')
    return unplaced(`it came to ${home}, and whether it was answered was not seen: its entry is gone`)
  if (last.seen.entry.unreplied)
    return hearing === 'full'
      ? at('queue', home, `it came to ${where} on ${home}, whose queue of connections to be accepted is full`)
      : at('silent', home, `${home} handed it to ${where}, and no answer came`)
  // Nobody but a client that has the answer goes on, or resets: on a busy machine it may come when the program has given up.
  if (stages.some(({ seen }) => isBehindAnswer(seen.entry)) || stages[0]!.seen.entry.state === 'CLOSE')
    return unplaced(
      'conntrack shows what the client sent after the answer: the answer came when the client had given up',
    )
  const stop = path?.stop
  if (stop?.ends === 'answers') return { ...at('answer', stop.node, stop.reason), by: 'walk' }
  return lostAnswer(stages)
}

/** The answer goes the way back: the first node on it that has not seen the answer is where it did not come to. */
function lostAnswer(stages: Trail['stages']): Death {
  const unseen = stages.findLastIndex(({ seen }) => seen.entry.unreplied)
  const from = stages[unseen + 1]!.node
  if (unseen >= 0) {
    const towards = stages[unseen]!.node
    return { ...at('answer', from, `the answer came to ${from}, and ${towards} has not seen it`), towards }
  }
  return at('answer', from, `the answer came to ${from}, and not to the client`)
}

/** TCP's states behind SYN_RECV (tcp_conntracks of nf_conntrack_proto_tcp.c). */
const isBehindAnswer = ({ state }: { state: string | null }): boolean =>
  /^(ESTABLISHED|FIN_WAIT|CLOSE_WAIT|LAST_ACK|TIME_WAIT)$/.test(state ?? '')

const HEARD: Record<Hearing, string> = {
  heard: ', although a program listens',
  full: ', although a program listens',
  deaf: '',
  unknown: '; whether a program listens was not read',
}

/** It was led to what is no endpoint of the service, before the probe and after it. */
export const isStale = (
  { address, port }: { address: string; port: number },
  endpoints: readonly Endpoint[] | null,
): boolean =>
  endpoints !== null && !endpoints.some((one) => one.address === address && (one.port === null || one.port === port))

export const staleDeath = (node: string, { address, port }: { address: string; port: number }): Death =>
  at('stale', node, `${node} led it to ${joinHostPort(address, port)}, which is no endpoint of the service`)

/** What the client took for a connection, of which the endpoint never got the last packet of the handshake. */
export function laterDeath(trail: Trail, path: EndpointPath | null): Death | null {
  const last = trail.stages.at(-1)
  if (trail.doubt !== null || !last || last.node !== trail.home) return null
  if (last.seen.when !== 'look' || last.seen.entry.state !== 'SYN_RECV') return null
  const stop = path?.stop
  if (stop?.ends === 'strays') return { ...at('later', stop.node, stop.reason), by: 'walk' }
  return at('later', last.node, `the client got an answer, and nothing that it sent then came to ${last.node}`)
}

/** A connection that stood, and over which no answer to a request came. */
export function stalledDeath({ home, endpoint, stages, doubt }: Trail, made: Attempted): Death {
  const last = stages.at(-1)
  if (doubt !== null || endpoint === null || home === null || last?.node !== home)
    return unplaced(doubt ?? 'it was connected, and where it was led was not seen')
  const where = joinHostPort(endpoint.address, endpoint.port)
  return at(
    'stalled',
    home,
    `it was connected to ${where} on ${home}, and no answer to the request came (${made.error ?? 'silence'})`,
  )
}

/** The walked way to where a connection was led; null where the walk leads none there. */
export const pathTo = (
  { endpoints }: EntryPath,
  endpoint: { address: string; port: number } | null,
): EndpointPath | null =>
  endpoints.find((one) => one.address === endpoint?.address && one.port === endpoint?.port) ?? null

/** What the walk says stops connections on this node; `all`: whichever endpoint they get. */
function stopsOn(
  node: string,
  { stop, outcome, endpoints }: EntryPath,
): { fate: string; reason: string; all: boolean }[] {
  if (stop) return stop.node === node ? [{ fate: outcome, reason: stop.reason, all: true }] : []
  const led = endpoints.filter(({ probability }) => probability > 0)
  const stopped = led.filter((one) => one.stop?.node === node && one.stop.ends === undefined)
  const all = stopped.length === led.length && new Set(stopped.map((one) => one.stop!.reason)).size === 1
  return stopped.map((one) => ({ fate: one.fate, reason: one.stop!.reason, all }))
}

/** A drop is silence, or what a router says of it. A reject is an answer, unless the kernel holds it back: it sends few ICMP errors a second (net.ipv4.icmp_ratelimit). */
const fits = (fate: string, { result }: Attempted): boolean =>
  fate === 'reject' || (fate === 'drop' && result !== 'refused')

const at = (kind: Death['kind'], node: string, reason: string): Death => ({
  kind,
  node,
  towards: null,
  by: 'conntrack',
  reason,
})

const unplaced = (reason: string): Death => ({ kind: 'unplaced', node: null, towards: null, by: null, reason })
