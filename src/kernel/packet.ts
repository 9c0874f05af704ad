import type { AddressSet } from '../model/address.ts'

/** Bits of a mark of which some may not be known: where a bit of `known` is 0, `value` says nothing. Unsigned 32-bit. */
export interface Bits {
  value: number
  known: number
}

export const NO_MARK: Bits = { value: 0, known: 0xffffffff }

/** A test's answer: yes, no, or maybe with the reason why it cannot be told. */
export type Answer = boolean | { maybe: string }

export const maybe = (reason: string): Answer => ({ maybe: reason })

/** A packet of a connection, mostly its first, as far as it is known, at some point of its way. */
export interface Packet {
  /**
   * What connection tracking makes of a packet that is not the first; left out for that one. `reply`: an answer to a connection that it knows. `invalid`: one
   * that does not fit what it saw, which was one direction alone.
   */
  later?: 'reply' | 'invalid'
  /** `tcp`, `udp`, `sctp`. */
  protocol: string
  source: AddressSet
  /** Does a process of this node send it, or an address of this node stand as its source? */
  sourceLocal: Answer
  destination: AddressSet
  destinationLocal: Answer
  /** Known of answers alone: a client's is ephemeral. */
  sourcePort?: number
  destinationPort: number
  /** Where it is one of a range of ports (DNAT picks one, or an answer goes to a client's): its end. */
  destinationPortEnd?: number | null
  /** Null: not known. '' : none, as the input interface of a packet that this node sends. */
  inInterface: string | null
  outInterface: string | null
  /** The input interface was told by the hop before, not worked out from the way back to the source. */
  arrived?: true
  /** Did it enter by a bridge port, so that physdev sees one? */
  bridged: Answer
  mark: Bits
  connectionMark: Bits
  /** Its destination was rewritten. */
  translated: Answer
  /** Its source was rewritten; left out where nothing could have done so yet. */
  sourceTranslated?: Answer
  /** What conntrack took down when it first met the packet; left out where nothing was rewritten since. */
  original?: Pick<Packet, 'source' | 'destination' | 'destinationPort'> & { destinationPortEnd: number | null }
  /** Of an answer what it came with, whatever was turned back since. */
  arrivedAs?: Pick<Packet, 'source' | 'destination'>
  /** NOTRACK took it out of connection tracking: no NAT applies to it. */
  untracked: boolean
}

/** mark = (mark & and) ^ xor. A bit that `and` clears is known afterwards. */
export function applyMark(bits: Bits, and: number, xor: number): Bits {
  return { value: ((bits.value & and) ^ xor) >>> 0, known: (bits.known | ~and) >>> 0 }
}

/** Bits moved to the left, or below 0 to the right; those that come in are 0, and known to be. */
export function shifted({ value, known }: Bits, by: number): Bits {
  if (by <= -32 || by >= 32) return NO_MARK
  if (by < 0) return { value: (value & known) >>> -by, known: ~(~known >>> -by) >>> 0 }
  return { value: ((value & known) << by) >>> 0, known: ~(~known << by) >>> 0 }
}

/** Does (mark & mask) equal `value`? Never, where that has bits outside the mask. Null where an unknown bit decides. */
export function markEquals(bits: Bits, value: number, mask: number): boolean | null {
  if ((value & ~mask) !== 0) return false
  if (((bits.value ^ value) & mask & bits.known) !== 0) return false
  return (mask & ~bits.known) === 0 ? true : null
}

/** What is known of a mark that is one of two. */
export function mergeMarks(a: Bits, b: Bits): Bits {
  return { value: a.value, known: (a.known & b.known & ~(a.value ^ b.value)) >>> 0 }
}

/** The opposite answer. */
export const negate = (answer: Answer): Answer => (typeof answer === 'boolean' ? !answer : answer)

/** Yes where all are yes, no where one is no, else maybe, with every reason. */
export function allOf(answers: Iterable<Answer>): Answer {
  let reasons: Set<string> | null = null
  for (const answer of answers) {
    if (answer === false) return false
    if (answer !== true) reasons = (reasons ?? new Set()).add(answer.maybe)
  }
  return reasons === null || maybe([...reasons].join(' and '))
}

/** Yes where one is yes, no where all are no, else maybe, with the first few reasons. */
export function anyOf(answers: Iterable<Answer>): Answer {
  let reasons: Set<string> | null = null
  for (const answer of answers) {
    if (answer === true) return true
    if (answer !== false) reasons = (reasons ?? new Set()).add(answer.maybe)
  }
  if (reasons === null) return false
  const [first, second, third, ...more] = reasons
  return maybe([first, second, third, more.length > 0 ? `${more.length} more` : undefined].filter(Boolean).join(' or '))
}
