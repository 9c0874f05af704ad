/** Networks as CNI plugins and clouds make them, bent out of a capture with a bridge on each node and routes between them. */
import type { Files } from '../diagnose/bend.ts'
import { all, type Bend, each, json, NODES, routes, sysctl } from '../diagnose/bendings.ts'

const numberOf = (node: string): string => node.slice(1)
export const podsOf = (node: string): string => `10.244.${numberOf(node)}.0/24`
export const addressOf = (node: string): string => `172.30.0.1${numberOf(node)}`
const others = (node: string): string[] => NODES.filter((one) => one !== node)

/** A new interface, with the address that the kernel enters into its local table. */
const link =
  (node: string, name: string, kind: string | null, address: string | null, prefix = 32): Bend =>
  (files: Files) => {
    const shown = {
      ...{ ifindex: 90 + name.length, ifname: name, flags: ['UP', 'LOWER_UP'], mtu: 1500, operstate: 'UNKNOWN' },
      ...(kind === null ? {} : { linkinfo: { info_kind: kind } }),
    }
    const own = address === null ? [] : [{ family: 'inet', local: address, prefixlen: prefix, scope: 'global' }]
    const wide = (one: { ifname: string }) => (one.ifname === 'eth0' ? { ...one, mtu: 9001 } : one)
    json(`nodes/${node}/ip-link.json`, (every) => [...every.map(wide), shown])(files)
    json(`nodes/${node}/ip-addr.json`, (every) => [...every.map(wide), { ...shown, addr_info: own }])(files)
    if (address !== null) route(node, { type: 'local', dst: address, dev: name, table: 'local' })(files)
  }

/** Adds a route of IPv4. */
export const route = (node: string, one: object): Bend =>
  json(`nodes/${node}/ip-route.json`, (every) => [...every, { flags: [], ...one }])

/** Leads to the pods of the other nodes in another way. */
export const toOthers = (node: string, way: (other: string) => object | null): Bend =>
  routes(node, (every) =>
    every.flatMap((one) => {
      const other = others(node).find((name) => one.dst === podsOf(name))
      if (other === undefined) return [one]
      const { gateway: _, ...rest } = one
      const by = way(other)
      return by === null ? [] : [{ ...rest, ...by }]
    }),
  )

/** rp_filter of all interfaces. */
export const filterPaths = (value: '0' | '1' | '2', ...interfaces: string[]): Bend =>
  each((node) =>
    all(
      ...['all', 'default', 'eth0', 'cni0', ...interfaces].map((one) =>
        sysctl(node, `net.ipv4.conf.${one}.rp_filter`, value),
      ),
    ),
  )

/** Lines before the chains' own ones of a table of iptables-save. */
const table =
  (node: string, name: string, lines: readonly string[]): Bend =>
  (files) => {
    const path = `nodes/${node}/iptables-save.txt`
    const text = files.get(path)!
    const declared = lines.filter((line) => line.startsWith(':'))
    const rules = lines.filter((line) => !line.startsWith(':')).map((line) => `[0:0] ${line}`)
    const put = [...declared, ...rules, ''].join('\n')
    const at = new RegExp(`^\\*${name}\\n(:.*\\n)+`, 'm')
    const next = at.test(text) ? text.replace(at, (head) => `${head}${put}`) : `${text}*${name}\n${put}COMMIT\n`
    files.set(path, next)
  }

/** What leaves the cluster goes by a router. */
export const DEFAULT = each((node) => route(node, { dst: 'default', gateway: '172.30.0.1', dev: 'eth0' }))

/** Lines behind all others of a table. */
const behindKubernetes =
  (node: string, name: string, lines: readonly string[]): Bend =>
  (files) => {
    const path = `nodes/${node}/iptables-save.txt`
    const at = new RegExp(`(^\\*${name}\\n[^]*?)(COMMIT)`, 'm')
    files.set(path, files.get(path)!.replace(at, `$1${lines.map((line) => `[0:0] ${line}\n`).join('')}$2`))
  }

export const FLANNEL = each((node) =>
  all(
    link(node, 'flannel.1', 'vxlan', `10.244.${numberOf(node)}.0`),
    toOthers(node, (other) => ({ gateway: `10.244.${numberOf(other)}.0`, dev: 'flannel.1', flags: ['onlink'] })),
    behindKubernetes(node, 'filter', [
      '-A FORWARD -s 10.244.0.0/16 -j ACCEPT',
      '-A FORWARD -d 10.244.0.0/16 -j ACCEPT',
    ]),
    behindKubernetes(node, 'nat', [
      `-A POSTROUTING -s 10.244.0.0/16 -d 10.244.0.0/16 -j RETURN`,
      `-A POSTROUTING -s 10.244.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE --random-fully`,
    ]),
  ),
)

