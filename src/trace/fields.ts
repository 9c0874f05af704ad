import { type Cidr, formatCidr, overlap } from '../model/address.ts'
import type { Field, FieldValue, Side } from '../model/rules.ts'
import { type Answer, allOf, markEquals, maybe, type Packet } from './packet.ts'

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
      return value.kind === 'range' && value.low === value.high
        ? (markEquals(packet.mark, value.low, 0xffffffff) ?? maybe("the packet's mark is not known"))
        : maybe("the packet's mark is compared with a range")
    case 'unknown':
      return maybe(`${field.text} is not understood`)
  }
}

/** Is the packet's address of that side in the prefix? */
export function addressIn(packet: Packet, side: Side, cidr: Cidr): Answer {
  const set = side === 'source' ? packet.source : packet.destination
  const answer = overlap(set, cidr)
  return answer === 'some' ? maybe(`the ${side} may be in ${formatCidr(cidr)} or not`) : answer === 'all'
}

/** Is one of the packet's ports in one of the inclusive ranges? */
export function portIn(side: Side | 'either', ranges: readonly (readonly [number, number])[], packet: Packet): Answer {
  const { destinationPort } = packet
  const destination = ranges.some(([low, high]) => low <= destinationPort && destinationPort <= high)
  if (side === 'destination' || (side === 'either' && destination)) return destination
  const all = ranges.some(([low, high]) => low <= 1 && high === 65535)
  return all || maybe(`the client's source port decides`)
}

/** Is the packet's interface the one named, or does its name begin so where the pattern ends in `*`? */
export function interfaceIs(side: 'in' | 'out', pattern: string, packet: Packet): Answer {
  const name = side === 'in' ? packet.inInterface : packet.outInterface
  if (pattern === '*') return true
  if (name === null) return maybe(`the ${side}put interface is not known`)
  return pattern.endsWith('*') ? name !== '' && name.startsWith(pattern.slice(0, -1)) : name === pattern
}
