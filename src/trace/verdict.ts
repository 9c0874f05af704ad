import type { Origin } from '../kernel/flow.ts'
import { isUndecided, type Journey, type Journeys } from '../kernel/journey.ts'
import { familyOf, joinHostPort } from '../model/address.ts'
import type { Endpoint, Service } from '../model/cluster.ts'
import { policyOf } from '../model/entry.ts'
import { NODE_LOCAL_DNS } from '../model/kube/cluster-dns.ts'
import type { NodeState } from '../model/node.ts'
import { type EndpointPath, type EntryPath, isFaulty, type Verdict } from '../model/report.ts'
import type { DnatTarget } from '../model/rules.ts'
import { type Sentence, said } from '../model/sentence.ts'
import { idleFor, proxiesOn, strangerHolding } from '../proxies/on-node.ts'
import { isOfAnotherProxy, PROXY_LABEL } from '../proxies/other-dataplane.ts'
import type { Seen } from '../proxies/proxy.ts'
import type { ProgramOnWay } from './programs.ts'
import { isStatedStop, saysNoLocal, saysNoneHere } from './walked-rules.ts'

/** A verdict and why. What names the node itself is said of a name, so that the same of another node can be told to be the same. */
interface Judgement {
  verdict: Verdict
  reason: Sentence | null
}

type Unjudged = Omit<EntryPath, 'verdict' | 'reason'>

/** What a verdict rests on besides the walk. */
interface Grounds {
  journeys: Journeys
  service: Service
  node: NodeState
  /** The API's endpoints of this port; null where they were not collected. */
  declared: readonly Endpoint[] | null
  /** What the packets meet besides the rules, and nobody reads. */
  programs: readonly ProgramOnWay[]
  /** Why a link on the way may be down. */
  linkDoubt: string | null
}

/**
 * Judges an entry on one node. The first that applies: nothing leads anywhere (broken); some shares go wrong (degraded,
 * broken where all do); something could not be told (unknown); else reachable.
 */
export function judgeEntry(entry: Unjudged, grounds: Grounds): Judgement {
  if (seenFor(entry, grounds).cutOff)
    return { verdict: 'unknown', reason: 'a dump of the rules is cut off: what followed is unknown' }
  if (entry.kind === 'podIP') return judgeDirect(entry, grounds)
  if (entry.outcome !== 'dnat') return judgeWithoutTranslation(entry, grounds)
  const wrong = entry.endpoints.filter(isFaulty)
  const lost = wrong.filter((endpoint) => endpoint.probability > 0)
  const share = lost.reduce((sum, endpoint) => sum + endpoint.probability, 0)
  const rivals = rivalry(grounds.journeys)
  if (rivals) return { verdict: 'degraded', reason: wrong.length > 0 ? `${rivals}; ${summarise(wrong)}` : rivals }
  const isWrong = isWrongAnyway(wrong, grounds.journeys)
  if (isWrong && share > 1 - 1e-6) return { verdict: 'broken', reason: summarise(wrong) }
  if (isWrong) return { verdict: 'degraded', reason: summarise(wrong) }
  const undecided = grounds.journeys.all.find(isUndecided)
  if (undecided) return { verdict: 'unknown', reason: undecided.reason ?? 'the walk could not be finished' }
  const dealt = entry.endpoints.reduce((sum, endpoint) => sum + endpoint.probability, 0)
  if (entry.conditions.length === 0 && dealt < 1 - 1e-6) {
    const rest = `${((1 - dealt) * 100).toFixed(1)} % of the connections`
    // The rules that are not in the text may lead them on.
    return seenFor(entry, grounds).partial.length > 0
      ? { verdict: 'unknown', reason: `where ${rest} go is not in the text` }
      : { verdict: 'degraded', reason: `${rest} go to no endpoint` }
  }
  return judgeDoubts(entry, grounds) ?? { verdict: 'reachable', reason: null }
}

