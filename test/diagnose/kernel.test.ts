/** SVP401 to SVP408 and SVP501 to SVP507: what is bent, and exactly what is told of it. */
import { describe, expect, test } from 'vitest'
import type { Observation } from '../../src/model/observation.ts'
import { type Bending, findingsIn, named, objects, reportIn } from './bend.ts'
import {
  all,
  asBending,
  codesOf,
  DUAL,
  each,
  edit,
  filter,
  forwardDrop,
  json,
  LEGACY,
  links,
  NFT,
  NODES,
  nftTable,
  type Row,
  routes,
  rules,
  sysctl,
  text,
  unread,
  via,
  withoutRoute,
} from './bendings.ts'

const CALL = 'net.bridge.bridge-nf-call-iptables'
const POLICY =
  ':KUBE-POD-FW-X - [0:0]\n[0:0] -A FORWARD -d 10.244.2.2/32 -j KUBE-POD-FW-X\n[0:0] -A KUBE-POD-FW-X -j REJECT\n'
const SIX = (node: string) => `nodes/${node}/ip6tables-save.txt`
const FWD =
  'table inet fw {\n\tchain fwd {\n\t\ttype filter hook forward priority filter; policy drop;\n\t\tct state established,related accept\n\t}\n}'

/** The service has addresses of one family alone. */
const only = (family: 4 | 6) => (files: Parameters<typeof objects>[0]) =>
  objects(files, 'services', (items) => {
    const { spec } = named(items, 'web-dual')
    spec.clusterIPs = spec.clusterIPs.filter((one: string) => one.includes(':') === (family === 6))
    Object.assign(spec, { clusterIP: spec.clusterIPs[0], ipFamilies: [`IPv${family}`] })
  })

const neighbour = (state: string, device?: string) =>
  json('nodes/n2/ip-neigh.json', (every) => {
    const old = every.find(({ dst }) => dst === '172.30.0.11')
    const bent = { ...old, state: [state], ...(device ? { dev: device } : {}) }
    return device ? [bent, ...every] : every.map((one) => (one === old ? bent : one))
  })

const DETOUR = via('n2', '10.244.1.0/24', '172.30.0.13')

/** kube-proxy writes no such rule where conntrack takes packets liberally (KEP-less kubernetes#120354's nf_conntrack_tcp_be_liberal). */
const withoutInvalidDrop = (node: string) => edit(rules(node), /^.*--ctstate INVALID.*\n/m, '')

/** NodeLocal DNSCache: the cluster IP is an address of the node's own, and is not tracked. */
const nodeLocalDns = each((node) =>
  all(
    edit(
      rules(node),
      /$/,
      '*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n[0:0] -A PREROUTING -d 10.96.0.10/32 -p udp -m udp --dport 53 -m comment --comment "NodeLocal DNS Cache: skip conntrack" -j NOTRACK\nCOMMIT\n',
    ),
    routes(node, (every) => [
      ...every,
      { type: 'local', dst: '10.96.0.10', dev: 'nodelocaldns', table: 'local', scope: 'host', flags: [] },
    ]),
  ),
)

/** n1 hears from n2 by eth1, by IPv6 too; by IPv4 it sends there the same way. */
const sixByAnother = all(
  via('n2', 'fd00:10:244:1::/64', 'fd00:172:31::11'),
  via('n2', '10.244.1.0/24', '172.31.0.11'),
  routes('n1', (every) =>
    every.map((one) => (one.dst === '10.244.2.0/24' ? { ...one, gateway: '172.31.0.12', dev: 'eth1' } : one)),
  ),
  json('nodes/n1/ip-addr.json', (every) => [
    ...every,
    {
      ...{ ifindex: 99, ifname: 'eth1', flags: ['UP'], mtu: 1500, link_type: 'ether' },
      addr_info: [
        { family: 'inet', local: '172.31.0.11', prefixlen: 24, scope: 'global' },
        { family: 'inet6', local: 'fd00:172:31::11', prefixlen: 64, scope: 'global' },
      ],
    },
  ]),
  sysctl('n1', 'net.ipv4.conf.eth1.rp_filter', '1'),
)

const wide = all(
  links('n1', (one) => ({ ...one, mtu: 9000 })),
  (files) =>
    void files.set(
      'nodes/n1/pod-netns.txt',
      files.get('nodes/n1/pod-netns.txt')!.replaceAll('"mtu":1500', '"mtu":9000'),
    ),
)

const narrowBridge = links('n1', (one) => (one.ifname === 'cni0' ? { ...one, mtu: 1400 } : one))

