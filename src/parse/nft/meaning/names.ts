/** Numbers that `nft -n` prints where it otherwise prints words: linux/in.h, nf_conntrack_common.h, rtnetlink.h, if_ether.h. */

const PROTOCOLS: Record<number, string> = {
  1: 'icmp',
  2: 'igmp',
  4: 'ipencap',
  6: 'tcp',
  17: 'udp',
  33: 'dccp',
  41: 'ipv6',
  47: 'gre',
  50: 'esp',
  51: 'ah',
  58: 'ipv6-icmp',
  108: 'ipcomp',
  132: 'sctp',
  136: 'udplite',
}

/** A protocol's name in lower case; a number's text where it has none here. */
export function protocolName(value: string | number): string {
  if (value === 'icmpv6') return 'ipv6-icmp'
  return typeof value === 'number' ? (PROTOCOLS[value] ?? String(value)) : value.toLowerCase()
}

/** Bits of `ct state` as words in upper case. */
export const STATES: Record<number, string> = {
  1: 'INVALID',
  2: 'ESTABLISHED',
  4: 'RELATED',
  8: 'NEW',
  64: 'UNTRACKED',
}

/** Bits of `ct status` as words in upper case. */
export const STATUSES: Record<number, string> = {
  1: 'EXPECTED',
  2: 'SEEN-REPLY',
  4: 'ASSURED',
  8: 'CONFIRMED',
  16: 'SNAT',
  32: 'DNAT',
}

/** Route types as words in upper case. */
export const ADDRESS_TYPES: Record<number, string> = {
  0: 'UNSPEC',
  1: 'UNICAST',
  2: 'LOCAL',
  3: 'BROADCAST',
  4: 'ANYCAST',
  5: 'MULTICAST',
  6: 'BLACKHOLE',
  7: 'UNREACHABLE',
  8: 'PROHIBIT',
  9: 'THROW',
  10: 'NAT',
  11: 'XRESOLVE',
}

/** Bits of the TCP header's flags. */
export const TCP_FLAGS = new Map([
  ['fin', 1],
  ['syn', 2],
  ['rst', 4],
  ['psh', 8],
  ['ack', 16],
  ['urg', 32],
  ['ecn', 64],
  ['cwr', 128],
])