/** More branches than these are not held against each other. */
const MOST_WORLDS = 64

/** Is something wrong whatever could not be told? What is wrong only if a rule matches may be well. */
function isWrongAnyway(wrong: readonly EndpointPath[], { all }: Journeys): boolean {
  if (wrong.some(({ conditions }) => conditions.length === 0)) return true
  const places = new Set(wrong.map(({ address, port }) => `${address} ${port}`))
  const isBad = ({ fate, ending }: Journey) =>
    fate === 'drop' ||
    fate === 'reject' ||
    (ending?.verdict.kind === 'dnat' && places.has(`${ending.verdict.target.address} ${ending.verdict.target.port}`))
  const worlds = worldsOf(all)
  const bad = worldsOf(all.filter(isBad))
  if (worlds.length > MOST_WORLDS) return false
  // A branch holds what became of the packet before it branched off, too.
  const last = worlds.filter((one) => !worlds.some((other) => other !== one && isWithin(one, other)))
  return wrong.length > 0 && last.every((one) => bad.some((some) => isWithin(some, one)))
}

const worldsOf = (journeys: readonly Journey[]): (readonly string[])[] => [
  ...new Map(journeys.map(({ conditions }) => [conditions.join('\n'), conditions])).values(),
]

const isWithin = (part: readonly string[], whole: readonly string[]): boolean =>
  part.every((one, i) => one === whole[i])

/** `leads to 3 addresses that are no longer endpoints (10.0.0.1:80, …); 3 ready endpoints have no rule (…)`. */
function summarise(endpoints: readonly EndpointPath[]): string {
  const kinds = (['stale', 'rival', 'missing', 'notReady', 'terminating'] as const).map((state) => {
    return { state, found: endpoints.filter((endpoint) => endpoint.state === state) }
  })
  const told = kinds.flatMap(({ state, found }) =>
    found.length > 0 ? [`${PHRASES[state](found.length, found[0]!)} (${some(found)})`] : [],
  )
  const unreached = endpoints.filter((endpoint) => !kinds.some(({ found }) => found.includes(endpoint)))
  const [first] = unreached
  if (first)
    told.push(
      `${unreached.length === 1 ? 'an endpoint is' : `${unreached.length} endpoints are`} not reached, ${first.reason} (${some(unreached)})`,
    )
  return told.join('; ')
}

const PHRASES = {
  stale: (count: number) =>
    `its rules lead to ${count === 1 ? 'an address that is no longer an endpoint' : `${count} addresses that are no longer endpoints`}`,
  rival: (count: number, { rival }: EndpointPath) =>
    `its rules lead to ${count === 1 ? 'an endpoint' : `${count} endpoints`} of ${rival?.namespace}/${rival?.name}, which claims the same entry`,
  missing: (count: number) => `${count === 1 ? 'a ready endpoint has' : `${count} ready endpoints have`} no rule`,
  notReady: (count: number) =>
    `its rules lead to ${count} endpoint${count === 1 ? ' that is' : 's that are'} not ready`,
  terminating: (count: number) =>
    `its rules lead to ${count} endpoint${count === 1 ? ' that has' : 's that have'} stopped serving`,
}

function some(endpoints: readonly EndpointPath[]): string {
  const names = endpoints.map((endpoint) =>
    endpoint.address ? joinHostPort(endpoint.address, endpoint.port) : endpoint.chain,
  )
  return names.length > 2 ? `${names[0]}, …` : names.join(', ')
}

