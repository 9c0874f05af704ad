import { type Cidr, type Family, parseAddress, parseCidr } from '../../../model/address.ts'
import type { Field, FieldValue } from '../../../model/rules.ts'
import { asArray, asNumber, asObject, asText, entryOf, type Json } from '../objects.ts'
import { renderExpression } from '../render.ts'
import { protocolName } from './names.ts'

/** What a field holds, which decides how its values are to be read. */
export type Content = Exclude<Field['kind'], 'connection'>

/** The content of a field. */
export const contentOf = (field: Field): Content => (field.kind === 'connection' ? contentOf(field.field) : field.kind)

/** The content of nft's data types: nftables' datatype.c. */
export function contentOfType(type: string): Content {
  if (type === 'ipv4_addr' || type === 'ipv6_addr') return 'address'
  if (type === 'inet_proto') return 'protocol'
  if (type === 'inet_service') return 'port'
  if (type === 'ifname' || type === 'iface_index') return 'interface'
  return type === 'mark' ? 'mark' : 'unknown'
}

/**
 * The keys of one element of a set, one value a field. They are several where a range of addresses takes more than one
 * prefix. The catch-all element `*` fits everything.
 */
export function readKeys(contents: readonly Content[], element: Json): FieldValue[][] {
  const value = unwrap(element)
  if (value === '*') return [contents.map(() => ({ kind: 'any' }))]
  const parts = contents.length > 1 ? (asArray(asObject(value)?.concat) ?? [value]) : [value]
  if (parts.length !== contents.length) return [contents.map(() => unknown(value))]
  const choices = parts.map((part, i) => readValue(contents[i]!, part))
  const count = choices.reduce((product, { length }) => product * length, 1)
  if (count > MOST_KEYS) return [choices.map((values, i) => (values.length > 1 ? unknown(parts[i]!) : values[0]!))]
  return choices.reduce<FieldValue[][]>(
    (keys, values) => keys.flatMap((key) => values.map((value) => [...key, value])),
    [[]],
  )
}

/** Two ranges of IPv6 addresses in one element can make some 60,000 pairs of prefixes. */
const MOST_KEYS = 1024

/** `{"elem": {"val": X, "comment": …}}` as X. */
export function unwrap(element: Json): Json {
  const wrapper = asObject(asObject(element)?.elem)
  return wrapper ? (wrapper.val ?? null) : element
}

/** One value of a known content; several prefixes for a range of addresses. */
function readValue(content: Content, value: Json): FieldValue[] {
  if (value === '*') return [{ kind: 'any' }]
  switch (content) {
    case 'address':
      return readPrefixes(value)?.map((cidr) => ({ kind: 'prefix', cidr })) ?? [unknown(value)]
    case 'port':
    case 'mark': {
      const range = content === 'port' ? readPortRange(value) : readRange(value)
      return [range ? { kind: 'range', low: range[0], high: range[1] } : unknown(value)]
    }
    case 'protocol':
      return [typeof value === 'string' || typeof value === 'number' ? word(protocolName(value)) : unknown(value)]
    case 'interface':
    case 'unknown':
      return [typeof value === 'string' || typeof value === 'number' ? word(String(value)) : unknown(value)]
  }
}

const word = (text: string): FieldValue => ({ kind: 'word', word: text })
const unknown = (value: Json): FieldValue => ({ kind: 'unknown', text: renderExpression(value) })

/** A number or `{"range": [a, b]}` as an inclusive range; null for anything else. */
export function readRange(value: Json): [number, number] | null {
  const single = asNumber(value)
  if (single !== null) return [single, single]
  const [low, high] = asArray(asObject(value)?.range) ?? []
  return typeof low === 'number' && typeof high === 'number' ? [low, high] : null
}

/** The same of ports; null where one is too large to be one. */
export function readPortRange(value: Json): [number, number] | null {
  const range = readRange(value)
  return range !== null && Math.max(...range) <= MOST_PORT ? range : null
}

export const MOST_PORT = 65535

/** An address, `{"prefix": …}` or `{"range": …}` as the prefixes that make it up; null for anything else. */
export function readPrefixes(value: Json): Cidr[] | null {
  if (typeof value === 'string') return one(parseCidr(value))
  const [kind, content] = entryOf(value) ?? []
  if (kind === 'prefix') {
    const { addr, len } = asObject(content) ?? {}
    return one(parseCidr(`${addr}/${len}`))
  }
  if (kind !== 'range') return null
  const [low, high] = (asArray(content) ?? []).map((end) => parseAddress(asText(end) ?? ''))
  return low && high && low.family === high.family ? prefixesOf(low.family, low.value, high.value) : null
}

const one = (cidr: Cidr | null): Cidr[] | null => (cidr ? [cidr] : null)

/** The fewest prefixes that hold the addresses from `low` to `high`, both included. */
function prefixesOf(family: Family, low: bigint, high: bigint): Cidr[] {
  const width = family === 4 ? 32 : 128
  const prefixes: Cidr[] = []
  for (let base = low; base <= high; ) {
    let free = 0
    while (free < width && ((base >> BigInt(free)) & 1n) === 0n && base + (1n << BigInt(free + 1)) - 1n <= high) free++
    prefixes.push({ family, base, bits: width - free })
    base += 1n << BigInt(free)
  }
  return prefixes
}