const noRoutesOf =
  (name: string) =>
  (observation: Observation): Observation => ({
    ...observation,
    nodes: observation.nodes.map((node) => (node.name === name ? { ...node, routes: null } : node)),
  })

const ipRule = (node: string, change: Parameters<typeof json>[1]) => json(`nodes/${node}/ip-rule.json`, change)

const mainOfSixAlone = all(
  (files) => void files.set('nodes/n2/ip6-rule.json', files.get('nodes/n2/ip-rule.json')!),
  ipRule('n2', (every) => every.filter(({ table }) => table !== 'main')),
)

/** What amazon-vpc-cni makes for each pod: a rule, and a route to its interface. */
const podRules = (...addresses: readonly string[]) =>
  ipRule('n2', (every) => [...every, ...addresses.map((dst) => ({ priority: 512, src: 'all', dst, table: 'main' }))])
const podRoutes = (...addresses: readonly string[]) =>
  routes('n2', (every) => [...addresses.map((dst) => ({ dst, dev: 'cni0', scope: 'link', flags: [] })), ...every])

/** A route of a VPN client on n2, in place of one to the same network. */
const vpn = (dst: string) =>
  routes('n2', (every) => [
    ...every.filter((one) => one.dst !== dst),
    { dst, dev: 'tun0', protocol: 'static', flags: [] },
  ])

