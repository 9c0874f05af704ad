/** SVP601 to SVP603 and SVP701 to SVP703: what is bent, and exactly what is told of it. */
import { describe, expect, test } from 'vitest'
import type { Observation } from '../../src/model/observation.ts'
import { type Bending, type Files, findingsIn, named, objects, replace } from './bend.ts'
import {
  all,
  asBending,
  type Bend,
  codesOf,
  conntrack,
  DUAL,
  each,
  edit,
  filter,
  NFT,
  NODES,
  nftTable,
  type Row,
  rules,
  text,
  unread,
} from './bendings.ts'

const IP = '10.96.244.84'
const SVC = 'KUBE-SVC-E3PXEPMWAWIUT6ZV'
const CLIENT = '10.244.1.3'

const entry = (client: string, port: number, reply: string, state = 'ESTABLISHED', flag = '') =>
  `ipv4     2 tcp      6 600 ${state} src=${client} dst=${IP} sport=${port} dport=80${flag ? ` [${flag}]` : ''} src=${reply} dst=${client} sport=${reply === IP ? 80 : 8080} dport=${port} [ASSURED] mark=0 use=1`
const dead = (client: string, port = 4001) => entry(client, port, '10.244.9.9')
const untranslated = (port: number, flag = 'UNREPLIED') => entry(CLIENT, port, IP, 'SYN_SENT', flag)

/** Without what the API says of endpoints. */
const alone: Bend = (files) => {
  for (const name of ['endpoints', 'endpointslices']) files.delete(`api/${name}.json`)
}

/** What is not known then. */
const UNREAD = ['SVP802', 'SVP802']

const partial = (observation: Observation): Observation => ({
  ...observation,
  cluster: { ...observation.cluster, endpointsArePartial: () => true },
})

/** The counters of the jumps to the endpoints on n1, and of the endpoints’ own rules. */
const counted =
  (jumps: readonly number[], own = jumps): Bend =>
  (files) => {
    const path = rules('n1')
    const chains = [...files.get(path)!.matchAll(new RegExp(`-A ${SVC} .*-j (KUBE-SEP-\\w+)`, 'g'))].map(
      ([, name]) => name,
    )
    for (const [i, chain] of chains.entries()) {
      replace(
        files,
        path,
        new RegExp(`\\[\\d+:\\d+\\] (-A ${SVC} .*-j ${chain}\\n)`),
        `[${jumps[i]}:${60 * jumps[i]!}] $1`,
      )
      replace(files, path, new RegExp(`\\[\\d+:\\d+\\] (-A ${chain} .*DNAT)`), `[${own[i]}:${60 * own[i]!}] $1`)
    }
  }

const policy = (podSelector: object): Bend =>
  text(
    'api/networkpolicies.json',
    JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'List', metadata: {} },
      items: [
        {
          ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
          ...{ metadata: { name: 'only-me', namespace: 'shop' }, spec: { podSelector } },
        },
      ],
    }),
  )

const inet = (name: string, ...lines: readonly string[]) =>
  `table inet ${name} {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy accept;\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n}`

const docker = (node: string): Bend =>
  all(
    edit(rules(node), /(\*filter\n:INPUT .*\n):FORWARD ACCEPT/, '$1:FORWARD DROP'),
    filter(
      node,
      [
        ':DOCKER - [0:0]',
        ':DOCKER-USER - [0:0]',
        ':DOCKER-ISOLATION-STAGE-1 - [0:0]',
        ':DOCKER-ISOLATION-STAGE-2 - [0:0]',
        '[0:0] -A FORWARD -j DOCKER-USER',
        '[0:0] -A FORWARD -j DOCKER-ISOLATION-STAGE-1',
        '[0:0] -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        '[0:0] -A FORWARD -o docker0 -j DOCKER',
        '[0:0] -A FORWARD -i docker0 ! -o docker0 -j ACCEPT',
        '[0:0] -A FORWARD -s 10.244.0.0/16 -j ACCEPT',
        '[0:0] -A FORWARD -d 10.244.0.0/16 -j ACCEPT',
        '[0:0] -A DOCKER-USER -j RETURN',
        '[0:0] -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2',
        '[0:0] -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP',
        '[0:0] -A DOCKER ! -i docker0 -o docker0 -j DROP',
        '',
      ].join('\n'),
    ),
  )

