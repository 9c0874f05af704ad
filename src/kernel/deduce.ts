/** What facts about a packet say of tests that ask for the same of it in other words. */
import { type AddressSet, narrowedTo, overlap, without } from '../model/address.ts'
import { memo } from '../model/memo.ts'
import type { Match, Side } from '../model/rules.ts'
import type { Packet } from './packet.ts'

/** A test, its negation left aside, that was supposed to hold or to fail. */
export interface Fact {
  match: Match
  holds: boolean
}

/** Does a test, its negation left aside, hold by the facts about the same part of the packet? Null where they do not tell. */
export function answerOf(match: Match, facts: readonly Fact[], packet: Packet): boolean | null {
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
      return byMarks(match, facts, packet)
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

/** Tries every value that the facts leave to the bits that are asked for, as long as these are few. */
function byMarks(asked: Extract<Match, { kind: 'mark' }>, facts: readonly Fact[], packet: Packet): boolean | null {
  const told = facts.flatMap(({ match, holds }) =>
    match.kind === 'mark' && match.of === asked.of ? { ...match, holds } : [],
  )
  const { value, known } = asked.of === 'packet' ? packet.mark : packet.connectionMark
  const open = told.reduce((bits, { mask }) => bits | mask, asked.mask) & ~known
  const bits = Array.from({ length: 32 }, (_, i) => (1 << i) & open).filter((bit) => bit !== 0)
  if (bits.length > MOST_BITS) return told.some((one) => !one.holds && implies(asked, one)) ? false : null
  const answers = new Set<boolean>()
  for (let n = 0; n < 1 << bits.length; n++) {
    const mark = bits.reduce((all, bit, i) => ((n >> i) & 1 ? all | bit : all), value & known)
    const fits = (one: { value: number; mask: number }) => (mark & one.mask) >>> 0 === one.value
    if (told.every((one) => fits(one) === one.holds)) answers.add(fits(asked))
  }
  return answers.size === 1 ? answers.has(true) : null
}

const MOST_BITS = 6

/** A mark that is 0x11 is 1 in its lowest 4 bits. */
const implies = (one: { value: number; mask: number }, other: { value: number; mask: number }): boolean =>
  (other.mask & ~one.mask) === 0 && (one.value & other.mask) >>> 0 === other.value

/** Tests with the same key ask the same, but for their negation. */
const keyOf = memo((match: Match): string => {
  const { text: _text, negated: _negated, ...asked } = { text: '', negated: false, ...match }
  const told =
    match.kind === 'unknown' || (match.kind === 'address' && !match.cidrs) ? { ...asked, text: _text } : asked
  return JSON.stringify(told, (_, value) => (typeof value === 'bigint' ? value.toString(16) : value))
})
