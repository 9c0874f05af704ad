import { CILIUM_LINES, type CiliumKind, recogniseCiliumJson } from './cilium/recognise.ts'
import { looksLikeDescribe } from './kube/describe.ts'
import { looksLikeObjects } from './kube/objects.ts'
import { looksLikeTable } from './kube/table.ts'
import { TABLE_LINES, type TableTextKind } from './tables/recognise.ts'

/** The forms of text that have a parser. */
export type TextKind =
  | CiliumKind
  | TableTextKind
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
  | 'ipvs'
  | 'ipset'
  | 'bpfNet'
  | 'bpfCgroups'
  | 'tcFilters'
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
  const cilium = recogniseCiliumJson(head)
  if (cilium) return cilium
  if (/^\s*\[\s*\{\s*"xdp"\s*:/.test(head)) return 'bpfNet'
  if (/^\s*\[\s*\{\s*"cgroup"\s*:/.test(head)) return 'bpfCgroups'
  if (looksLikeObjects(head)) return 'objects'
  const key = (name: string) => head.includes(`"${name}"`)
  if (key('lladdr') || (key('dst') && key('state') && !key('protocol'))) return 'neighbourJson'
  if (key('mac') && key('ifname')) return 'fdbJson'
  if (key('priority') && key('src') && key('table')) return 'ruleJson'
  if (key('ifindex') && key('ifname')) return 'linkJson'
  return key('dst') ? 'routeJson' : null
}

/** Headings of ipvsadm and /proc/net/ip_vs*, a line of ipvsadm -Sn, or of a list or of connections whose heading is cut off. */
const IPVS_LINE = new RegExp(
  [
    '^(IP Virtual Server version|Prot LocalAddress:Port|IPVS connection entries|pro expire state|Pro FromIP +FPrt)',
    '^-[Aa] (-t|-u|-f|--sctp-service) \\S+ -[sr] ',
    '^((TCP|UDP|SCTP)\\s+(\\[[\\da-f:.]+\\]|[\\d.]+):\\d+|FWM\\s+\\d+) +[a-z]{2,6}\\b',
    '^(TCP|UDP|SCTP|IP) +\\d+:\\d\\d +[A-Z_]+ +\\S+:\\d+ +\\S+:\\d+',
  ].join('|'),
  'm',
)

/** The first that fits wins: those whose lines nothing else prints come first. */
const FORMS: readonly (readonly [TextKind, RegExp])[] = [
  ...CILIUM_LINES.map(([kind, line]): [TextKind, RegExp] => [kind, new RegExp(`^${line}`, 'm')]),
  ...TABLE_LINES.map(([kind, , line]): [TextKind, RegExp] => [kind, new RegExp(`^${line}`, 'm')]),
  ['ipvs', IPVS_LINE],
  ['ipset', /^(create \S+ (hash|bitmap|list):|Name: \S+\r?\nType: (hash|bitmap|list):)/m],
  ['bpfNet', /^xdp:\s*\n[\s\S]*^tc:\s*$/m],
  ['tcFilters', /^(# tc filter show dev |filter (parent \S+ )?(protocol \S+ )?pref \d+ )/m],
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
