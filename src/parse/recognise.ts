import { looksLikeDescribe } from './kube/describe.ts'
import { looksLikeObjects } from './kube/objects.ts'
import { looksLikeTable } from './kube/table.ts'

/** The forms of text that have a parser. */
export type TextKind =
  | 'save'
  | 'listing'
  | 'nftJson'
  | 'nftText'
  | 'conntrack'
  | 'linkJson'
  | 'neighbourJson'
  | 'routeJson'
  | 'ruleJson'
  | 'fdbJson'
  | 'linkText'
  | 'neighbourText'
  | 'routeText'
  | 'ruleText'
  | 'routeTable'
  | 'arp'
  | 'brctlShow'
  | 'brctlShowmacs'
  | 'fdbText'
  | 'podNamespaces'
  | 'resolvConf'
  | 'corefile'
  | 'sysctl'
  | 'objects'
  | 'table'
  | 'describe'

/** How much of a text its form is told by. */
const HEAD = 16_384

/** Tells what printed a text, from its first 16 kB; null where nothing fits. Names of files do not count. */
export function recognise(text: string): TextKind | null {
  const head = text.slice(0, HEAD)
  const first = head.trimStart()[0]
  // A rule of `iptables-save -c` begins with its counter in brackets.
  if (first === '{' || (first === '[' && !/^\s*\[\d+:\d+\] -/.test(head))) return recogniseJson(head)
  const line = FORMS.find(([, pattern]) => pattern.test(head))
  if (line) return line[0]
  if (looksLikeDescribe(head)) return 'describe'
  if (looksLikeTable(head)) return 'table'
  return looksLikeObjects(head) ? 'objects' : null
}

function recogniseJson(head: string): TextKind | null {
  if (/^\s*\{\s*"nftables"\s*:/.test(head)) return 'nftJson'
  if (looksLikeObjects(head)) return 'objects'
  const key = (name: string) => head.includes(`"${name}"`)
  if (key('lladdr') || (key('dst') && key('state') && !key('protocol'))) return 'neighbourJson'
  if (key('mac') && key('ifname')) return 'fdbJson'
  if (key('priority') && key('src') && key('table')) return 'ruleJson'
  if (key('ifindex') && key('ifname')) return 'linkJson'
  return key('dst') ? 'routeJson' : null
}

/** The first that fits wins: those whose lines nothing else prints come first. */
const FORMS: readonly (readonly [TextKind, RegExp])[] = [
  ['podNamespaces', /^\S+ \[\{"ifindex":/m],
  [
    'save',
    /^(\*(nat|filter|mangle|raw|security)\s*$|(\[\d+:\d+\] )?-[AN] \S+|-P (INPUT|FORWARD|OUTPUT|PREROUTING|POSTROUTING) )/m,
  ],
  ['listing', /^Chain \S+ \((policy|\d+ references)/m],
  ['nftText', /^\s*(table (ip|ip6|inet|arp|bridge|netdev) \S+ \{|chain \S+ \{)/m],
  ['conntrack', /^(ipv[46]\s+\d+\s+)?(tcp|udp|udplite|sctp|icmp|icmpv6|gre|dccp|unknown)\s+\d+ .*\bsrc=\S+ dst=/m],
  ['linkText', /^\d+: \S+: <[A-Z_,0-9-]*> mtu \d+/m],
  ['fdbText', /^(([\da-f]{2}:){5}[\da-f]{2}) dev \S+/m],
  ['arp', /^(\S+ \([\da-f.:]+\) at (([\da-f]{2}:){5}[\da-f]{2}|<incomplete>)|Address\s+HWtype|IP address\s+HW type)/im],
  ['brctlShow', /^bridge name\s+bridge id/m],
  ['brctlShowmacs', /^(port no\s+mac addr|\s*\d+\s+([\da-f]{2}:){5}[\da-f]{2}\s+(yes|no)\s)/m],
  ['routeTable', /^(Kernel IP(v6)? routing table|Destination\s+(Gateway|Next Hop)|Iface\s+Destination\s+Gateway)/m],
  ['ruleText', /^\d+:\s+(not )?from \S+/m],
  ['neighbourText', /^[\da-f.:]+ dev \S+ .*\b(REACHABLE|STALE|DELAY|PROBE|FAILED|INCOMPLETE|PERMANENT|NOARP|NONE)\b/im],
  [
    'routeText',
    /^(default (via|dev|nhid|proto|scope|src|metric)\b|(unreachable|blackhole|prohibit|throw|local|broadcast|anycast|multicast) (default|[\da-f.:]+(\/\d+)?)\b|[\da-f.:]+(\/\d+)? (dev|via|proto|nexthop)\b)/im,
  ],
  ['resolvConf', /^(nameserver|search|options ndots)\s/m],
  ['corefile', /^\S*:\d+(\s+\S+)*\s*\{\s*$/m],
  ['sysctl', /^[a-z][\w-]*(\.[\w-]+)+ ?= ?\S+\s*$/m],
]
