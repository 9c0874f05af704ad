/** The way through one node, held against that of another look. */
import { isDecided } from '../diagnose/drift.ts'
import { joinHostPort } from '../model/address.ts'
import type { Incomparable, WayChange, WayEntry, WayState } from '../model/diff/report.ts'
import { endpointKey } from '../model/identity.ts'
import type { EndpointPath, EntryPath, LinkLeg, NodePath, Verdict } from '../model/report.ts'
import { unnamed } from '../model/sentence.ts'

export interface WayDifferences {
  changes: WayChange[]
  unknowns: Incomparable[]
}

/** What may be concluded of two looks. */
export interface Certainty {
  /** Does what this side does not show of entries not exist there? */
  before: boolean
  after: boolean
  /** Do both sides know the same of the API, so that their verdicts rest on the same? */
  verdicts: boolean
}

export function wayChanges(before: NodePath, after: NodePath, certain: Certainty): WayDifferences {
  const [old, now] = [entriesOf(before), entriesOf(after)]
  const changes: WayChange[] = []
  const unknowns: Incomparable[] = []
  for (const key of new Set([...old.keys(), ...now.keys()])) {
    const [one, other] = [old.get(key), now.get(key)]
    const found =
      one && other
        ? changedEntry(one, other, before.name, certain.verdicts)
        : loneEntry(one, other, before.name, certain)
    changes.push(...found.changes)
    unknowns.push(...found.unknowns)
  }
  return { changes, unknowns }
}

const RANK: Record<Verdict, number | null> = { reachable: 0, degraded: 1, broken: 2, unknown: null }

/** Did a verdict fall? What is not known fell nowhere. */
export function isWorse(before: Verdict | null, after: Verdict | null): boolean {
  const [old, now] = [before && RANK[before], after && RANK[after]]
  return old !== null && now !== null && now > old
}

/** An entry of one kind, address and client; a node port stands at several addresses of a node. */
function entriesOf({ entries }: NodePath): Map<string, EntryPath> {
  const found = new Map<string, EntryPath>()
  for (const entry of entries) {
    const { kind, address, port, protocol, portName, who } = entry
    const where = kind === 'nodePort' ? (address.includes(':') ? 6 : 4) : address
    // A client outside is named by the range that the service lets in.
    const client = who.kind === 'outside' ? null : who.name
    const key = [kind, where, port, protocol, portName, who.kind, client].join(' ')
    let count = 0
    while (found.has(`${key} ${count}`)) count += 1
    found.set(`${key} ${count}`, entry)
  }
  return found
}

const nameOf = ({ kind, address, port, protocol, portName, who }: EntryPath): WayEntry => ({
  ...{ kind, address: kind === 'nodePort' ? null : address, port, protocol, portName, client: who.kind },
})

function loneEntry(
  one: EntryPath | undefined,
  other: EntryPath | undefined,
  node: string,
  certain: { before: boolean; after: boolean },
): WayDifferences {
  const entry = (one ?? other)!
  const missingIn = one ? 'after' : 'before'
  if (!certain[missingIn])
    return { changes: [], unknowns: [{ nodes: [node], what: `the entry ${entryText(entry)}`, missingIn }] }
  const state = (of: EntryPath | undefined) => (of ? stateOf(of, node) : null)
  const worse = one !== undefined && one.verdict !== 'broken' && one.verdict !== 'unknown'
  const base = { nodes: [node], entry: nameOf(entry), worse }
  return { changes: [{ ...base, endpoint: null, pod: null, before: state(one), after: state(other) }], unknowns: [] }
}

function changedEntry(one: EntryPath, other: EntryPath, node: string, judged: boolean): WayDifferences {
  const changes: WayChange[] = []
  const unknowns: Incomparable[] = []
  const base = { nodes: [node], entry: nameOf(other) }
  const [old, now] = [one, other].map((entry) => (judged ? stateOf(entry, node) : unjudged(stateOf(entry, node)))) as [
    WayState,
    WayState,
  ]
  const [before, after] = [comparable(old, now), comparable(now, old)]
  if (!isSame(before, after))
    changes.push({ ...base, endpoint: null, pod: null, before, after, worse: isWorse(before.verdict, after.verdict) })
  const blind = blindSide(old.verdict !== null, now.verdict !== null)
  if (blind !== null) unknowns.push({ nodes: [node], what: `where ${entryText(other)} leads`, missingIn: blind })
  // What a walk that came to no end did not find may be there.
  const undecided = blindSide(isDecided(one), isDecided(other))
  const [ends, others] = [endpointsOf(one), endpointsOf(other)]
  for (const key of new Set([...ends.keys(), ...others.keys()])) {
    const [from, to] = [ends.get(key), others.get(key)]
    if (from && to) changes.push(...changedEndpoint(from, to, base, old.verdict !== null && now.verdict !== null))
    else if (undecided === null && (judged || isDealt(from ?? to!))) changes.push(...loneEndpoint(from, to, base))
    else if (undecided !== null && blind === null)
      unknowns.push({ nodes: [node], what: `endpoints of ${entryText(other)}`, missingIn: undecided })
  }
  return { changes, unknowns }
}

