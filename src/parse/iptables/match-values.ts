/** Values as several matches of iptables spell them. */
import { type Cidr, parseCidr } from '../../model/address.ts'
import type { Match, Side } from '../../model/rules.ts'
import { known } from '../parsed.ts'

/** `10.96.0.0/16`, several with commas between them, or a name. */
export function addressMatch(side: Side, negated: boolean, text: string): Match {
  const cidrs = text.includes(',') ? text.split(',').map(parseCidr) : [parseCidr(text)]
  const areRead = cidrs.every((cidr): cidr is Cidr => cidr !== null)
  return { kind: 'address', side, negated, cidrs: areRead ? cidrs : null, text }
}

/** `80`, `30000:32767`, `:1023`, `1024:`. */
export function portRange(text: string): [number, number] | null {
  const parts = /^(\d*)(?:(:)(\d*))?$/.exec(text)
  if (!parts || text === '' || text === ':') return null
  const low = parts[1] === '' ? 0 : Number(parts[1])
  const high = parts[2] === undefined ? low : parts[3] === '' ? MOST_PORT : Number(parts[3])
  return Math.max(low, high) <= MOST_PORT ? [low, high] : null
}

export const MOST_PORT = 65535

/** Protocol numbers that `-n` or an unknown name leave: /etc/protocols, as far as service traffic goes. */
const PROTOCOL_NUMBERS: Record<string, string> = {
  1: 'icmp',
  2: 'igmp',
  4: 'ipencap',
  6: 'tcp',
  17: 'udp',
  41: 'ipv6',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'ipv6-icmp',
  132: 'sctp',
}

/** A protocol's name in lower case; a number's text where it has none here. */
export const protocolName = (text: string): string => known(PROTOCOL_NUMBERS, text) ?? text.toLowerCase()