/** What an older firewalld has at the end of FORWARD, behind rules that let pods pass. */
const rejectAtEnd = each((node) => (files: Files) => {
  replace(
    files,
    rules(node),
    /(-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD\n)/,
    '$1[0:0] -A FORWARD -i cni0 -j ACCEPT\n[0:0] -A FORWARD -o cni0 -j ACCEPT\n',
  )
  replace(
    files,
    rules(node),
    /(\*filter\n[\s\S]*?)(\[\d+:\d+\] -A OUTPUT)/,
    '$1[0:0] -A FORWARD -j REJECT --reject-with icmp-host-prohibited\n$2',
  )
})

const six = (lines: string) => filter('n2', lines, 'nodes/n2/ip6tables-save.txt')
const ONLY_4: Bend = (files) =>
  objects(files, 'services', (items) => {
    const { spec } = named(items, 'web-dual')
    spec.clusterIPs = spec.clusterIPs.filter((one: string) => !one.includes(':'))
    Object.assign(spec, { clusterIP: spec.clusterIPs[0], ipFamilies: ['IPv4'] })
  })

const sent = (port: number, seconds: number) =>
  entry(CLIENT, port, '10.244.2.2', 'SYN_SENT', 'UNREPLIED').replace(' 600 ', ` ${seconds} `)

/** Two connections from n1 to an endpoint on n2 that nobody answers, with so many seconds left; n2 tracks another one. */
const lost = (seconds: number, ...arrived: readonly number[]): Bend =>
  all(
    unanswered(seconds),
    conntrack(
      'n2',
      ...[4100, ...arrived].map((port) =>
        entry(CLIENT, port, '10.244.2.2').replace(`dst=${IP}`, 'dst=10.244.2.2').replace('dport=80 ', 'dport=8080 '),
      ),
    ),
  )

/** Two that nobody answers. */
const unanswered = (timeout: number): Bend => conntrack('n1', sent(4001, timeout), sent(4002, timeout))

/** The uplinks of the nodes are tunnels, by which n2 heard and sent so many packets. */
const tunnel = (received: number, sending = 9, kind = 'gre'): Bend =>
  each((node) => (files) => {
    const stats64 = { rx: { packets: node === 'n2' ? received : 9 }, tx: { packets: node === 'n2' ? sending : 9 } }
    for (const name of ['link', 'addr']) {
      const path = `nodes/${node}/ip-${name}.json`
      const all = JSON.parse(files.get(path)!) as { ifname: string }[]
      for (const one of all) if (one.ifname === 'eth0') Object.assign(one, { linkinfo: { info_kind: kind }, stats64 })
      files.set(path, JSON.stringify(all))
    }
  })

const readAt = (node: string, time: string): Bend => edit(rules(node), /09:\d\d:\d\d/g, time)