const ipip = (kind: string | null) =>
  each((node) =>
    all(
      link(node, 'tunl0', kind, `10.244.${numberOf(node)}.192`),
      toOthers(node, (other) => ({ gateway: addressOf(other), dev: 'tunl0', flags: ['onlink'] })),
    ),
  )
export const CALICO_IPIP = ipip('ipip')
export const CALICO_IPIP_PLAIN = ipip(null)

export const CALICO_VXLAN = each((node) =>
  all(
    link(node, 'vxlan.calico', 'vxlan', `10.244.${numberOf(node)}.192`),
    toOthers(node, (other) => ({ gateway: `10.244.${numberOf(other)}.192`, dev: 'vxlan.calico', flags: ['onlink'] })),
  ),
)

export const rule = (node: string, one: object): Bend =>
  json(`nodes/${node}/ip-rule.json`, (every) => [...every, { src: 'all', ...one }])

export const CALICO_WIREGUARD = each((node) =>
  all(
    link(node, 'wireguard.cali', 'wireguard', `10.244.${numberOf(node)}.193`),
    rule(node, { priority: 99, not: null, fwmark: '0x200000', fwmask: '0x200000', table: '1' }),
    ...others(node).map((other) =>
      route(node, { dst: podsOf(other), dev: 'wireguard.cali', scope: 'link', table: '1' }),
    ),
  ),
)

/** The routers of a cloud lead on. */
export const CLOUD_ROUTES = each((node) =>
  all(
    toOthers(node, () => null),
    route(node, { dst: 'default', gateway: '172.30.0.1', dev: 'eth0' }),
  ),
)

/** The uplinks of a fabric that speaks BGP. */
export const TWO_ROUTERS = each((node) =>
  all(
    toOthers(node, () => null),
    route(node, {
      dst: 'default',
      nexthops: ['172.30.0.1', '172.30.0.2'].map((gateway) => ({ gateway, dev: 'eth0', weight: 1, flags: [] })),
    }),
  ),
)

/** n1 is the hub of a mesh. */
export const KILO = each((node) =>
  all(
    link(node, 'kilo0', 'wireguard', `10.4.0.${numberOf(node)}`, 16),
    route(node, { dst: '10.4.0.0/16', dev: 'kilo0', scope: 'link' }),
    toOthers(node, (other) => ({
      gateway: `10.4.0.${node === 'n1' ? numberOf(other) : '1'}`,
      dev: 'kilo0',
      flags: ['onlink'],
    })),
  ),
)

/** Pods' packets go by a second network, which the API does not know. */
export const TWO_UPLINKS = each((node) =>
  all(
    link(node, 'eth1', null, `10.9.0.${numberOf(node)}`, 24),
    route(node, { dst: '10.9.0.0/24', dev: 'eth1', scope: 'link' }),
    toOthers(node, (other) => ({ gateway: `10.9.0.${numberOf(other)}`, dev: 'eth1' })),
  ),
)

/** A router of that second network leads on. */
export const TWO_UPLINKS_ROUTED = each((node) =>
  all(
    link(node, 'eth1', null, `10.${numberOf(node)}.0.9`, 24),
    route(node, { dst: `10.${numberOf(node)}.0.0/24`, dev: 'eth1', scope: 'link' }),
    toOthers(node, () => ({ gateway: `10.${numberOf(node)}.0.1`, dev: 'eth1' })),
  ),
)

/** Nodes have their addresses at the loopback interface, and two uplinks to routers that speak BGP. */
export const ADDRESS_ON_LOOPBACK = each((node) =>
  all(
    json(`nodes/${node}/ip-addr.json`, (every) => {
      const eth0 = every.find(({ ifname }) => ifname === 'eth0')
      const own = eth0.addr_info.find(({ local }: { local: string }) => local === addressOf(node))
      return every.map((one) => {
        if (one.ifname === 'lo') return { ...one, addr_info: [...one.addr_info, { ...own, prefixlen: 32 }] }
        return one === eth0 ? { ...one, addr_info: [{ ...own, local: `192.168.${numberOf(node)}.2` }] } : one
      })
    }),
    routes(node, (every) =>
      every.flatMap((one) => {
        if (one.dst === '172.30.0.0/24') return []
        return [one.dst === addressOf(node) ? { ...one, dev: 'lo' } : one]
      }),
    ),
    route(node, { dst: `192.168.${numberOf(node)}.0/24`, dev: 'eth0', scope: 'link' }),
    route(node, { dst: 'default', gateway: `192.168.${numberOf(node)}.1`, dev: 'eth0' }),
    ...others(node).map((other) =>
      route(node, { dst: addressOf(other), gateway: `192.168.${numberOf(node)}.1`, dev: 'eth0' }),
    ),
    toOthers(node, (other) => ({ gateway: addressOf(other), dev: 'eth0', flags: ['onlink'] })),
  ),
)