const ROWS: readonly Row[] = [
  // SVP401
  [
    'IPv4 is not forwarded, for a service of both families',
    { capture: DUAL, service: 'shop/web-dual', files: sysctl('n2', 'net.ipv4.ip_forward', '0') },
    ['SVP401 n2'],
  ],
  [
    'IPv4 is not forwarded, for a service of IPv6',
    { capture: DUAL, service: 'shop/web-dual', files: all(only(6), sysctl('n2', 'net.ipv4.ip_forward', '0')) },
    [],
  ],
  [
    'IPv6 is not forwarded, for a service of IPv6',
    { capture: DUAL, service: 'shop/web-dual', files: all(only(6), sysctl('n2', 'net.ipv6.conf.all.forwarding', '0')) },
    ['SVP401 n2'],
  ],
  [
    'IPv4 is not forwarded, for a headless service',
    { service: 'shop/web-headless', files: sysctl('n2', 'net.ipv4.ip_forward', '0') },
    ['SVP401 n2'],
  ],

  // SVP402
  ['br_netfilter is not loaded on one node', sysctl('n2', CALL, null), ['SVP402 n2']],
  [
    'the settings of bridges were asked for on no node',
    each((node) => sysctl(node, CALL, null)),
    NODES.map((node) => `SVP802 ${node}`),
  ],
  [
    'the settings of bridges were asked for, and are nowhere',
    each((node) => all(sysctl(node, CALL, null), sysctl(node, 'net.bridge', 'none'))),
    NODES.map((node) => `SVP402 ${node}`),
  ],
  [
    'sysctl did not find the settings of bridges',
    each((node) =>
      all(
        sysctl(node, CALL, null),
        edit(
          `nodes/${node}/sysctl.txt`,
          /$/,
          `sysctl: cannot stat /proc/sys/net/bridge/bridge-nf-call-iptables: No such file or directory\n`,
        ),
      ),
    ),
    NODES.map((node) => `SVP402 ${node}`),
  ],
  [
    'no pods are on bridges, and no settings of bridges are there',
    { capture: NFT, service: 'shop/web-dual', files: each((node) => sysctl(node, CALL, null)) },
    [],
  ],
  [
    'IPv6 passes by the rules',
    { capture: DUAL, service: 'shop/web-dual', files: sysctl('n2', 'net.bridge.bridge-nf-call-ip6tables', '0') },
    ['SVP402 n2'],
  ],
  [
    'IPv6 passes by the rules, for a service of IPv4',
    {
      capture: DUAL,
      service: 'shop/web-dual',
      files: all(only(4), sysctl('n2', 'net.bridge.bridge-nf-call-ip6tables', '0')),
    },
    [],
  ],

  // SVP403 beside SVP701
  [
    'two stops for one entry: a policy chain and a rule by hand',
    filter('n2', `${POLICY}[0:0] -A FORWARD -d 10.244.2.4/32 -j DROP\n`),
    ['SVP403 n2', 'SVP701 n2'],
  ],
  ['a policy chain that only other nodes meet', filter('n2', POLICY.replace('-d 10', '-i eth0 -d 10')), ['SVP701 n2']],
  [
    'a policy chain on the endpoint’s node, asked from a pod of another',
    {
      from: { kind: 'pod', namespace: 'shop', name: 'client', node: 'n1', addresses: ['10.244.1.3'] },
      files: filter('n2', POLICY),
    },
    ['SVP701 n2'],
  ],
  [
    'a comment that speaks of routes',
    filter('n2', '[0:0] -A FORWARD -d 10.244.0.0/16 -m comment --comment "do not route pods" -j DROP\n'),
    ['SVP403 n2'],
  ],
  [
    'an nft base chain at the hook forward, whatever its name',
    { capture: NFT, service: 'shop/web-dual', files: nftTable('n2', FWD) },
    ['SVP403 n2'],
  ],
  [
    'the policy of FORWARD, of IPv6',
    { capture: DUAL, service: 'shop/web-dual', files: forwardDrop('n2', SIX('n2')) },
    ['SVP403 n2'],
  ],

  // SVP403, of answers
  ['answers of a pod are dropped', filter('n2', '[0:0] -A FORWARD -s 10.244.2.4/32 -j DROP\n'), ['SVP403 n2']],
  [
    'what a pod sends is dropped, but not its answers',
    filter('n2', '[0:0] -A FORWARD -s 10.244.2.4/32 -m conntrack --ctstate NEW -j DROP\n'),
    ['SVP703 n2'],
  ],
  [
    'only what is established may come in from other nodes',
    filter(
      'n1',
      '[0:0] -A FORWARD -i eth0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n[0:0] -A FORWARD -i eth0 -s 10.244.2.4/32 -j DROP\n',
    ),
    ['SVP703 n1'],
  ],
  [
    'not even answers may come in from another node',
    filter('n1', '[0:0] -A FORWARD -i eth0 -s 10.244.2.0/24 -p tcp -m tcp --sport 8080 -j DROP\n'),
    ['SVP403 n1'],
  ],
  [
    'a port that clients use is closed',
    filter('n1', '[0:0] -A FORWARD -i eth0 -p tcp -m tcp --dport 40001 -j DROP\n'),
    [],
  ],

  // SVP404
  [
    'IPv6 comes in by another interface than it leaves by',
    { capture: DUAL, service: 'shop/web-dual', files: sixByAnother },
    [],
  ],

  // What was not collected
  ['the kernel settings were not read', { seen: unread('sysctls') }, NODES.map((node) => `SVP802 ${node}`)],
  ['the interfaces were not read', { seen: unread('links') }, NODES.map((node) => `SVP802 ${node}`)],
  ['the neighbours were not read', { seen: unread('neighbours') }, NODES.map((node) => `SVP802 ${node}`)],
  ['statistics and bridge ports are not asked of a recording', { seen: unread('conntrackStats', 'hairpin') }, []],
  ['the nodes were not read', { files: (files) => void files.delete('api/nodes.json') }, ['SVP802']],

  // SVP408
  [
    'a word in a comment takes nothing out of connection tracking',
    edit(
      rules('n1'),
      /$/,
      '*raw\n:PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n[0:0] -A PREROUTING -d 10.96.0.0/16 -m comment --comment "no NOTRACK here" -j ACCEPT\nCOMMIT\n',
    ),
    [],
  ],

  // SVP501
  [
    'a route is gone on n2, and those of n3 were not read',
    { files: withoutRoute('n2', '10.244.1.0/24'), seen: noRoutesOf('n3') },
    ['SVP501 n2', 'SVP802 n3'],
  ],

  // SVP502
  ['a detour by n3, which leads on, but drops what it saw one direction of', DETOUR, ['SVP502 n2']],
  ['a detour by n3, which leads on and drops nothing', all(DETOUR, withoutInvalidDrop('n3')), []],
  [
    'a detour by n3, which sends it back',
    all(via('n2', '10.244.1.0/24', '172.30.0.13'), via('n3', '10.244.1.0/24', '172.30.0.12')),
    ['SVP502 n2', 'SVP502 n3'],
  ],
  [
    'a detour by n3, which has no way',
    all(via('n2', '10.244.1.0/24', '172.30.0.13'), withoutRoute('n3', '10.244.1.0/24')),
    ['SVP501 n3', 'SVP502 n2'],
  ],
  [
    'a detour by n3, whose routes are not known',
    { files: via('n2', '10.244.1.0/24', '172.30.0.13'), seen: noRoutesOf('n3') },
    ['SVP502 n2', 'SVP802 n3'],
  ],

  // SVP504
  ['the bridge takes less than its pods', narrowBridge, ['SVP504 n1']],
  ['one node sends larger packets than the others take', wide, ['SVP504']],

  // SVP509
  [
    'no rule leads to the table main',
    ipRule('n2', (every) => every.filter(({ table }) => table !== 'main')),
    ['SVP501', 'SVP509 n2'],
  ],
  ['the rules of IPv6 lead to the table main, those of IPv4 do not', mainOfSixAlone, ['SVP501', 'SVP509 n2']],
  [
    'another pod of the node has a rule for its address',
    all(podRules('10.244.2.4'), podRoutes('10.244.2.2', '10.244.2.4')),
    ['SVP509 n2'],
  ],
  ['both have one', all(podRules('10.244.2.2', '10.244.2.4'), podRoutes('10.244.2.2', '10.244.2.4')), []],
  [
    'its route is another one, as that of a pod with its own interface',
    all(podRules('10.244.2.4'), podRoutes('10.244.2.4')),
    [],
  ],

  // SVP510
  ['a VPN takes pods of another node', vpn('10.244.1.4/32'), ['SVP510 n2']],
  ['a VPN takes addresses of another node that no pod has', vpn('10.244.1.128/25'), ['SVP510 n2']],
  ['a VPN takes the service range', vpn('10.96.0.0/12'), ['SVP510 n2']],
  [
    'a VPN has the whole of 10/8: longer routes win, but for services',
    { service: 'shop/web-headless', files: vpn('10.0.0.0/8') },
    [],
  ],
  ['the nodes reach each other by the VPN', all(vpn('172.30.0.11/32'), vpn('10.244.1.0/24')), []],

  // SVP506
  ['the next hop is unknown on another interface', neighbour('FAILED', 'eth1'), []],
  ['the next hop has failed', neighbour('FAILED'), ['SVP506 n2']],
  ['the next hop is being asked for', neighbour('INCOMPLETE'), ['SVP506 n2']],
]