const ROWS: readonly Row[] = [
  // SVP508
  ['two connections leave n1, and n2 has no trace of them', lost(90), ['SVP508 n1']],
  ['one of them arrived', lost(90, 4001), []],
  ['they were sent a moment ago', lost(119), []],
  ['n2 was read before they were sent', all(lost(90), readAt('n2', '09:00:00')), []],
  ['n2 was read long after', all(lost(90), readAt('n2', '09:59:00')), []],
  [
    'n2 drops what is forwarded to its pods',
    all(lost(90), filter('n2', '[0:0] -A FORWARD -d 10.244.2.2/32 -j DROP\n')),
    ['SVP403 n2'],
  ],
  // By a tunnel, whatever n2's list holds, and whenever it was read.
  ['n2 has heard nothing by its tunnel', all(unanswered(119), tunnel(0)), ['SVP508 n1']],
  ['n2 sends nothing by it either', all(unanswered(119), tunnel(0, 0)), []],
  ['n2 has heard something by its tunnel', all(unanswered(119), tunnel(1)), []],
  ['they do not leave by a tunnel', all(unanswered(119), tunnel(0, 9, 'bond')), []],
  ['one has no answer, by a tunnel', all(conntrack('n1', sent(4001, 119)), tunnel(0)), []],
  [
    'n2 drops what is forwarded, and has heard nothing',
    all(unanswered(119), tunnel(0), filter('n2', '[0:0] -A FORWARD -d 10.244.2.2/32 -j DROP\n')),
    ['SVP403 n2'],
  ],

  // SVP601
  ['a client is held to a dead endpoint', conntrack('n1', dead(CLIENT)), ['SVP601 n1']],
  ['endpoints are known only in part', { files: conntrack('n1', dead(CLIENT)), seen: partial }, []],
  ['the client is gone as well', conntrack('n1', dead('10.244.1.77')), []],
  ['the client may be the node, by its bridge', conntrack('n1', dead('10.244.1.1')), ['SVP601 n1']],
  ['the client is outside the pods’ networks', conntrack('n1', dead('192.168.7.7')), ['SVP601 n1']],
  [
    'many clients of one dead endpoint',
    conntrack('n1', ...[1, 2, 3, 4, 5].map((i) => dead(CLIENT, 4000 + i))),
    ['SVP601 n1'],
  ],
  ['connections were not read', { seen: unread('conntrack') }, NODES.map((node) => `SVP802 ${node}`)],

  // SVP602
  ['connections that nobody translated', conntrack('n1', untranslated(4002), untranslated(4003)), ['SVP602 n1']],
  ['something answers at the service’s address', conntrack('n1', untranslated(4002, '')), []],
  // Nothing of the API: the rules themselves say that there is something to translate to.
  [
    'nobody translated, by rules and conntrack alone',
    all(alone, conntrack('n1', untranslated(4002))),
    ['SVP602 n1', ...UNREAD],
  ],
  ['translated, by rules and conntrack alone', all(alone, conntrack('n1', dead(CLIENT, 4002))), UNREAD],
  [
    'nobody translated, and the rules reject',
    all(
      alone,
      edit(rules('n1'), new RegExp(`^.*-A KUBE-SERVICES -d ${IP}/32 .*\\n`, 'm'), ''),
      conntrack('n1', untranslated(4002)),
    ),
    UNREAD,
  ],

  // SVP603
  ['the service’s own rules dealt unevenly', counted([400, 20, 20, 20, 20]), ['SVP603 n1']],
  ['endpoints got more by other ways', counted([110, 95, 102, 99, 94], [600, 95, 102, 99, 94]), []],

  // SVP702
  ['a policy selects its pods', policy({}), ['SVP702']],
  [
    'its pods are in the nodes’ own network',
    all(policy({}), (files) =>
      objects(files, 'pods', (items) => {
        for (const { spec } of items) Object.assign(spec, { hostNetwork: true })
      }),
    ),
    [],
  ],

  // SVP703
  [
    'a hand-made inet filter',
    { capture: NFT, service: 'shop/web-dual', files: nftTable('n2', inet('filter', 'ip saddr 192.168.7.0/24 drop')) },
    ['SVP703 n2'],
  ],
  [
    'one that drops for others',
    {
      capture: NFT,
      service: 'shop/web-dual',
      files: nftTable(
        'n2',
        inet('filter', 'ip daddr 192.168.7.0/24 drop', 'ct state invalid drop', 'tcp dport 22 drop'),
      ),
    },
    [],
  ],
  [
    'one whose name begins as one of Kubernetes’',
    {
      capture: NFT,
      service: 'shop/web-dual',
      files: nftTable('n2', inet('filtering', 'ip saddr 192.168.7.0/24 drop')),
    },
    ['SVP703 n2'],
  ],
  [
    'a table of kube-router’s',
    {
      capture: NFT,
      service: 'shop/web-dual',
      files: nftTable('n2', inet('kube-network-policies', 'ip saddr 192.168.7.0/24 drop')),
    },
    [],
  ],
  [
    'an nft table of IPv6, for a service of IPv4',
    {
      capture: NFT,
      service: 'shop/web',
      files: nftTable('n2', inet('mine', 'ip6 saddr fd00:7::/64 drop').replace('inet', 'ip6')),
    },
    [],
  ],
  [
    'ufw of IPv6',
    {
      capture: DUAL,
      service: 'shop/web-dual',
      files: six(
        ':ufw6-before-forward - [0:0]\n[0:0] -A FORWARD -j ufw6-before-forward\n[0:0] -A ufw6-before-forward -s fd00:7::/64 -j DROP\n',
      ),
    },
    ['SVP703 n2'],
  ],
  [
    'ufw of IPv6, for a service of IPv4',
    {
      capture: DUAL,
      service: 'shop/web-dual',
      files: all(
        ONLY_4,
        six(
          ':ufw6-before-forward - [0:0]\n[0:0] -A FORWARD -j ufw6-before-forward\n[0:0] -A ufw6-before-forward -s fd00:7::/64 -j DROP\n',
        ),
      ),
    },
    [],
  ],
  ['broken packets are dropped', filter('n2', '[0:0] -A FORWARD -m conntrack --ctstate INVALID -j DROP\n'), []],
  [
    'packets from or to another bridge are dropped',
    filter('n2', '[0:0] -A FORWARD -i docker0 -j DROP\n[0:0] -A FORWARD -o weave -j DROP\n'),
    [],
  ],
  ['packets of somebody are dropped', filter('n2', '[0:0] -A FORWARD -s 192.168.7.0/24 -j DROP\n'), ['SVP703 n2']],
  ['what drops for certain is told once', filter('n2', '[0:0] -A FORWARD -d 10.244.2.4/32 -j DROP\n'), ['SVP403 n2']],
  ['Docker, and a CNI plugin that lets its pods pass', { service: 'shop/web-np', files: each(docker) }, []],
  ['Docker, and pods in the nodes’ own network', { service: 'shop/hostweb', files: each(docker) }, []],
  ['a REJECT behind what lets pods pass', { service: 'shop/web-np', files: rejectAtEnd }, []],
]

