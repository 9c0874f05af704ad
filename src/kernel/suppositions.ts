/** What a branch of a walk has supposed of the packet, and what later tests can be told from it. */
import { type AddressSet, narrowedTo, overlap, without } from '../model/address.ts'
import { memo } from '../model/memo.ts'
import type { Field, Match, Side } from '../model/rules.ts'
import type { Packet } from './packet.ts'
import { isLasting, plainTest } from './unknown-tests.ts'

/** A test, its negation left aside, that was supposed to hold or to fail. */
export interface Fact {
  match: Match
  holds: boolean
}

/** Facts, and lists of facts of which one at least is wrong: a rule with several tests missed by one of them. */
export interface Suppositions {
  facts: readonly Fact[]
  notAll: readonly (readonly Fact[])[]
}

export const NO_SUPPOSITIONS: Suppositions = { facts: [], notAll: [] }

/** What a test reads of the packet; once that is changed, what was supposed of it is worth nothing. */
export type Part = 'source' | 'destination' | 'in' | 'out' | 'mark' | 'connmark' | 'sets'

/** The test as a fact; null for one that may be answered otherwise when it is asked again, such as a rate limit. */
export function factOf(match: Match, passes: boolean): Fact | null {
  if (match.kind === 'recent' || match.kind === 'random' || match.kind === 'nth') return null
  if (match.kind === 'unknown') {
    const { text, negated } = plainTest(match.text)
    return isLasting(text) ? { match: { kind: 'unknown', text }, holds: passes !== negated } : null
  }
  const negated = 'negated' in match && match.negated
  return { match, holds: passes !== negated }
}

/** Suppositions with a fact more. */
export const withFact = (all: Suppositions, fact: Fact): Suppositions => ({ ...all, facts: [...all.facts, fact] })

/** Suppositions where not all of these facts hold. */
export const withoutAll = (all: Suppositions, facts: readonly Fact[]): Suppositions => ({
  ...all,
  notAll: [...all.notAll, facts],
})

/** Does the packet pass the test, by what was supposed? Null where nothing tells. */
export function recall(match: Match, { facts, notAll }: Suppositions, packet: Packet): boolean | null {
  if (facts.length === 0 && notAll.length === 0) return null
  const asked = factOf(match, true)
  if (!asked) return null
  const holds = answerOf(asked.match, facts, packet) ?? refuted(asked.match, facts, notAll, packet)
  return holds === null ? null : holds === asked.holds
}

/** Of a list that cannot hold as a whole, one is wrong when all others hold. */
function refuted(match: Match, facts: readonly Fact[], notAll: Suppositions['notAll'], packet: Packet): boolean | null {
  for (const list of notAll) {
    const own = list.find((one) => keyOf(one.match) === keyOf(match))
    if (own && list.every((one) => one === own || answerOf(one.match, facts, packet) === one.holds)) return !own.holds
  }
  return null
}

function answerOf(match: Match, facts: readonly Fact[], packet: Packet): boolean | null {
  const same = facts.find((fact) => fact.match.kind === match.kind && keyOf(fact.match) === keyOf(match))
  if (same) return same.holds
  switch (match.kind) {
    case 'interface':
      return byNames(
        match.pattern,
        facts.flatMap(({ match: one, holds }) =>
          one.kind === 'interface' && one.side === match.side ? { pattern: one.pattern, holds } : [],
        ),
      )
    case 'bridgePort':
      return match.name === null ? null : byNames(match.name, portNames(match.test, facts))
    case 'address':
      return match.cidrs && byAddresses(match.side, match.cidrs, facts, packet)
    case 'port':
      return match.side === 'either' ? null : byPorts(match.side, match.ranges, facts, packet)
    case 'mark':
      return byMarks(match, facts)
    default:
      return null
  }
}

function portNames(test: string, facts: readonly Fact[]): Name[] {
  return facts.flatMap(({ match, holds }) =>
    match.kind === 'bridgePort' && match.test === test && match.name !== null ? { pattern: match.name, holds } : [],
  )
}

interface Name {
  pattern: string
  holds: boolean
}

/** Patterns are a name, or its start followed by `*`: of two one covers the other, or they have nothing in common. */
function byNames(asked: string, known: readonly Name[]): boolean | null {
  for (const { pattern, holds } of known) {
    if (holds && covers(asked, pattern)) return true
    if (holds && !covers(pattern, asked)) return false
    if (!holds && covers(pattern, asked)) return false
  }
  return null
}

function covers(wide: string, narrow: string): boolean {
  if (!wide.endsWith('*')) return wide === narrow
  return narrow.replace(/\*$/, '').startsWith(wide.slice(0, -1))
}

function byAddresses(
  side: Side,
  cidrs: Extract<Match, { kind: 'address' }>['cidrs'] & object,
  facts: readonly Fact[],
  packet: Packet,
): boolean | null {
  const before = side === 'source' ? packet.source : packet.destination
  const set = facts.reduce((all, fact) => narrowed(all, side, fact), before)
  const overlaps = cidrs.map((cidr) => overlap(set, cidr))
  if (overlaps.includes('all')) return true
  return overlaps.every((one) => one === 'none') ? false : null
}

