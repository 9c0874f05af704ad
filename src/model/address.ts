/** Addresses and prefixes of both families, and the sets of addresses that a packet's source or destination may be one of. */

export type Family = 4 | 6

/** An address prefix. `base` has all host bits cleared; `bits` is 0 to 32 (IPv4) or 0 to 128 (IPv6). */
export interface Cidr {
  family: Family
  base: bigint
  bits: number
}

/**
 * Addresses that are not known one by one: everything in `within`, less everything in `except`.
 * A single known address is a set with one full-length prefix and no exception.
 */
export interface AddressSet {
  family: Family
  within: readonly Cidr[]
  except: readonly Cidr[]
}

/** How a prefix stands to a set: it holds all of it, none of it, or a part that cannot be told. */
export type Overlap = 'all' | 'none' | 'some'

const width = (family: Family): number => (family === 4 ? 32 : 128)

/** The family of an address by its look: `fd00::1` is 6, everything else 4. It does not validate. */
export const familyOf = (address: string): Family => (address.includes(':') ? 6 : 4)

/** Reads an IPv4 or IPv6 address (also `::ffff:1.2.3.4`); null when the text is no address. */
export function parseAddress(text: string): { family: Family; value: bigint } | null {
  if (text.includes(':')) {
    const value = parseIPv6(text)
    return value === null ? null : { family: 6, value }
  }
  const value = parseIPv4(text)
  return value === null ? null : { family: 4, value: BigInt(value) }
}

/** Reads `a.b.c.d/n`, `a.b.c.d/m.m.m.m`, `x::/n`, or a bare address (a full-length prefix); null when it is none. */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/')
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash))
  if (!address) return null
  const full = width(address.family)
  const bits = slash < 0 ? full : prefixLength(text.slice(slash + 1), address.family)
  if (bits === null || bits > full) return null
  const host = BigInt(full - bits)
  return { family: address.family, bits, base: bits === full ? address.value : (address.value >> host) << host }
}

