import { asArray, asNumber, asText, type JsonObject } from './objects.ts'

/** What reads something, and holds no expression: a header's field, metadata, conntrack, a route, a random number. */
export function renderKey(kind: string, content: JsonObject): string | null {
  const key = asText(content.key) ?? ''
  switch (kind) {
    case 'meta':
      return UNQUALIFIED.test(key) ? key : `meta ${key}`
    case 'ct':
      return content.dir === undefined ? `ct ${key}` : `ct ${asText(content.dir)} ${key}`
    case 'payload':
      return renderPayload(content)
    case 'fib':
      return `fib ${(asArray(content.flags) ?? []).join(' . ')} ${asText(content.result)}`
    case 'numgen':
      return `numgen ${asText(content.mode)} mod ${asNumber(content.mod)}${renderOffset(content)}`
    case 'symhash':
      return `symhash mod ${asNumber(content.mod)}${renderOffset(content)}`
    case 'exthdr':
      return content.field === undefined
        ? `exthdr ${asText(content.name)}`
        : `${asText(content.name)} ${asText(content.field)}`
    case 'tcp option':
    case 'ip option':
    case 'sctp chunk':
      return `${kind} ${asText(content.name)}${content.field === undefined ? '' : ` ${asText(content.field)}`}`
    case 'rt':
    case 'socket':
    case 'osf':
    case 'ipsec':
      return renderOther(kind, content)
    default:
      return null
  }
}

/** Keys that nft prints without `meta` before them: meta.c, meta_key_is_unqualified. */
const UNQUALIFIED = /^(iif|oif|iifname|oifname|iifgroup|oifgroup)$/

function renderPayload({ tunnel, protocol, field, base, offset, len }: JsonObject): string {
  if (protocol === undefined) return `@${asText(base)},${asNumber(offset)},${asNumber(len)}`
  return `${tunnel === undefined ? '' : `${asText(tunnel)} `}${asText(protocol)} ${asText(field)}`
}

/** `rt ip nexthop`, `osf ttl loose name`, `ipsec in spnum 1 ip saddr` */
function renderOther(kind: string, { ttl, dir, spnum, family, key }: JsonObject): string {
  const parts = [
    ttl === undefined ? null : `ttl ${asText(ttl)}`,
    dir,
    spnum ? `spnum ${asNumber(spnum)}` : null,
    family,
    key,
  ]
  return [kind, ...parts.filter((part) => typeof part === 'string')].join(' ')
}

/** ` offset 5`, or nothing. */
export const renderOffset = ({ offset }: JsonObject): string =>
  offset === undefined || offset === 0 ? '' : ` offset ${asNumber(offset)}`

/** ` seed 0xbeef`, or nothing. */
export const renderSeed = ({ seed }: JsonObject): string =>
  typeof seed === 'number' ? ` seed 0x${seed.toString(16)}` : ''
