/** What the tools of a host print of links, routes, connections and pods' namespaces, beside addresses. */
import type { NameMap } from './names.ts'

/** A file of a node that holds no rules, with other names for what somebody named. Interfaces keep theirs. */
export function renameHostText(file: string, text: string, names: NameMap): string {
  // The first word is what the container runtime called the pod's namespace.
  if (/^(pod-netns|sockets)\./.test(file))
    return inLinks(
      text.replaceAll(/^\S+(?= )/gm, (name) => names.replace(name)),
      names,
    )
  if (/^conntrack/.test(file))
    return text.replaceAll(CONNTRACK_WORDS, (_, key: string, value: string) => `${key}${names.replace(value)}`)
  if (/^counters/.test(file)) return text.split('\n').flatMap(countersOnly).join('\n')
  if (/^health-checks\./.test(file))
    return text.replaceAll(
      /("(?:namespace|name)": ?)"([^"\n]*)"/g,
      (_, key: string, name: string) => `${key}"${names.replace(name)}"`,
    )
  if (/^ip6?-/.test(file)) return inLinks(text, names)
  if (/^sysctl\./.test(file))
    return text.replaceAll(
      /^(kernel\.(?:hostname|domainname) ?= ?)(.*)$/gm,
      (_, key: string, name: string) => `${key}${names.replace(name)}`,
    )
  return text
}

/** Of a rule its counter and what it does to INVALID packets: somebody else's in that chain may name anything. */
function countersOnly(line: string): string[] {
  const [, counted] = /^(ip6?tables(?:-legacy)?-save\.txt:\[\d+:\d+\] -A KUBE-FORWARD ).*$/.exec(line) ?? []
  if (counted === undefined) return line === '' || COUNTER_LINE.test(line) ? [line] : []
  const invalid = / --ctstate INVALID .*-j DROP\b/.test(line)
  return [`${counted}${invalid ? '-m conntrack --ctstate INVALID -j DROP' : '-j ACCEPT'}`]
}

const COUNTER_LINE =
  /^\/proc\/(uptime|net\/softnet_stat|net\/stat\/(nf_conntrack|arp_cache|ndisc_cache)):[\da-z_. ]*$|^conntrack -S:([a-z_]+=\d+\s*)*$/

const CONNTRACK_WORDS = /\b((?:secctx|labels|helper)=)(\S+)/g

/** Descriptions of links, names of network namespaces, and of the tables and protocols of routes. */
const inLinks = (text: string, names: NameMap): string =>
  text
    .replaceAll(/("(?:ifalias|alias)": ?)"(?:[^"\\]|\\.)*"/g, '$1""')
    .replaceAll(/^(\s+alias ).*$/gm, '$1x')
    .replaceAll(
      /("(?:link_netns|netns|table|protocol|proto)": ?)"((?:[^"\\]|\\.)*)"/g,
      (_, key: string, name: string) => `${key}"${renamed(name, names)}"`,
    )
    .replaceAll(
      /\b((?:link-netns|lookup|table|proto|protocol) )([A-Za-z][^\s\\]*)/g,
      (_, key: string, name: string) => `${key}${renamed(name, names)}`,
    )

const renamed = (name: string, names: NameMap): string => (KNOWN.has(name) ? name : names.replace(name))

/** Tables and protocols of iproute2's own lists, rt_tables and rt_protos. */
const KNOWN = new Set(
  (
    'main local default all unspec kernel boot static redirect gated ra mrt zebra bird dnrouted xorp ntk dhcp keepalived ' +
    'babel openr bgp isis ospf rip eigrp 802.1Q 802.1ad ip ipv6 ip6'
  ).split(' '),
)
