import { formatCidr, onlyAddress } from '../model/address.ts'
import { memo } from '../model/memo.ts'
import type { Chain, Field, FieldValue, MapElement, Match, NamedSet } from '../model/rules.ts'
import { elementMatches } from './fields.ts'
import { type Answer, anyOf, type Packet } from './packet.ts'

/** Is the packet in the set? */
export function lookupSet(set: NamedSet, fields: readonly Field[], packet: Packet, steps: Steps): Answer {
  const indices = candidates(set, fields, packet)
  steps.left -= indices.length
  return anyOf(indices.map((i) => elementMatches(fields, set.elements[i]!, packet)))
}

/** What is left of the work that may be done for a packet; see walk.ts. */
export interface Steps {
  left: number
}

/**
 * The elements of a verdict map that the packet meets or may meet, each with the answer. No two keys overlap, so one that
 * it meets is the only one; the catch-all element comes last, for it is met only where no other is.
 */
export function lookupMap(
  map: NamedSet | readonly MapElement[],
  fields: readonly Field[],
  packet: Packet,
  steps: Steps,
): { element: MapElement; answer: Exclude<Answer, false> }[] {
  const elements = 'elements' in map ? (map.verdicts ?? []) : map
  const indices = 'elements' in map ? candidates(map, fields, packet) : [...elements.keys()]
  steps.left -= indices.length
  const found: { element: MapElement; answer: Exclude<Answer, false> }[] = []
  let catchAll: MapElement | null = null
  for (const i of indices) {
    const element = elements[i]!
    if (element.key.every((value) => value.kind === 'any')) {
      catchAll = element
      continue
    }
    const answer = elementMatches(fields, element.key, packet)
    if (answer === true) return [{ element, answer }]
    if (answer !== false) found.push({ element, answer })
  }
  return catchAll ? [...found, { element: catchAll, answer: true }] : found
}

/** Is an element of a map met? The same as a test, by which branches remember the answer. */
export function keyMatch(fields: readonly Field[], key: readonly FieldValue[]): Match {
  const [field, ...others] = fields
  const [value] = key
  const asked = { negated: false }
  if (field && value && others.length === 0) {
    if (field.kind === 'address' && value.kind === 'prefix')
      return { ...asked, kind: 'address', side: field.side, cidrs: [value.cidr], text: '' }
    if (field.kind === 'port' && value.kind === 'range')
      return { ...asked, kind: 'port', side: field.side, ranges: [[value.low, value.high]] }
    if (field.kind === 'interface' && value.kind === 'word')
      return { ...asked, kind: 'interface', side: field.side, pattern: value.word }
    if (field.kind === 'mark' && value.kind === 'range' && value.low === value.high)
      return { ...asked, kind: 'mark', of: 'packet', value: value.low, mask: 0xffffffff }
  }
  return { ...asked, kind: 'oneOf', fields, elements: [key] }
}

/**
 * The rules of a chain that a packet may meet, in order. A chain of thousands is not tried rule by rule: those that want another destination address or port are left out.
 */
export function rulesFor(chain: Chain, packet: Packet): Chain['rules'] {
  if (chain.rules.length < WORTH_AN_INDEX) return chain.rules
  const destination = onlyAddress(packet.destination)
  if (!destination || packet.destinationPortEnd) return chain.rules
  const index = chainIndex(chain)
  const named = [destination, portKey(packet.destinationPort)].flatMap((key) => index.byKey.get(key) ?? [])
  return [...named, ...index.rest].sort((a, b) => a - b).map((i) => chain.rules[i]!)
}

const WORTH_AN_INDEX = 64

/** Positions by a plain key, and the positions that no plain key tells apart. */
interface Index {
  byKey: Map<string, number[]>
  rest: number[]
}

const chainIndex = memo((chain: Chain) =>
  indexed(chain.rules, (rule) => {
    if (rule.plainDestination !== undefined) return rule.plainDestination
    let key: string | null = null
    for (const match of rule.matches) {
      if (match.kind === 'address' && match.side === 'destination' && !match.negated && match.cidrs?.length === 1) {
        const [cidr] = match.cidrs
        if (cidr!.bits === (cidr!.family === 4 ? 32 : 128)) return formatCidr(cidr!)
      }
      if (match.kind === 'port' && match.side === 'destination' && !match.negated && match.ranges.length === 1) {
        const [[low, high]] = match.ranges as [readonly [number, number]]
        if (low === high) key = portKey(low)
      }
    }
    return key
  }),
)

const setIndex = memo((set: NamedSet) => indexed(set.elements, elementKey))

const portKey = (port: number): string => `:${port}`

function candidates(set: NamedSet, fields: readonly Field[], packet: Packet): number[] {
  const key = packetKey(fields, packet)
  if (set.elements.length < WORTH_AN_INDEX || key === null) return [...set.elements.keys()]
  const index = setIndex(set)
  return [...(index.byKey.get(key) ?? []), ...index.rest]
}

function indexed<T>(items: readonly T[], keyOf: (item: T) => string | null): Index {
  const index: Index = { byKey: new Map(), rest: [] }
  for (const [i, item] of items.entries()) {
    const key = keyOf(item)
    if (key === null) index.rest.push(i)
    else if (index.byKey.has(key)) index.byKey.get(key)!.push(i)
    else index.byKey.set(key, [i])
  }
  return index
}

/** The key of an element whose every value is one address, port or word; null for any other. */
function elementKey(element: readonly FieldValue[]): string | null {
  const parts = element.map((value) => {
    if (value.kind === 'prefix')
      return value.cidr.bits === (value.cidr.family === 4 ? 32 : 128) ? formatCidr(value.cidr) : null
    if (value.kind === 'range') return value.low === value.high ? String(value.low) : null
    return value.kind === 'word' ? value.word : null
  })
  return parts.includes(null) ? null : parts.join(' ')
}

function packetKey(fields: readonly Field[], packet: Packet): string | null {
  const parts = fields.map((field) => {
    if (field.kind === 'address') return onlyAddress(field.side === 'source' ? packet.source : packet.destination)
    if (field.kind === 'port')
      return field.side === 'destination' && !packet.destinationPortEnd ? String(packet.destinationPort) : null
    return field.kind === 'protocol' ? packet.protocol : null
  })
  return parts.includes(null) ? null : parts.join(' ')
}