/** Amazon's plugin: a route for each pod's address, and a table for each further interface. */
export const AWS = each((node) =>
  all(
    toOthers(node, () => null),
    link(node, 'eth1', null, `172.30.1.1${numberOf(node)}`, 24),
    route(node, { dst: 'default', gateway: '172.30.0.1', dev: 'eth0' }),
    route(node, { dst: 'default', gateway: '172.30.1.1', dev: 'eth1', table: '2' }),
    rule(node, { priority: 512, dst: `10.244.${numberOf(node)}.0`, dstlen: 24, table: 'main' }),
    rule(node, { priority: 1024, fwmark: '0x80', fwmask: '0x80', table: 'main' }),
    rule(node, { priority: 1536, src: `10.244.${numberOf(node)}.0`, srclen: 24, table: '2' }),
    table(node, 'mangle', [
      '-A PREROUTING -i eth0 -m comment --comment "AWS, primary ENI" -m addrtype --dst-type LOCAL --limit-iface-in -j CONNMARK --set-xmark 0x80/0x80',
      '-A PREROUTING -i cni0 -m comment --comment "AWS, primary ENI" -j CONNMARK --restore-mark --nfmask 0x80 --ctmask 0x80',
    ]),
  ),
)

/** Firewalls that let answers pass, and what is new only from where it should come. */
export const FIREWALLS: Readonly<Record<string, Bend>> = {
  'what is no pod’s is dropped': each((node) =>
    table(node, 'filter', [
      '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A FORWARD -s 10.244.0.0/16 -j ACCEPT',
      '-A FORWARD -d 10.244.0.0/16 -j ACCEPT',
      '-A FORWARD -j DROP',
    ]),
  ),
  'a drop of INVALID packets': each((node) =>
    table(node, 'filter', [
      '-A FORWARD -m conntrack --ctstate INVALID -j DROP',
      '-A INPUT -m conntrack --ctstate INVALID -j DROP',
      '-A OUTPUT -m conntrack --ctstate INVALID -j DROP',
    ]),
  ),
  'INVALID packets dropped in mangle': each((node) =>
    table(node, 'mangle', [
      '-A PREROUTING -m conntrack --ctstate INVALID -j DROP',
      '-A PREROUTING -p tcp -m tcp ! --tcp-flags FIN,SYN,RST,ACK SYN -m conntrack --ctstate NEW -j DROP',
    ]),
  ),
  'docker beside it': each((node) =>
    table(node, 'filter', [
      ':DOCKER - [0:0]',
      ':DOCKER-USER - [0:0]',
      ':DOCKER-ISOLATION-STAGE-1 - [0:0]',
      ':DOCKER-ISOLATION-STAGE-2 - [0:0]',
      '-A FORWARD -j DOCKER-USER',
      '-A FORWARD -j DOCKER-ISOLATION-STAGE-1',
      '-A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A FORWARD -o docker0 -j DOCKER',
      '-A FORWARD -i docker0 ! -o docker0 -j ACCEPT',
      '-A FORWARD -i docker0 -o docker0 -j ACCEPT',
      '-A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2',
      '-A DOCKER-ISOLATION-STAGE-1 -j RETURN',
      '-A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP',
      '-A DOCKER-ISOLATION-STAGE-2 -j RETURN',
      '-A DOCKER-USER -j RETURN',
    ]),
  ),
  ufw: each((node) =>
    table(node, 'filter', [
      ':ufw-before-input - [0:0]',
      ':ufw-before-forward - [0:0]',
      ':ufw-user-forward - [0:0]',
      ':ufw-reject-forward - [0:0]',
      '-A INPUT -j ufw-before-input',
      '-A FORWARD -j ufw-before-forward',
      '-A FORWARD -j ufw-user-forward',
      '-A FORWARD -j ufw-reject-forward',
      '-A ufw-before-input -i lo -j ACCEPT',
      '-A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A ufw-before-input -m conntrack --ctstate INVALID -j DROP',
      '-A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A ufw-user-forward -s 10.244.0.0/16 -j ACCEPT',
      '-A ufw-user-forward -d 10.244.0.0/16 -j ACCEPT',
      '-A ufw-reject-forward -j REJECT --reject-with icmp-port-unreachable',
    ]),
  ),
  'nothing is tracked of the pods’ network': each((node) =>
    table(node, 'raw', [
      ':PREROUTING ACCEPT [0:0]',
      ':OUTPUT ACCEPT [0:0]',
      '-A PREROUTING -s 10.244.0.0/16 -d 10.244.0.0/16 -j CT --notrack',
    ]),
  ),
}