/** The addresses of a side that a fact leaves. */
export function narrowed(set: AddressSet, side: Side, { match, holds }: Fact): AddressSet {
  if (match.kind !== 'address' || match.side !== side || !match.cidrs) return set
  return holds ? narrowedTo(set, match.cidrs) : without(set, match.cidrs)
}

type Range = readonly [number, number]

function byPorts(side: Side, ranges: readonly Range[], facts: readonly Fact[], packet: Packet): boolean | null {
  const { destinationPort: first, destinationPortEnd: last } = packet
  let left: Range[] = [side === 'source' ? [1, 65535] : [first, last ?? first]]
  for (const { match, holds } of facts) {
    if (match.kind !== 'port' || match.side !== side) continue
    left = holds ? left.flatMap((one) => match.ranges.flatMap((other) => common(one, other))) : cut(left, match.ranges)
  }
  if (cut(left, ranges).length === 0) return true
  return left.every((one) => ranges.every((other) => common(one, other).length === 0)) ? false : null
}

function common(a: Range, b: Range): Range[] {
  const [low, high] = [Math.max(a[0], b[0]), Math.min(a[1], b[1])]
  return low <= high ? [[low, high]] : []
}

/** What the ranges leave of others. */
const cut = (from: readonly Range[], ranges: readonly Range[]): Range[] =>
  ranges.reduce<Range[]>(
    (left, [low, high]) =>
      left.flatMap((one) => [...common(one, [0, low - 1]), ...common(one, [high + 1, Number.MAX_SAFE_INTEGER])]),
    [...from],
  )

/** A mark that is not 1 of its lowest 4 bits is not 0x11 either. */
function byMarks(asked: Extract<Match, { kind: 'mark' }>, facts: readonly Fact[]): boolean | null {
  const excluded = facts.some(({ match, holds }) => {
    if (match.kind !== 'mark' || match.of !== asked.of || holds || (match.mask & ~asked.mask) !== 0) return false
    return (asked.value & match.mask) >>> 0 === match.value
  })
  return excluded ? false : null
}

/** Suppositions without those about parts of the packet that were changed. */
export function forget(all: Suppositions, ...changed: Part[]): Suppositions {
  const stays = ({ match }: Fact) => !changed.some((part) => partsOf(match).has(part))
  const facts = all.facts.filter(stays)
  const notAll = all.notAll.filter((list) => list.every(stays))
  return facts.length === all.facts.length && notAll.length === all.notAll.length ? all : { facts, notAll }
}

/** What two suppositions have in common. */
export function shared(a: Suppositions, b: Suppositions): Suppositions {
  if (a === b || a.facts.length + a.notAll.length === 0) return a
  const [facts, notAll] = [new Set(b.facts), new Set(b.notAll)]
  return { facts: a.facts.filter((one) => facts.has(one)), notAll: a.notAll.filter((one) => notAll.has(one)) }
}

const partsOf = memo((match: Match): ReadonlySet<Part> => {
  switch (match.kind) {
    case 'address':
    case 'addressType':
      return new Set([match.side])
    case 'port':
      return new Set(match.side === 'either' ? ['source', 'destination'] : [match.side])
    case 'interface':
      return new Set([match.side])
    case 'bridgePort':
      return new Set(match.test === 'in' || match.test === 'is-in' ? [] : ['out'])
    case 'mark':
      return new Set([match.of === 'packet' ? 'mark' : 'connmark'])
    case 'conntrack':
      return new Set(['source', 'destination'])
    case 'set':
      return new Set(['sets', ...(match.dialect === 'ipset' ? ANY_OF_A_SET : match.fields.flatMap(partsOfField))])
    case 'oneOf':
      return new Set(match.fields.flatMap(partsOfField))
    default:
      return new Set()
  }
})

/** An ipset's `src` and `dst` stand for addresses and ports as for interfaces. */
const ANY_OF_A_SET: readonly Part[] = ['source', 'destination', 'in', 'out', 'mark']

function partsOfField(field: Field): Part[] {
  switch (field.kind) {
    case 'address':
    case 'port':
    case 'interface':
      return [field.side]
    case 'mark':
      return ['mark']
    case 'protocol':
      return []
    case 'unknown':
      return ['source', 'destination', 'in', 'out', 'mark', 'connmark']
  }
}

/** Tests with the same key ask the same, but for their negation. */
const keyOf = memo((match: Match): string => {
  const { text: _text, negated: _negated, ...asked } = { text: '', negated: false, ...match }
  const told =
    match.kind === 'unknown' || (match.kind === 'address' && !match.cidrs) ? { ...asked, text: _text } : asked
  return JSON.stringify(told, (_, value) => (typeof value === 'bigint' ? value.toString(16) : value))
})