describe('connections, policies and host firewalls', () => {
  test.each(ROWS)('%s', async (_what, bending, expected) => {
    expect(codesOf(await findingsIn(asBending(bending))).sort()).toEqual([...expected].sort())
  })

  test('connections to one dead endpoint are counted, and the first clients named', async () => {
    const clients = [CLIENT, '192.168.7.1', '192.168.7.2', '192.168.7.3']
    const [found] = await findingsIn({ files: conntrack('n1', ...clients.map((client) => dead(client))) })
    expect(found!.message).toBe(
      `4 connections of ${CLIENT}, 192.168.7.1, 192.168.7.2 and 1 more to ${IP}:80 are still pinned by conntrack to 10.244.9.9:8080, which is no longer an endpoint: packets are lost until the entries expire`,
    )
    expect(found!.fix).toBe(`conntrack -D -p tcp --orig-dst ${IP} --reply-src 10.244.9.9  # on n1`)
    expect(found!.evidence).toHaveLength(3)
  })

  test('addresses of IPv6 stand in brackets', async () => {
    const bending: Bending = {
      ...{ capture: DUAL, service: 'shop/web-dual' },
      seen: (observation) => ({
        ...observation,
        nodes: observation.nodes.map((node) => ({
          ...node,
          conntrack: [
            {
              ...{ protocol: 'udp', state: null, timeout: 20, assured: false, unreplied: false },
              ...{ protocol: 'tcp', state: 'ESTABLISHED', source: { line: 1, text: 'tcp …' } },
              original: { source: 'fd00:7::1', destination: sixOf(observation), sourcePort: 4001, destinationPort: 80 },
              reply: { source: 'fd00:10:244:9::9', destination: 'fd00:7::1', sourcePort: 8080, destinationPort: 4001 },
            },
          ],
        })),
      }),
    }
    const [found] = await findingsIn(bending)
    expect(found).toMatchObject({ code: 'SVP601', subject: '[fd00:10:244:9::9]:8080' })
    expect(found!.message).toContain('pinned by conntrack to [fd00:10:244:9::9]:8080')
    expect(found!.fix).toMatch(/^conntrack -D -f ipv6 -p tcp --orig-dst fd00:/)
  })

  test('a chance that is too small for a number is told as such', async () => {
    const [found] = await findingsIn({ files: counted([900_000, 20, 20, 20, 20]) })
    expect(found!.message).toContain('p < 1e-300)')
    expect(found!.fix).toMatch(new RegExp(`^iptables -t nat -Z ${SVC} {2}# on n1`))
  })

  test('policies that were not read are worth knowing, live', async () => {
    const found = await findingsIn({ source: 'live' })
    expect(found.filter(({ subject }) => subject === 'the network policies')).toMatchObject([{ severity: 'info' }])
  })
})

function sixOf({ cluster }: Observation): string {
  const service = cluster.services!.find(({ name }) => name === 'web-dual')
  return service!.clusterIPs.find((one) => one.includes(':'))!
}