/** What one side does not show is no change. */
function comparable(one: WayState, other: WayState): WayState {
  const reason = other.verdict === null && other.fate === null ? null : one.reason
  const shown = Object.entries(one).map(([key, value]) => [key, other[key as keyof WayState] === null ? null : value])
  return { ...(Object.fromEntries(shown) as unknown as WayState), reason }
}

/** The side that does not show what the other shows; null where they show the same. */
function blindSide(before: boolean, after: boolean): Incomparable['missingIn'] | null {
  return before === after ? null : before ? 'after' : 'before'
}

/** Do rules lead to it? An endpoint that is missing is known by the API alone. */
const isDealt = ({ probability }: EndpointPath): boolean => probability > 0

type Base = Pick<WayChange, 'nodes' | 'entry'>

function loneEndpoint(from: EndpointPath | undefined, to: EndpointPath | undefined, base: Base): WayChange[] {
  const state = (one: EndpointPath | undefined) => (one ? endpointState(one, base.nodes[0]!) : null)
  return [{ ...base, ...endpointName((from ?? to)!), before: state(from), after: state(to), worse: false }]
}

/** `known`: the way is known to its end on both sides. */
function changedEndpoint(from: EndpointPath, to: EndpointPath, base: Base, known: boolean): WayChange[] {
  const [old, now] = [from, to].map((one) => {
    const state = endpointState(one, base.nodes[0]!)
    return known ? state : { ...state, fate: null, masquerade: null, reason: null }
  }) as [WayState, WayState]
  const isFar = from.link.remote?.how != null && to.link.remote?.how != null
  const [link, other] = [linkOf(from.link, isFar), linkOf(to.link, isFar)]
  const isOther = link !== other && link !== null && other !== null
  const before = { ...comparable(old, now), link: isOther ? link : null }
  const after = { ...comparable(now, old), link: isOther ? other : null }
  return isSame(before, after) ? [] : [{ ...base, ...endpointName(to), before, after, worse: false }]
}

const endpointsOf = ({ endpoints }: EntryPath): Map<string, EndpointPath> =>
  new Map(endpoints.filter(({ address }) => address !== null).map((one) => [endpointKey(one), one]))

const endpointName = ({ address, port, pod }: EndpointPath): Pick<WayChange, 'endpoint' | 'pod'> => ({
  endpoint: joinHostPort(address ?? '', port),
  pod: pod && `${pod.namespace}/${pod.name}`,
})

const NOTHING: WayState = {
  ...{ verdict: null, outcome: null, share: null, state: null, fate: null, masquerade: null, link: null, reason: null },
}

function stateOf(entry: EntryPath, node: string): WayState {
  const { verdict, outcome, reason } = entry
  return {
    ...NOTHING,
    verdict: verdict === 'unknown' ? null : verdict,
    // A walk that came to no end shows no outcome.
    outcome: isDecided(entry) && outcome !== 'unknown' ? outcome : null,
    reason: verdict === 'unknown' || reason === null ? null : unnamed(reason, node),
  }
}

const unjudged = (state: WayState): WayState => ({ ...state, verdict: null, outcome: null, reason: null })

const endpointState = (one: EndpointPath, node: string): WayState => ({
  ...NOTHING,
  share: Number(one.probability.toFixed(6)),
  state: one.state === 'unknown' ? null : one.state,
  fate: one.fate === 'unknown' ? null : one.fate,
  masquerade: one.masquerade === 'unknown' ? null : one.masquerade,
  reason: one.reason === null ? null : unnamed(one.reason, node),
})

/** Null where it was not found. `isFar`: with the endpoint's own node, which both sides show. */
function linkOf({ interface: name, bridge, via, how, remote }: LinkLeg, isFar: boolean): string | null {
  if (how === null || name === null) return null
  const far = isFar && remote ? [remote.interface, remote.bridge && `on ${remote.bridge}`] : []
  return [name, bridge && `on ${bridge}`, via && `→ ${via}`, ...far].filter(Boolean).join(' ')
}

const isSame = (one: WayState, other: WayState): boolean => JSON.stringify(one) === JSON.stringify(other)

const entryText = ({ kind, address, port, protocol }: EntryPath): string =>
  `${kind === 'nodePort' ? `:${port}` : joinHostPort(address, port)}/${protocol.toLowerCase()}`