/** Prints an address in its canonical form (RFC 5952 for IPv6). */
export function formatAddress(family: Family, value: bigint): string {
  if (family === 4) {
    const bits = Number(value)
    return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`
  }
  const groups = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn))
  const run = longestZeroRun(groups)
  const hex = (part: number[]) => part.map((group) => group.toString(16)).join(':')
  return run ? `${hex(groups.slice(0, run.start))}::${hex(groups.slice(run.start + run.length))}` : hex(groups)
}

/** Prints a prefix; a full-length one without its `/32` or `/128`. */
export function formatCidr(cidr: Cidr): string {
  const address = formatAddress(cidr.family, cidr.base)
  return cidr.bits === width(cidr.family) ? address : `${address}/${cidr.bits}`
}

/** The canonical spelling of an address, or the text itself where it is no address. */
export function canonicalAddress(text: string): string {
  if (!text.includes(':')) return text
  const address = parseAddress(text)
  return address ? formatAddress(address.family, address.value) : text
}

/** `10.0.0.1:80`, `[fd00::1]:80`. */
export function joinHostPort(address: string, port: number | null): string {
  if (port === null) return address
  if (port === 0) return `${joinHostPort(address, 1).slice(0, -1)}?`
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

/** True when every address of `inner` is in `outer`. */
export function contains(outer: Cidr, inner: Cidr): boolean {
  if (outer.family !== inner.family || outer.bits > inner.bits) return false
  if (outer.bits === 0) return true
  if (outer.bits === inner.bits) return outer.base === inner.base
  const host = width(outer.family) - outer.bits
  // Numbers hold an address of IPv4, and take no room.
  if (outer.family === 4) {
    const above = Number(inner.base) - Number(outer.base)
    return above >= 0 && above < 2 ** host
  }
  const shift = BigInt(host)
  return outer.base >> shift === inner.base >> shift
}

/** Does a prefix, or an address, hold an address? Texts that are neither hold nothing. */
export function isWithin(address: string, prefix: string): boolean {
  const [inner, outer] = [parseCidr(address), parseCidr(prefix)]
  return inner !== null && outer !== null && contains(outer, inner)
}

/** The set that holds one address only. A text that is none may stand for any: nothing is known of it but its family. */
export function single(address: string): AddressSet {
  const cidr = parseCidr(address)
  return cidr ? { family: cidr.family, within: [cidr], except: [] } : everything(familyOf(address))
}

/** Every address of a family. */
export const everything = (family: Family): AddressSet => ({
  family,
  within: [{ family, base: 0n, bits: 0 }],
  except: [],
})

/** How much of the set lies in the prefix; of a set that its exceptions use up, none. */
export function overlap({ family, within, except }: AddressSet, cidr: Cidr): Overlap {
  if (family !== cidr.family) return 'none'
  if (!meets(within, cidr, except)) return 'none'
  for (const part of within) if (!isUsedUp(part, cidr, except)) return 'some'
  return 'all'
}

/** Is there an address that one of the parts and the prefix have in common, and no hole has? */
function meets(within: readonly Cidr[], cidr: Cidr, holes: readonly Cidr[]): boolean {
  for (const part of within) {
    const both = contains(part, cidr) ? cidr : contains(cidr, part) ? part : null
    if (both !== null && !covered(both, holes)) return true
  }
  return false
}

/** The part of a set that lies in one of the prefixes. */
export function narrowedTo(set: AddressSet, cidrs: readonly Cidr[]): AddressSet {
  return { ...set, within: set.within.flatMap((part) => cidrs.flatMap((cidr) => intersection(part, cidr))) }
}

/** The part of a set that lies in none of the prefixes. */
export function without(set: AddressSet, cidrs: readonly Cidr[]): AddressSet {
  return { ...set, except: [...set.except, ...cidrs] }
}

/** The fewest prefixes that hold the addresses from `low` to `high`, both included. */
export function prefixesOf(family: Family, low: bigint, high: bigint): Cidr[] {
  const prefixes: Cidr[] = []
  for (let base = low; base <= high; ) {
    let free = 0
    while (free < width(family) && ((base >> BigInt(free)) & 1n) === 0n && base + (1n << BigInt(free + 1)) - 1n <= high)
      free++
    prefixes.push({ family, base, bits: width(family) - free })
    base += 1n << BigInt(free)
  }
  return prefixes
}

/** The address of a set that holds just one; null for any other. */
export function onlyAddress(set: AddressSet): string | null {
  const [first, ...rest] = set.within
  if (!first || rest.length > 0 || first.bits !== width(first.family)) return null
  return formatAddress(first.family, first.base)
}

/** Of two prefixes one holds the other, or they have nothing in common: the smaller one, or none. */
function intersection(a: Cidr, b: Cidr): Cidr[] {
  if (contains(a, b)) return [b]
  return contains(b, a) ? [a] : []
}

/** Do the holes leave nothing of `outer` but what lies in `inner`? */
function isUsedUp(outer: Cidr, inner: Cidr, holes: readonly Cidr[]): boolean {
  if (contains(inner, outer)) return true
  if (!contains(outer, inner)) return covered(outer, holes)
  const { family, base } = inner
  // The prefixes that make up `outer` without `inner`, the largest first.
  for (let bits = outer.bits + 1; bits <= inner.bits; bits++) {
    const shift = BigInt(width(family) - bits)
    if (!covered({ family, bits, base: ((base >> shift) ^ 1n) << shift }, holes)) return false
  }
  return true
}

/** Do the holes leave nothing of the prefix? */
function covered(prefix: Cidr, holes: readonly Cidr[]): boolean {
  const near: Cidr[] = []
  for (const hole of holes) {
    if (contains(hole, prefix)) return true
    if (contains(prefix, hole)) near.push(hole)
  }
  if (near.length === 0) return false
  const { family, base } = prefix
  const bits = prefix.bits + 1
  const upper = base + (1n << BigInt(width(family) - bits))
  return covered({ family, base, bits }, near) && covered({ family, base: upper, bits }, near)
}

function parseIPv4(text: string): number | null {
  let value = 0
  let octet = -1
  let dots = 0
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : 46
    if (code === 46) {
      if (octet < 0) return null
      value = value * 256 + octet
      octet = -1
      dots++
    } else if (code >= 48 && code <= 57) {
      octet = (octet < 0 ? 0 : octet * 10) + code - 48
      if (octet > 255) return null
    } else return null
  }
  return dots === 4 ? value : null
}

function parseIPv6(text: string): bigint | null {
  const halves = text.split('%', 1)[0]!.split('::')
  if (halves.length > 2) return null
  const parts = halves.map((half) => (half === '' ? [] : half.split(':')))
  const groups = parts.map((part, i) => readGroups(part, i === parts.length - 1))
  const [head, tail] = [groups[0], groups.length === 2 ? groups[1] : []]
  if (!head || !tail) return null
  const missing = 8 - head.length - tail.length
  if (groups.length === 2 ? missing < 1 : missing !== 0) return null
  const all = [...head, ...new Array<number>(missing).fill(0), ...tail]
  return all.reduce((value, group) => (value << 16n) | BigInt(group), 0n)
}

/** Groups of four hex digits; the address's last may be a dotted IPv4 address, which counts as two. */
function readGroups(parts: string[], atEnd: boolean): number[] | null {
  const groups: number[] = []
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else {
      const v4 = atEnd && i === parts.length - 1 ? parseIPv4(part) : null
      if (v4 === null) return null
      groups.push(Math.floor(v4 / 65536), v4 % 65536)
    }
  }
  return groups
}

function prefixLength(text: string, family: Family): number | null {
  if (/^\d{1,3}$/.test(text)) return Number(text)
  const mask = family === 4 ? parseIPv4(text) : null
  if (mask === null) return null
  const bits = mask.toString(2).padStart(32, '0')
  return /^1*0*$/.test(bits) ? bits.replaceAll('0', '').length : null
}

/** RFC 5952: the longest run of two or more zero groups, the first of equals. */
function longestZeroRun(groups: number[]): { start: number; length: number } | null {
  let best: { start: number; length: number } | null = null
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length++
    if (length > 1 && length > (best?.length ?? 0)) best = { start, length }
  }
  return best
}
