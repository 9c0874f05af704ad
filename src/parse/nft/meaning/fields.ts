import type { Family } from '../../../model/address.ts'
import type { Field, Match, TableFamily } from '../../../model/rules.ts'
import { asArray, asNumber, asObject, asText, entryOf, type Json, type JsonObject } from '../objects.ts'
import { renderExpression } from '../render.ts'

/** The fields that a look-up's key is made of. */
export function fieldsOf(key: Json): Field[] {
  const parts = asArray(asObject(key)?.concat)
  return parts ? parts.map(fieldOf) : [fieldOf(key)]
}

/** What an expression reads from the packet. */
function fieldOf(expression: Json): Field {
  const [kind, value] = entryOf(expression) ?? []
  const content = asObject(value)
  const read = kind === undefined ? undefined : READERS[kind]
  const field = read?.(content ?? {})
  return field ?? { kind: 'unknown', text: renderExpression(expression) }
}

const READERS: Record<string, (content: JsonObject) => Field | undefined> = {
  payload: payloadField,
  meta: ({ key }) => metaField(asText(key ?? null)),
  ct: connectionField,
}

/** `ct original ip daddr`, `ct reply proto-src`; without a direction it is the original's. */
function connectionField({ key, dir = 'original' }: JsonObject): Field | undefined {
  const field = TUPLE[asText(key ?? null) ?? '']
  return field && (dir === 'original' || dir === 'reply') ? { kind: 'connection', direction: dir, field } : undefined
}

const [FROM, TO] = (['source', 'destination'] as const).map((side): Field => ({ kind: 'address', side })) as [
  Field,
  Field,
]

const TUPLE: Record<string, Field> = {
  ...{ saddr: FROM, 'ip saddr': FROM, 'ip6 saddr': FROM },
  ...{ daddr: TO, 'ip daddr': TO, 'ip6 daddr': TO },
  'proto-src': { kind: 'port', side: 'source' },
  'proto-dst': { kind: 'port', side: 'destination' },
  protocol: { kind: 'protocol' },
}

function payloadField(payload: JsonObject): Field | undefined {
  const protocol = asText(payload.protocol)
  const field = asText(payload.field)
  if (protocol === null) return rawPort(payload)
  if (payload.tunnel !== undefined) return undefined
  if (protocol === 'ip' || protocol === 'ip6') {
    if (field === 'saddr') return { kind: 'address', side: 'source' }
    if (field === 'daddr') return { kind: 'address', side: 'destination' }
    if (field === 'protocol' || field === 'nexthdr') return { kind: 'protocol' }
  }
  if (!TRANSPORTS.has(protocol) && protocol !== 'th') return undefined
  if (field === 'sport') return { kind: 'port', side: 'source' }
  return field === 'dport' ? { kind: 'port', side: 'destination' } : undefined
}

/** `@th,0,16` and `@th,16,16`, as nft before 0.9.3 had to write ports of any protocol. */
function rawPort({ base, offset, len }: JsonObject): Field | undefined {
  if (base !== 'th' || asNumber(len) !== 16) return undefined
  if (offset === 0) return { kind: 'port', side: 'source' }
  return offset === 16 ? { kind: 'port', side: 'destination' } : undefined
}

const TRANSPORTS = new Set(['tcp', 'udp', 'sctp', 'dccp', 'udplite'])

function metaField(key: string | null): Field | undefined {
  switch (key) {
    case 'l4proto':
      return { kind: 'protocol' }
    case 'mark':
      return { kind: 'mark' }
    case 'iif':
    case 'iifname':
      return { kind: 'interface', side: 'in' }
    case 'oif':
    case 'oifname':
      return { kind: 'interface', side: 'out' }
    default:
      return undefined
  }
}

/**
 * The tests that nft leaves out of a listing because an expression implies them: `tcp dport` reads TCP packets only, and
 * in a table of both families `ip saddr` reads IPv4 packets only.
 */
export function impliedMatches(expression: Json, table: TableFamily): Match[] {
  const headers = new Set<string>()
  collectHeaders(expression, headers)
  const implied: Match[] = []
  for (const header of headers) {
    const family = FAMILIES.get(header)
    if (family && table !== 'ip' && table !== 'ip6') implied.push(familyMatch(family, false))
    const protocol = TRANSPORTS.has(header) ? header : PROTOCOLS.get(header)
    if (protocol) implied.push({ kind: 'protocol', negated: false, protocols: [protocol] })
  }
  return implied
}

/** The family in which a header occurs. */
const FAMILIES = new Map<string, Family>([
  ['ip', 4],
  ['icmp', 4],
  ['igmp', 4],
  ['ip6', 6],
  ['icmpv6', 6],
])

/** Headers that follow the IP header, besides those with ports. */
const PROTOCOLS = new Map([
  ['icmp', 'icmp'],
  ['icmpv6', 'ipv6-icmp'],
  ['igmp', 'igmp'],
  ['esp', 'esp'],
  ['ah', 'ah'],
  ['gre', 'gre'],
])

/** The headers that an expression reads. What `ct original ip saddr` reads is no header. */
function collectHeaders(expression: Json, into: Set<string>): void {
  const parts = asArray(expression)
  if (parts) for (const part of parts) collectHeaders(part, into)
  const [kind, value] = entryOf(expression) ?? []
  const content = asObject(value)
  if (kind === 'payload' && typeof content?.protocol === 'string') into.add(content.protocol)
  else if (kind === 'tcp option') into.add('tcp')
  else if (kind === 'map' || kind === 'vmap') collectHeaders(content?.key ?? null, into)
  else if (kind === 'jhash') collectHeaders(content?.expr ?? null, into)
  else if (kind !== undefined && COMPOUND.has(kind)) collectHeaders(value ?? null, into)
}

const COMPOUND = new Set(['concat', '&', '|', '^', '<<', '>>'])

/** True for packets of one family: their source lies in the prefix that holds all addresses of it. */
export function familyMatch(family: Family, negated: boolean): Match {
  const text = family === 4 ? 'meta nfproto ipv4' : 'meta nfproto ipv6'
  return { kind: 'address', side: 'source', negated, cidrs: [{ family, base: 0n, bits: 0 }], text }
}
