/** Names that somebody gave to chains, tables and sets. Those that every cluster has stay, and so does by what a program's own are known. */
import type { NameMap } from './names.ts'

/** A text of rules with other names for what its people named. `own`: all such names of the capture, see `namesIn`. */
export const renameRules = (text: string, own: ReadonlySet<string>, names: NameMap): string =>
  text.replaceAll(WORD, (word) => {
    const [, before = '', name = '', after = ''] = /^([:@]*)(.*?)([:;,]*)$/s.exec(word) ?? []
    return own.has(name) ? `${before}${renamed(name, names)}${after}` : word
  })

/** What chains, tables and sets are called in a text of rules, by whoever defines or uses them. */
export function namesIn(text: string): string[] {
  const found = PLACES.flatMap((place) => [...text.matchAll(place)].map((match) => match[1] ?? ''))
  return [...new Set(found.map((name) => name.replace(/^@|[;,"]+$/g, '')))].filter(
    (name) => name !== '' && !isCommon(name),
  )
}

const WORD = /[\w.:@/+*-]+[;,]?/g

const PLACES: readonly RegExp[] = [
  /^:(\S+) /gm,
  /^(?:-N|-P|-X|-F) (\S+)/gm,
  /(?:^|\s)-(?:A|I|j|g) (\S+)/g,
  /^Chain (\S+) \(/gm,
  // Of ipset.
  /^(?:create|add|Name:) (\S+)/gm,
  // A row of a listing begins with its target.
  /^(?: *\d+ +)?(?: *[\d.]+[KMGT]? +[\d.]+[KMGT]? +)?([A-Za-z][\w.:+-]*) +(?:tcp|udp|sctp|all|icmp|icmpv6|ipv6-icmp|esp|ah|gre|\d+) /gm,
  /(?:--(?:match|add|del|map)-set|(?:match|add|del|map)-set) (\S+) /g,
  /\btable (?:ip6?|inet|arp|bridge|netdev) (\S+)/g,
  /^\s*(?:chain|set|map|counter|quota|limit|synproxy|secmark|flowtable|ct (?:helper|timeout|expectation)) (\S+) \{/gm,
  /\b(?:jump|goto) ([^\s;,}]+)/g,
  /@([^\s;,}"]+)/g,
  /\b(?:counter|quota|limit|synproxy|helper|timeout) (?:name|set) "?([^\s;,}"]+)/g,
  /(?<!"type": ?"(?:match|target|watcher)", ?)"(?:table|chain|set|map|name|target|flowtable)": ?"((?:[^"\\]|\\.)*)"/g,
]

function renamed(name: string, names: NameMap): string {
  const kept = PROGRAMS.exec(name)?.[0] ?? ''
  return `${kept}${names.replace(name.slice(kept.length))}`
}

const isCommon = (name: string): boolean =>
  COMMON.has(name) || FIXED.test(name) || name.length < 2 || /^[\d.]+$/.test(name)

/** What the kernel, iptables and nft call things, and words that stand in a text for more than a name. */
const COMMON = new Set(
  (
    'PREROUTING INPUT FORWARD OUTPUT POSTROUTING prerouting input forward output postrouting ingress egress ' +
    'filter nat mangle raw security tcp udp sctp icmp icmpv6 all any anywhere accept drop return reject mark ct meta ' +
    'ip ip6 inet target prot opt source destination comment counter type hook priority policy th th_dport saddr daddr ' +
    'ACCEPT DROP RETURN REJECT DNAT SNAT MASQUERADE REDIRECT MARK CONNMARK LOG NFLOG ULOG TRACE AUDIT TCPMSS TCPOPTSTRIP ' +
    'CHECKSUM CLASSIFY DSCP TOS ECN HL TTL SET SECMARK CONNSECMARK RATEEST IDLETIMER LED NOTRACK CT NETMAP TPROXY QUEUE ' +
    'NFQUEUE SYNPROXY CLUSTERIP HMARK TEE MIRROR SAME BALANCE verdict ipv4_addr ipv6_addr ether_addr inet_proto ' +
    'inet_service ifname iface_index ct_state string integer boolean interval timeout dynamic'
  ).split(' '),
)

/** Fixed names of kube-proxy and the kubelet, of both its modes, and the hashed ones, which are renamed by their service. */
const FIXED =
  /^(KUBE(-[A-Z]+)*-(SERVICES|NODEPORTS?|NODE-PORT|POSTROUTING|MASQ|DROP|FORWARD|FIREWALL|CANARY|HINT|BALANCER|FILTER|FW)|KUBE-(SVC|SVL|SEP|EXT|FW|XLB)-[A-Z2-7]{16}|KUBE-(6-)?(LOOP-BACK|CLUSTER-IP|EXTERNAL-IP(-LOCAL)?|LOAD-BALANCER(-[A-Z-]+)?|NODE-PORT-[A-Z-]+|IPVS-IPS|HEALTH-CHECK-NODE-PORT)|kube-proxy|(service|endpoint|external|local|firewall|affinity)-[A-Z2-7]{8}-.*|(nat|filter)-[a-z]+(-(pre|post)-dnat)?|services|masquerading|mark-for-masquerade|(cluster-ips|nodeport-endpoints|service-endpoints|firewall|firewall-ips)-check|reject-chain|firewall-ips|no-endpoint-(nodeports|services)|service-(ips|nodeports)|cluster-ips|nodeport-ips|hairpin-connections)$/

/** What programs begin their names with; what follows may name an interface, a pod or a policy. */
const PROGRAMS =
  /^(KUBE-(?:NWPLCY|POD-FW|ROUTER|SRC|DST)-|cali-(?:[a-z]{2,4}-)?|cali[46]0|felix-|CILIUM_|OLD_CILIUM_|cilium_?|ufw6?-|CNI-(?:DN-|SN-|HOSTPORT-)?|FLANNEL-|WEAVE-?|AWS-|ANTREA-|IP-MASQ-?|DOCKER-?|FWD[IO]?_|FORWARD_|kube-|cni_|calico-?|antrea-?|flannel-?|kindnet-?)/