describe('the kernel, links and routes', () => {
  test.each(ROWS)('%s', async (_what, bending, expected) => {
    expect(codesOf(await findingsIn(asBending(bending))).sort()).toEqual([...expected].sort())
  })

  test('a pod that is given itself and is not masqueraded is not reached, any other is', async () => {
    const own = '10.244.1.4'
    const from = { kind: 'pod', namespace: 'shop', name: 'web-66877cb9fb-2pkt5', node: 'n1', addresses: [own] } as const
    const unmarked = edit(rules('n1'), /^.*-s 10\.244\.1\.4\/32 .*"shop\/web" .*KUBE-MARK-MASQ\n/m, '')
    const report = await reportIn({ from, files: unmarked })
    const fates = report.nodes[0]!.entries[0]!.endpoints.map(({ address, fate }) => [address, fate])
    expect(fates).toContainEqual([own, 'drop'])
    expect(fates.filter(([, fate]) => fate === 'drop')).toHaveLength(1)
    expect(await reportIn({ from })).toMatchObject({ verdict: 'reachable' })
  })

  test('each stop has its own chain, evidence and clients', async () => {
    const found = await findingsIn({ files: filter('n2', `${POLICY}[0:0] -A FORWARD -d 10.244.2.4/32 -j DROP\n`) })
    expect(found).toMatchObject([
      {
        ...{ code: 'SVP403', subject: 'FORWARD', clients: NODES.map((node) => `pods on ${node}`) },
        evidence: [{ text: '[0:0] -A FORWARD -d 10.244.2.4/32 -j DROP' }],
        fix: "iptables -t filter -D FORWARD -d 10.244.2.4/32 -j DROP  # on n2; or accept the pods' networks before it",
      },
      { code: 'SVP701', subject: 'KUBE-POD-FW-X', evidence: [{ text: '[0:0] -A KUBE-POD-FW-X -j REJECT' }] },
    ])
  })

  test('a stop hits the clients of every entry that leads there', async () => {
    const [found] = await findingsIn({
      service: 'shop/web-np',
      files: filter('n2', '[0:0] -A FORWARD -d 10.244.2.4/32 -j DROP\n'),
    })
    const clients = NODES.flatMap((node) => [`pods on ${node}`, `outside clients that arrive at ${node}`])
    expect([found!.code, [...found!.clients].sort()]).toEqual(['SVP403', clients.sort()])
  })

  test.each<[what: string, bending: Bending, fix: RegExp]>([
    [
      'IPv6',
      { capture: DUAL, service: 'shop/web-dual', files: forwardDrop('n2', SIX('n2')) },
      /^ip6tables -t filter -P FORWARD ACCEPT {2}# on n2/,
    ],
    [
      'legacy',
      { capture: LEGACY, files: forwardDrop('n1', 'nodes/n1/iptables-legacy-save.txt') },
      /^iptables-legacy -t filter -P FORWARD ACCEPT {2}# on n1/,
    ],
    [
      'nft',
      { capture: NFT, service: 'shop/web-dual', files: nftTable('n2', FWD) },
      /^nft add chain inet fw fwd '{ policy accept; }' {2}# on n2/,
    ],
    ['iptables', { files: forwardDrop('n1') }, /^iptables -t filter -P FORWARD ACCEPT {2}# on n1/],
  ])('a policy is mended with the tool that it was set with: %s', async (_what, bending, fix) => {
    const found = (await findingsIn(bending)).find(({ code }) => code === 'SVP403')
    expect(found?.fix).toMatch(fix)
  })

  test('br_netfilter is loaded nowhere: svcpath’s own script would have seen it', async () => {
    const found = await findingsIn({ source: 'live', files: each((node) => sysctl(node, CALL, null)) })
    const told = found.filter(({ code }) => code === 'SVP402')
    expect(told.map(({ node, subject }) => [node, subject])).toEqual(NODES.map((node) => [node, 'br_netfilter']))
  })

  test('bridged answers concern the node’s own pods alone', async () => {
    const [found] = await findingsIn({ service: 'shop/web-np', files: sysctl('n2', CALL, '0') })
    expect(found).toMatchObject({ code: 'SVP402', clients: ['pods on n2'] })
  })

  test('who forwards nothing is named with the family, and hits those that are led to its pods', async () => {
    const [found] = await findingsIn({
      capture: DUAL,
      service: 'shop/web-dual',
      files: sysctl('n2', 'net.ipv6.conf.all.forwarding', '0'),
    })
    expect(found!.message).toContain('n2 forwards no IPv6 packets')
    expect([...found!.clients].sort()).toEqual(NODES.map((node) => `pods on ${node}`))
  })

  test('NodeLocal DNSCache wants no tracking', async () => {
    const found = await findingsIn({ service: 'kube-system/kube-dns', files: nodeLocalDns })
    expect(codesOf(found).filter((one) => one.startsWith('SVP408'))).toEqual([])
  })

  test('a node without a default route has no way out for its own processes', async () => {
    const found = await findingsIn({ from: { kind: 'node', name: 'n1' } })
    const codes = found.filter(({ code }) => code === 'SVP501').map(({ subject, clients }) => [subject, clients])
    expect(codes).toEqual([['10.96.244.84:80/tcp', ['the node n1']]])
  })

  test('what is led to no address at all wants no route', async () => {
    const files = edit(rules('n2'), /(BWKO2ZW4IRW35RFX .*--to-destination) 10.244.1.4:8080/, '$1 0.0.0.0:8080')
    expect(codesOf(await findingsIn({ files }))).not.toContain('SVP501 n2')
  })

  test('a wrong route is told once, with all that it leads astray', async () => {
    const found = await findingsIn({
      files: all(via('n3', '10.244.2.0/24', '172.30.0.11'), via('n1', '10.244.2.0/24', '172.30.0.13')),
    })
    expect(found.map(({ code, node, severity }) => [code, node, severity])).toEqual([
      ['SVP502', 'n1', 'error'],
      ['SVP502', 'n3', 'error'],
    ])
  })

  test.each([
    ['SVP506', neighbour('INCOMPLETE'), 'warning'],
    ['SVP506', neighbour('FAILED'), 'error'],
  ])('%s: how bad it is', async (code, files, severity) => {
    expect(await findingsIn({ files })).toMatchObject([{ code, severity }])
  })

  test('statistics and bridge ports that were not read are worth knowing, live', async () => {
    const found = await findingsIn({ source: 'live', seen: unread('conntrackStats', 'hairpin') })
    const told = found.filter(({ subject }) => /statistics|bridges/.test(subject))
    expect(told.map(({ severity, node, subject }) => [severity, node, subject])).toEqual(
      expect.arrayContaining([
        ['info', 'n1', 'the statistics of connection tracking'],
        ['info', 'n1', 'the ports of bridges'],
      ]),
    )
  })

  test('a kernel that is known to be right is not told of', async () => {
    expect(await findingsIn({ files: text('nodes/n1/versions.txt', 'kernel 6.1.0-28-amd64\nclock 1\n') })).toEqual([])
  })
})
