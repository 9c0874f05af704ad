/** Shell scripts that furnish the namespaces of the lab. */
import { ADDRESSES, DEVICES, type Family, type Host, NETWORKS, type Place, SERVICE_NETWORK } from './places.ts'

/** New addresses are usable at once, and no ICMP error is held back. */
export const EVERYWHERE = `
sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 net.ipv6.conf.default.accept_ra=0 \\
  net.ipv4.icmp_ratemask=0 net.ipv6.icmp.ratelimit=0 net.ipv6.icmp.ratemask=3 net.ipv4.conf.default.send_redirects=0 \\
  net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.all.accept_local=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
ip link set lo up
`

/** The node: a veth to everybody, the pod's in a bridge. Neighbours are fixed, so that no rule set cuts off ARP or ND. */
export function nodeScript(pid: (place: Place) => number): string {
  const lines = ['sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1']
  lines.push(`ip link add cni0 address ${mac('pod', 1)} type bridge`)
  for (const host of Object.keys(NETWORKS) as Host[]) {
    const device = DEVICES[host]
    const port = host === 'pod' ? 'vethpod' : device
    const peer = `peer name eth0 address ${mac(host, 2)} netns ${pid(host)}`
    lines.push(
      `ip link add ${port} address ${mac(host, host === 'pod' ? 3 : 1)} type veth ${peer}`,
      `ip link set ${port} up ${host === 'pod' ? 'master cni0' : ''}`,
      // As CNI has it: what came in by a port of the bridge may leave by it.
      ...(host === 'pod' ? [`bridge link set dev ${port} hairpin on`] : []),
      `ip link set ${device} up`,
    )
    lines.push(`ip neighbour add ${linkLocal(host)} lladdr ${mac(host, 2)} nud permanent dev ${device}`)
    for (const address of [...addressesOf(host, 4), ...addressesOf(host, 6)]) {
      lines.push(
        `ip address replace ${withLength(routerOf(address))} dev ${device}`,
        `ip neighbour add ${address} lladdr ${mac(host, 2)} nud permanent dev ${device}`,
      )
    }
  }
  for (const family of [4, 6] as const) lines.push(`ip -${family} route add default via ${ADDRESSES[family].world}`)
  // Addresses to give to sources, several beside each other: the node's own, so that answers find back.
  lines.push('ip link add own0 type bridge', 'ip link set own0 up')
  for (const n of [4, 5, 6, 7])
    lines.push(`ip address add 192.0.2.${n}/32 dev own0`, `ip address add 2001:db8::${n}/128 nodad dev own0`)
  // What rules may ask and add to; members of which walks know nothing.
  lines.push(
    'ipset create lab4 hash:ip skbinfo',
    'ipset create lab6 hash:ip family inet6 skbinfo',
    `ipset add lab4 ${ADDRESSES[4].pod} skbmark 0x1`,
    `ipset add lab6 ${ADDRESSES[6].pod} skbmark 0x1`,
  )
  lines.push('sysctl -qw net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1')
  return lines.join('\n')
}

/** A client or endpoint: one interface, the node as its router, and an ear for whatever address is sent to it. */
export function hostScript(host: Host): string {
  const lines = ['ip link set eth0 up']
  for (const family of [4, 6] as const) {
    const addresses = addressesOf(host, family)
    const router = routerOf(addresses[0]!)
    lines.push(
      ...addresses.map((address) => `ip address add ${withLength(address)} dev eth0`),
      `ip neighbour add ${router} lladdr ${mac(host, 1)} nud permanent dev eth0`,
      `ip -${family} route add default via ${router}`,
      `ip -${family} route add local default dev lo table 99`,
      `ip -${family} rule add iif eth0 lookup 99 priority 99`,
    )
    // To answer, as TCP must, it takes an address of its own.
    if (host === 'world') lines.push(`ip -${family} route add local ${SERVICE_NETWORK[family]} dev lo`)
  }
  return lines.join('\n')
}

/** The address that a host's interface gives itself, after its MAC. */
export const linkLocal = (host: Host): string => `fe80::ff:fe00:${NETWORKS[host]}02`

const mac = (host: Host, end: number): string => `02:00:00:00:0${NETWORKS[host]}:0${end}`

function addressesOf(host: Host, family: Family): string[] {
  const address = ADDRESSES[family][host]
  return host === 'endpoint1' ? [address, address.replace(/2$/, '3')] : [address]
}

const routerOf = (address: string): string => address.replace(/[23]$/, '1')

const withLength = (address: string): string => (address.includes(':') ? `${address}/64 nodad` : `${address}/24`)
