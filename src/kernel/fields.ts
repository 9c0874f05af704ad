import { type Cidr, formatCidr, overlap } from '../model/address.ts'
import type { Field, FieldValue, Side } from '../model/rules.ts'
import { type Answer, allOf, anyOf, markEquals, maybe, type Packet } from './packet.ts'

/** Does every field of the packet fit the element's value for it? */
export function elementMatches(fields: readonly Field[], element: readonly FieldValue[], packet: Packet): Answer {
  return allOf(fields.map((field, i) => fieldMatches(field, element[i] ?? { kind: 'any' }, packet)))
}

function fieldMatches(field: Field, value: FieldValue, packet: Packet): Answer {
  if (value.kind === 'any') return true
  if (value.kind === 'unknown') return maybe(`the element ${value.text} is not understood`)
  switch (field.kind) {
    case 'address':
      return value.kind === 'prefix' ? addressIn(packet, field.side, value.cidr) : false
    case 'protocol':
      return value.kind === 'word' && value.word === packet.protocol
    case 'port':
      return value.kind === 'range' ? portIn(field.side, [[value.low, value.high]], packet) : false
    case 'interface':
      return value.kind === 'word' ? interfaceIs(field.side, value.word, packet) : false
    case 'mark':
      return value.kind === 'range' ? markIn(value.low, value.high, packet) : false
    case 'connection':
      return !packet.untracked && fieldMatches(...ofTuple(field, packet, value))
    case 'unknown':
      return maybe(`${field.text} is not understood`)
  }
}

/** The packet as conntrack took it down: of an answer the one that it answers, whose source port is the client's. */
export function asTaken({ sourcePort, ...packet }: Packet): Packet {
  const own = packet.later || sourcePort === undefined ? {} : { sourcePort }
  return { ...packet, ...own, ...packet.original }
}

/** Answers come from where the packet goes by now, and go to where it comes from. */
export const opposite = (side: Side): Side => (side === 'source' ? 'destination' : 'source')

function ofTuple(
  { direction, field }: Extract<Field, { kind: 'connection' }>,
  packet: Packet,
  value: FieldValue,
): [Field, FieldValue, Packet] {
  if (direction === 'original') return [field, value, asTaken(packet)]
  if (packet.later) return [field, value, { ...packet, ...packet.arrivedAs }]
  const turned = field.kind === 'address' || field.kind === 'port' ? { ...field, side: opposite(field.side) } : field
  return [turned, value, packet]
}

/** Is the packet's address of that side in the prefix? */
export function addressIn(packet: Packet, side: Side, cidr: Cidr): Answer {
  const set = side === 'source' ? packet.source : packet.destination
  const answer = overlap(set, cidr)
  return answer === 'some' ? maybe(`the ${side} may be in ${formatCidr(cidr)} or not`) : answer === 'all'
}

/** Is one of the packet's ports in one of the inclusive ranges? */
export function portIn(side: Side | 'either', ranges: readonly (readonly [number, number])[], packet: Packet): Answer {
  const destination = side === 'source' ? false : destinationPortIn(ranges, packet)
  const { sourcePort } = packet
  if (sourcePort !== undefined && side !== 'destination')
    return anyOf([ranges.some(([low, high]) => low <= sourcePort && sourcePort <= high), destination])
  if (side === 'destination' || destination === true) return destination
  const all = ranges.some(([low, high]) => low <= 1 && high === 65535)
  const text = ranges.map(([low, high]) => (low === high ? low : `${low}-${high}`)).join(', ')
  return all || anyOf([destination, maybe(`the client's source port may be in ${text} or not`)])
}

function destinationPortIn(ranges: readonly (readonly [number, number])[], packet: Packet): Answer {
  const first = packet.destinationPort
  const last = packet.destinationPortEnd ?? first
  if (ranges.some(([low, high]) => low <= first && last <= high)) return true
  return (
    ranges.some(([low, high]) => low <= last && first <= high) &&
    (packet.later ? isClientPort(ranges, first, last) : maybe(`DNAT picks one of the ports ${first}-${last}`))
  )
}

/** An answer goes to a port of the client's: to one of a few that a rule names next to never. */
function isClientPort(ranges: readonly (readonly [number, number])[], first: number, last: number): Answer {
  const met = ranges.map(([low, high]) => Math.min(high, last) - Math.max(low, first) + 1).filter((count) => count > 0)
  const few = met.reduce((sum, count) => sum + count, 0) < FEW_PORTS
  return few ? false : maybe(`the client's port is one of ${first}-${last}`)
}

const FEW_PORTS = 1000

function markIn(low: number, high: number, { mark }: Packet): Answer {
  if (low === high) return markEquals(mark, low, 0xffffffff) ?? maybe(`the packet's mark may be ${hex(low)} or not`)
  if (mark.known === 0xffffffff) return low <= mark.value && mark.value <= high
  return maybe(`the packet's mark may be in ${hex(low)}-${hex(high)} or not`)
}

/** Is the packet's interface the one named, or does its name begin so where the pattern ends in `*`? */
export function interfaceIs(side: 'in' | 'out', pattern: string, packet: Packet): Answer {
  const name = side === 'in' ? packet.inInterface : packet.outInterface
  if (pattern === '*') return true
  // What comes in by the loopback interface the node itself sent.
  if (name === null && side === 'in' && pattern === 'lo' && packet.sourceLocal === false) return false
  if (name === null) return maybe(`the ${side}put interface may be ${pattern} or not`)
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern
}

/** A mark as iptables prints it. */
export const hex = (mark: number): string => `0x${mark.toString(16)}`
