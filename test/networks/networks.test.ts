/** Networks as people run them: a healthy one is reachable and has no error, whoever asks, and what is broken in it is found where it is. */
import { describe, expect, test } from 'vitest'
import type { From } from '../../src/model/query.ts'
import { type Bending, reportIn } from '../diagnose/bend.ts'
import { all, type Bend, codesOf, filter, withoutRoute } from '../diagnose/bendings.ts'
import {
  ADDRESS_ON_LOOPBACK,
  AWS,
  addressOf,
  CALICO_IPIP,
  CALICO_IPIP_PLAIN,
  CALICO_VXLAN,
  CALICO_WIREGUARD,
  CLOUD_ROUTES,
  DEFAULT,
  FIREWALLS,
  FLANNEL,
  filterPaths,
  KILO,
  podsOf,
  route,
  rule,
  TWO_ROUTERS,
  TWO_UPLINKS,
  TWO_UPLINKS_ROUTED,
  toOthers,
} from './networks.ts'

const DEVICES = ['flannel/1', 'tunl0', 'vxlan/calico', 'wireguard/cali', 'kilo0', 'eth1', 'lo']
const STRICT = filterPaths('1', ...DEVICES)
const LOOSE = filterPaths('2', ...DEVICES)

const NETWORKS: Readonly<Record<string, Bend>> = {
  'routes between the nodes': all(DEFAULT, STRICT),
  'flannel with VXLAN': all(FLANNEL, DEFAULT, STRICT),
  'Calico with IPIP': all(CALICO_IPIP, DEFAULT, STRICT),
  'Calico with IPIP, of which nobody read the kind of the interfaces': all(CALICO_IPIP_PLAIN, DEFAULT, STRICT),
  'Calico with VXLAN': all(CALICO_VXLAN, DEFAULT, STRICT),
  'Calico with WireGuard': all(CALICO_WIREGUARD, DEFAULT, STRICT),
  'routes of a cloud': all(CLOUD_ROUTES, STRICT),
  'a mesh with a hub': all(KILO, DEFAULT, STRICT),
  'a second network for pods': all(TWO_UPLINKS, DEFAULT, STRICT),
  'a second network for pods with a router': all(TWO_UPLINKS_ROUTED, DEFAULT, STRICT),
  'two routers for everything': all(TWO_ROUTERS, STRICT),
  'addresses at loopback': all(ADDRESS_ON_LOOPBACK, STRICT),
  'several interfaces of Amazon’s': all(AWS, LOOSE),
}

const POD = { kind: 'pod', namespace: 'shop', name: 'client', node: 'n1', addresses: ['10.244.1.3'] } as const
const CLIENTS: Readonly<Record<string, From | null>> = {
  anybody: null,
  'a pod': POD,
  'a node': { kind: 'node', name: 'n1' },
}

const said = async (bending: Bending) => {
  const { verdict, findings } = await reportIn(bending)
  return [verdict, ...codesOf(findings.filter(({ severity }) => severity === 'error'))]
}

describe.each(Object.entries(NETWORKS))('%s', (_, network) => {
  test.each(['shop/web', 'shop/web-np', 'shop/web-lb-local', 'shop/web-headless'])(
    '%s is reachable',
    async (service) => {
      for (const [who, from] of Object.entries(CLIENTS)) {
        // What pods send to the ports of other nodes is masqueraded by flannel alone here, without which they get no answer.
        if (service === 'shop/web-lb-local' && from === POD && network !== NETWORKS['flannel with VXLAN']) continue
        expect([who, ...(await said({ service, files: network, ...(from ? { from } : {}) }))]).toEqual([
          who,
          'reachable',
        ])
      }
    },
  )
})

test.each(Object.entries(FIREWALLS))('a firewall: %s', async (_, firewall) => {
  for (const network of [all(FLANNEL, DEFAULT, STRICT), all(CALICO_IPIP, DEFAULT)])
    for (const service of ['shop/web', 'shop/web-np', 'shop/web-headless'])
      expect(await said({ service, files: all(network, firewall) })).toEqual(['reachable'])
})