function judgeWithoutTranslation(entry: Unjudged, grounds: Grounds): Judgement {
  const { journeys, service, node, declared } = grounds
  const stated = journeys.all.find(isStatedStop)
  const stopped = stated ?? journeys.all.find((journey) => journey.reason !== null)
  const policy = policyOf(entry)
  const elsewhere = declared?.some((endpoint) => endpoint.ready && endpoint.node !== node.name)
  const here = declared?.some((endpoint) => endpoint.ready && endpoint.node === node.name)
  const dropped = entry.outcome === 'drop' || journeys.all.some(({ fate }) => fate === 'drop')
  const refused = dropped || entry.outcome === 'none' || saysNoneHere(journeys.all)
  const local = service[policy] === 'Local' || (service[policy] === null && saysNoLocal(journeys.all))
  const isOpen = entry.conditions.length > 0 && journeys.all.some(({ fate }) => fate !== 'drop' && fate !== 'reject')
  // What cannot be told makes no difference where no way ends at an endpoint.
  const sure = !isOpen || journeys.all.every(({ fate }) => fate !== 'unknown')
  if (refused && local && elsewhere && !here && sure) {
    const how =
      stopped?.stop?.verb ?? { drop: 'dropped', reject: 'refused' }[entry.outcome as string] ?? 'not translated'
    return { verdict: 'degraded', reason: (name) => `${policy} is Local and no endpoint is on ${name}: ${how}` }
  }
  if (entry.outcome === 'reject' || entry.outcome === 'drop') {
    const verb = stopped?.stop?.verb ?? (entry.outcome === 'reject' ? 'rejected' : 'dropped')
    const ready = declared?.filter((endpoint) => endpoint.ready).length
    if (ready === 0) return { verdict: 'broken', reason: `the service has no ready endpoint: ${verb}` }
    const although = ready ? `, although ${ready} endpoint${ready === 1 ? ' is' : 's are'} ready` : ''
    // `dropped by a rule of …`, `dropped: the policy of …`.
    const by = stopped?.stop && stopped.stop.kind !== 'rule' ? ': ' : ' by '
    const what = `${verb}${by}${stopped?.reason ?? 'a rule'}`
    if (isOpen)
      return {
        verdict: 'unknown',
        reason: `${what}, unless what is not known decides otherwise: ${entry.conditions[0]}`,
      }
    return { verdict: 'broken', reason: `${what}${although}` }
  }
  if (refused && !here && saysNoLocal(journeys.all))
    return {
      verdict: 'degraded',
      reason: (name) => `the rules say that ${name} has no local endpoints: not translated`,
    }
  if (entry.outcome === 'unknown')
    return { verdict: 'unknown', reason: stopped?.reason ?? 'the walk could not be finished' }
  if (isOfAnotherProxy(service))
    return { verdict: 'unknown', reason: `another proxy serves it (label ${PROXY_LABEL}), which is not read` }
  return judgeUntouched(entry, grounds)
}

/** No rule took the packet: a fault where the rules were seen whole, else unknown. */
function judgeUntouched(entry: Unjudged, grounds: Grounds): Judgement {
  const { node } = grounds
  const [condition] = entry.conditions
  const own = entry.kind === 'nodePort' ? null : strangerHolding(node, entry.address)
  if (own) return judgeOwn(entry, own)
  const idle = idleFor(node, entry)
  if (idle) return { verdict: 'broken', reason: idle.reason }
  const { how, untaken } = seenFor(entry, grounds)
  if (how === 'partial') return { verdict: 'unknown', reason: untaken }
  if (condition && how === 'whole') return { verdict: 'unknown', reason: condition }
  const other = grounds.programs.find(({ translates }) => translates)
  if (other)
    return {
      verdict: 'unknown',
      reason: (name) => `${said(untaken, name)}, unless ${other.words} does, whose work is not read`,
    }
  return { verdict: 'broken', reason: untaken }
}

/** How much was seen of what serves Services on the node. */
const seenFor = ({ address }: Unjudged, { node }: Grounds): Seen => proxiesOn(node, familyOf(address)).seen

/**
 * The node itself has the service's address. NodeLocal DNSCache makes an interface of its name for the cluster DNS's address, keeps its packets out of
 * conntrack, answers them, and takes all of it away when it ends (kubernetes/dns, cmd/node-cache).
 */
