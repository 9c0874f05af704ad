/** The plain text of `ip link` and `ip addr`, with or without `-d`, as iproute2 of any age and BusyBox print it. */
import { canonicalAddress, parseAddress } from '../../model/address.ts'
import type { Link } from '../../model/node.ts'
import { linesOf, type Parsed, ProblemLog, quote } from '../parsed.ts'
import { integer, isUp, type LinkDraft, macAddress, resolvePeers, words } from './values.ts'

/**
 * `ip [-d] link` and `ip [-d] addr`; without `-d` no kind is known. A peer printed by name (`veth0@veth1`) gets the
 * index that the same text gives for it. Details that do not matter for the way of a packet are passed over.
 */
export function parseIpLinkText(text: string, file: string): Parsed<Link> {
  const log = new ProblemLog(file)
  const drafts: LinkDraft[] = []
  for (const line of linesOf(text, log)) {
    const heading = readHeading(line.text)
    if (heading) drafts.push(heading)
    else if (!readDetail(words(line.text), drafts.at(-1), isIndented(line.text))) {
      log.add(line.number, `not a line of ip link or ip addr: ${quote(line.text)}`)
    }
  }
  return { items: resolvePeers(drafts), problems: log.list() }
}

const isIndented = (line: string): boolean => line.startsWith(' ') || line.startsWith('\t')

/** `4: veth0@if2: <BROADCAST,UP> mtu 1500 qdisc noqueue master cni0 state UP`; null for any other line. */
function readHeading(line: string): LinkDraft | null {
  const match = /^(\d{1,10}): ([^ :]+): <([^>]*)>(.*)$/.exec(line)
  if (!match) return null
  const [, index, label, flags, rest] = match as unknown as [string, string, string, string, string]
  const at = label.lastIndexOf('@')
  const peer = at < 0 ? null : label.slice(at + 1)
  const peerIndex = integer(/^if(\d+)$/.exec(peer ?? '')?.[1])
  const attributes = words(rest)
  return {
    index: integer(index),
    name: at < 0 ? label : label.slice(0, at),
    kind: null,
    mac: null,
    mtu: integer(after(attributes, 'mtu')),
    up: isUp(flags.split(',')),
    master: after(attributes, 'master') ?? null,
    peerIndex,
    peerName: peerIndex === null ? peer : null,
    addresses: [],
    // `xdp/id:21`, `xdpgeneric/id:21`; before 4.19 `xdp qdisc noqueue`.
    ...(attributes.some((word) => /^xdp(generic|drv|offload|multi)?(\/id:\d+)?$/.test(word))
      ? { xdp: { name: null } }
      : {}),
  }
}

/** A line below a heading; false where it cannot be one. */
function readDetail(line: string[], link: LinkDraft | undefined, indented: boolean): boolean {
  const [first, second] = line
  if (first === undefined) return true
  if (!link) return false
  if (first.startsWith('link/')) link.mac = macAddress(second)
  else if (first === 'inet' || first === 'inet6') return readAddress(line, link)
  else if (first.startsWith('prog/xdp')) link.xdp = { name: after(line, 'name') ?? null }
  else if (KINDS.has(first) && indented) link.kind ??= first
  else return indented
  return true
}

/** `inet 10.9.9.1 peer 10.9.9.2/32 scope global eth0`: the prefix length stands with the peer where there is one. */
function readAddress(line: string[], link: LinkDraft): boolean {
  const [address = '', own] = (line[1] ?? '').split('/')
  const family = parseAddress(address)?.family
  const full = family === 4 ? 32 : 128
  const length = own ?? after(line, 'peer')?.split('/')[1]
  const prefix = length === undefined ? full : integer(length)
  if (family === undefined || prefix === null || prefix > full) return false
  link.addresses.push({ address: canonicalAddress(address), prefix })
  return true
}

/** The word after the first `key`. */
const after = (line: readonly string[], key: string): string | undefined => {
  const at = line.indexOf(key)
  return at < 0 ? undefined : line[at + 1]
}

/** Kinds that `-d` prints at the start of a line of its own; any other leaves the kind unknown. */
const KINDS = new Set(
  (
    'bareudp bond bridge dummy erspan geneve gre gretap gtp ifb ip6erspan ip6gre ip6gretap ip6tnl ipip ipvlan ipvtap ' +
    'macsec macvlan macvtap netdevsim netkit nlmon openvswitch rmnet sit team tun veth vlan vrf vti vti6 vxcan ' +
    'vxlan wireguard xfrm'
  ).split(' '),
)