test('a table of its own shows by which interface packets leave', async () => {
  const { nodes } = await reportIn({ files: CALICO_WIREGUARD })
  const { endpoints } = nodes.find(({ name }) => name === 'n1')!.entries[0]!
  const ways = endpoints.map(({ node, link }) => [node, link.interface, link.via])
  expect(ways.filter(([node]) => node !== 'n1')).toEqual([
    ...['n2', 'n2', 'n3', 'n3'].map((node) => [node, 'wireguard.cali', null]),
  ])
})

test('a route that a rule of ip rule may replace is not blamed', async () => {
  const wrong = toOthers('n1', (other) => ({ gateway: other === 'n2' ? '172.30.0.13' : '172.30.0.12', dev: 'eth0' }))
  expect(await said({ files: wrong })).toEqual(['degraded', 'SVP502 n1', 'SVP502 n1'])
  const replaced = all(
    wrong,
    rule('n1', { priority: 50, uid_start: 0, uid_end: 10, table: '7' }),
    rule('n1', { priority: 51, tun_id: 5, tos: '0x10', table: '7' }),
    route('n1', { dst: '10.244.2.0/24', gateway: '172.30.0.12', dev: 'eth0', table: '7' }),
    route('n1', { dst: '10.244.3.0/24', gateway: '172.30.0.13', dev: 'eth0', table: '7' }),
  )
  for (const service of ['shop/web', 'shop/web-headless'])
    expect(await said({ service, files: replaced })).toEqual(['unknown'])
})

test('a route with two hops is followed by both', async () => {
  const hops = [addressOf('n2'), addressOf('n3')].map((gateway) => ({ gateway, dev: 'eth0', weight: 1, flags: [] }))
  const { verdict, nodes, findings } = await reportIn({
    files: toOthers('n1', () => ({ nexthops: hops, dev: undefined })),
  })
  expect(verdict).toBe('unknown')
  expect(findings.filter(({ severity }) => severity === 'error')).toEqual([])
  expect(nodes.find(({ name }) => name === 'n1')!.entries[0]!.reason).toMatch(
    /^its packets may be treated as INVALID on n3: a rule of KUBE-FORWARD/,
  )
})

const BROKEN: readonly (readonly [string, Bending, readonly string[]])[] = [
  [
    'flannel’s route back is gone',
    { files: all(FLANNEL, withoutRoute('n2', podsOf('n1'))) },
    ['degraded', 'SVP501 n2'],
  ],
  [
    'flannel’s route back is gone, and masqueraded packets of a node need it',
    {
      service: 'shop/web-np',
      files: all(
        FLANNEL,
        DEFAULT,
        STRICT,
        toOthers('n2', (other) => (other === 'n1' ? null : {})),
      ),
    },
    ['degraded', 'SVP404 n2'],
  ],
  [
    'n2 answers past the tunnel',
    {
      files: all(
        CALICO_IPIP,
        STRICT,
        toOthers('n2', () => ({ gateway: '172.30.0.11', dev: 'eth0' })),
      ),
    },
    ['degraded', 'SVP404 n2', 'SVP404 n1'],
  ],
  [
    'the hub lets nothing pass from node to node',
    { files: all(KILO, DEFAULT, filter('n1', '[0:0] -A FORWARD -i kilo0 -o kilo0 -j DROP\n')) },
    ['degraded', 'SVP403 n1'],
  ],
  [
    'a cloud’s node lets no answer in',
    { files: all(CLOUD_ROUTES, filter('n1', '[0:0] -A FORWARD -i eth0 -o cni0 -p tcp -m tcp --sport 8080 -j DROP\n')) },
    ['degraded', 'SVP403 n1'],
  ],
  [
    'pods ask the ports of other nodes, and nothing masquerades them',
    { service: 'shop/web-lb-local', from: POD, files: DEFAULT },
    ['degraded'],
  ],
]

test.each(BROKEN)('broken: %s', async (_, bending, expected) => {
  expect(await said(bending)).toEqual(expected)
})
