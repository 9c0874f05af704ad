import { type Cidr, parseAddress, parseCidr, prefixesOf } from '../../model/address.ts'
import type { IpSet, IpSetMember, IpSetPart } from '../../model/ipset.ts'

/**
 * The members that one line stands for: `10.96.0.1,tcp:443 timeout 595 nomatch`. It is one, but for a range of addresses or ports, which people write and the
 * kernel takes apart. Null where it is none.
 */
export function readMembers(set: Pick<IpSet, 'type'>, text: string, line: number): IpSetMember[] | null {
  const [value, ...words] = text.replace(/ comment "[^"]*"/, '').split(/\s+/)
  const options = readOptions(words)
  if (!value || !options) return null
  const kinds = set.type.slice(set.type.indexOf(':') + 1).split(',')
  // A set's name may hold a comma.
  const texts = set.type === 'list:set' ? [value] : value.split(',')
  if (texts.length > kinds.length || !KNOWN.test(set.type)) return null
  let all: IpSetPart[][] = [[]]
  for (const [i, kind] of kinds.entries()) {
    // bitmap:ip,mac may hold an address whose MAC address is yet to be learned.
    const missing = kind === 'mac' ? 'any' : null
    const part = texts[i] ?? missing
    const parts = part === null ? null : readPart(kind, part, options.wildcard)
    if (!parts || all.length * parts.length > MOST) return null
    all = all.flatMap((before) => parts.map((part) => [...before, part]))
  }
  return all.map((parts) => ({ text: value, parts, nomatch: options.nomatch, timeout: options.timeout, line }))
}

const KNOWN = /^(hash|bitmap|list):/

/** A line that stands for more members than this is none that ipset prints. */
const MOST = 65_536

interface Options {
  nomatch: boolean
  timeout: number | null
  wildcard: boolean
}

/** The options of a member, of which counters and what it does to packets (skbmark …) do not matter here. Null where one is not known. */
function readOptions(words: readonly string[]): Options | null {
  const options: Options = { nomatch: false, timeout: null, wildcard: false }
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    if (word === 'nomatch') options.nomatch = true
    else if (word === 'wildcard') options.wildcard = true
    else if (word === 'timeout' && /^\d{1,10}$/.test(words[i + 1] ?? '')) {
      const seconds = Number(words[++i])
      options.timeout = seconds === 0 ? null : seconds
    } else if (IGNORED.has(word)) i++
    else return null
  }
  return options
}

const IGNORED = new Set(['packets', 'bytes', 'skbmark', 'skbprio', 'skbqueue'])

function readPart(kind: string, text: string, wildcard: boolean): IpSetPart[] | null {
  switch (kind) {
    case 'ip':
      return readAddresses(text)?.map((cidr) => ({ kind: 'address', cidr, host: true })) ?? null
    case 'net':
      return readAddresses(text)?.map((cidr) => ({ kind: 'address', cidr, host: false })) ?? null
    case 'port':
      return readPort(text)
    case 'iface': {
      const name = text.replace(/^physdev:/, '')
      return [{ kind: 'interface', name: wildcard ? `${name}*` : name, physdev: name !== text }]
    }
    case 'set':
      return [{ kind: 'set', name: text }]
    default:
      return [{ kind: 'unknown', text }]
  }
}

/** `10.0.0.1`, `10.0.0.0/8`, `10.0.0.1-10.0.0.9`. */
function readAddresses(text: string): Cidr[] | null {
  const [low, high] = text.split('-').map(parseAddress)
  if (low && high) return low.family === high.family ? prefixesOf(low.family, low.value, high.value) : null
  const cidr = parseCidr(text)
  return cidr && [cidr]
}

/** `tcp:80`, `80`, `tcp:80-90`, `icmp:echo-request`, `sctp:132`; a number without a protocol in a hash is TCP, in a bitmap it is any. */
function readPort(text: string): IpSetPart[] | null {
  const [, protocol, low, high] = /^(?:([a-z][\w-]*|\d{1,3}):)?(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? []
  if (low === undefined) {
    const named = /^([a-z][\w-]*):(\S+)$/.exec(text)
    return named ? [{ kind: 'port', protocol: named[1]!, port: null }] : null
  }
  const first = Number(low)
  const last = Number(high ?? low)
  if (last > 65535 || first > last) return null
  const count = last - first + 1
  return Array.from({ length: count }, (_, i) => ({ kind: 'port', protocol: protocol ?? null, port: first + i }))
}