function judgeOwn(entry: Unjudged, link: string): Judgement {
  if (link === NODE_LOCAL_DNS)
    return { verdict: 'reachable', reason: (name) => `NodeLocal DNSCache answers on ${name} itself` }
  return {
    verdict: 'unknown',
    reason: (name) => `${entry.address} is an address of ${name} itself (${link}): what answers there no rule shows`,
  }
}

/** A headless service's pod, which clients call without any translation. */
function judgeDirect(entry: Unjudged, grounds: Grounds): Judgement {
  const stopped = grounds.journeys.all.find(({ fate }) => fate === 'drop' || fate === 'reject')
  const route = grounds.journeys.all.find((journey) => journey.route?.kind === 'none')?.route
  const faulty = entry.endpoints.filter(isFaulty)
  if (route) return { verdict: 'broken', reason: route.reason }
  if (stopped && stopped.conditions.length === 0) return { verdict: 'broken', reason: stopped.reason }
  if (faulty.length > 0) return { verdict: 'broken', reason: summarise(faulty) }
  return judgeDoubts(entry, grounds) ?? { verdict: 'reachable', reason: null }
}

function judgeDoubts(entry: Unjudged, grounds: Grounds): Judgement | null {
  const { journeys } = grounds
  const seen = seenFor(entry, grounds)
  const [condition] = entry.conditions
  if (condition) return { verdict: 'unknown', reason: condition }
  const unknown = entry.endpoints.find((endpoint) => endpoint.fate === 'unknown' || endpoint.address === null)
  if (unknown)
    return { verdict: 'unknown', reason: unknown.reason ?? `where ${unknown.chain} leads is not in the text` }
  const untold = entry.endpoints.find((endpoint) => endpoint.state === 'unknown')
  const unseen = seen.unseen.filter((name) => name !== 'nat' || entry.kind !== 'podIP')
  if (unseen.length > 0) return { verdict: 'unknown', reason: `the ${unseen.join(' and ')} table is not in the text` }
  if (seen.partial.length > 0)
    return { verdict: 'unknown', reason: `of the ${seen.partial.join(' and ')} table only a part is in the text` }
  const unrouted = journeys.all.find((journey) => journey.route?.kind === 'unknown')
  if (unrouted) return { verdict: 'unknown', reason: unrouted.route!.reason }
  if (grounds.linkDoubt !== null) return { verdict: 'unknown', reason: grounds.linkDoubt }
  const [program] = grounds.programs
  if (program)
    return {
      verdict: 'unknown',
      reason: `the rules lead there, but ${program.words} sees the packets on their way, and what it does is not read`,
    }
  return untold
    ? { verdict: 'unknown', reason: 'the rules lead there, but which endpoints are ready is not in the text' }
    : null
}

/** Two rule sets that translate the same packet to different places: which comes first is not in any dump. */
function rivalry({ rivals }: Journeys): string | null {
  const [first, ...others] = rivals
  if (!first) return null
  const places = (targets: readonly DnatTarget[]) =>
    [...new Set(targets.map(({ address, port }) => `${address}:${port}`))].sort().join()
  const other = others.find((one) => places(one.targets) !== places(first.targets))
  return other
    ? `two rule sets translate it, to different endpoints: ${source(first.origin)} and ${source(other.origin)}; the kernel obeys whichever was registered first`
    : null
}

const source = ({ file, writtenAs }: Origin): string => `${file} (${writtenAs})`

const ORDER: readonly Verdict[] = ['reachable', 'unknown', 'degraded', 'broken']

/** The verdict over several ways: broken where all are of which anything is known, degraded where only some are, else the worst. */
export function combineVerdicts(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0) return 'unknown'
  const worst = verdicts.reduce((a, b) => (ORDER.indexOf(b) > ORDER.indexOf(a) ? b : a))
  const known = verdicts.filter((verdict) => verdict !== 'unknown')
  return worst === 'broken' && known.some((verdict) => verdict !== 'broken') ? 'degraded' : worst
}
