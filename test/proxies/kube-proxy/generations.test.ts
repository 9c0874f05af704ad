/** Facts that each generation of kube-proxy writes in another place. */
import { expect, test } from 'vitest'
import { formatCidr } from '../../../src/model/address.ts'
import { clusterCidrs } from '../../../src/proxies/kube-proxy/cluster-cidrs.ts'
import { masqueradesAtRandom } from '../../../src/proxies/kube-proxy/helper-chains.ts'
import { capturePath } from '../../fixtures.ts'
import { entryOf, nodeOf, observe, observeFiles, trace, traceIn } from '../../observations.ts'

const NAT = (lines: string) => `*nat\n:PREROUTING ACCEPT [0:0]\n${lines}COMMIT\n`
const NFT = (chains: string) => `table ip kube-proxy {\n${chains}}\n`
const of = async (text: string) => (await observeFiles({ 'nodes/n1/rules.txt': text })).nodes[0]!

test.each([
  [
    'up to 1.20',
    NAT('-A KUBE-SERVICES ! -s 10.244.0.0/16 -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j KUBE-MARK-MASQ\n'),
  ],
  [
    'from 1.21',
    NAT(
      '-A KUBE-SVC-AAAAAAAAAAAAAAAA ! -s 10.244.0.0/16 -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j KUBE-MARK-MASQ\n',
    ),
  ],
  [
    'for outside traffic, up to 1.23',
    NAT('-A KUBE-XLB-AAAAAAAAAAAAAAAA -s 10.244.0.0/16 -j KUBE-SVC-AAAAAAAAAAAAAAAA\n'),
  ],
  ['for outside traffic', NAT('-A KUBE-EXT-AAAAAAAAAAAAAAAA -s 10.244.0.0/16 -j KUBE-SVC-AAAAAAAAAAAAAAAA\n')],
  [
    'in nftables mode up to 1.33',
    NFT(
      'chain service-AAAAAAAA-a/b/tcp/ {\nip daddr 10.96.0.1 tcp dport 443 ip saddr != 10.244.0.0/16 jump mark-for-masquerade\n}\n',
    ),
  ],
  [
    'in nftables mode from 1.34',
    NFT('chain services {\nip daddr @cluster-ips ip saddr != 10.244.0.0/16 meta mark set meta mark | 0x00004000\n}\n'),
  ],
  [
    'for outside traffic in nftables mode',
    NFT('chain external-AAAAAAAA-a/b/tcp/ {\nip saddr 10.244.0.0/16 goto service-AAAAAAAA-a/b/tcp/\n}\n'),
  ],
])('the pods’ network is read %s', async (_when, text) => {
  expect(clusterCidrs(await of(text), 4).map(formatCidr)).toEqual(['10.244.0.0/16'])
})

test.each([
  ['source ranges', NAT('-A KUBE-FW-AAAAAAAAAAAAAAAA -s 192.0.2.0/24 -j KUBE-SVC-AAAAAAAAAAAAAAAA\n')],
  ['source ranges of later ones', NAT('-A KUBE-FW-AAAAAAAAAAAAAAAA -s 192.0.2.0/24 -j KUBE-EXT-AAAAAAAAAAAAAAAA\n')],
  ['an endpoint’s hairpin', NAT('-A KUBE-SEP-AAAAAAAAAAAAAAAA -s 10.244.1.5/32 -j KUBE-MARK-MASQ\n')],
  ['somebody’s own rules', NAT('-A MINE ! -s 192.0.2.0/24 -j KUBE-MARK-MASQ\n')],
])('%s are no network of pods', async (_what, text) => {
  expect(clusterCidrs(await of(text), 4)).toEqual([])
})

test.each([
  ['iptables', NAT('-A KUBE-POSTROUTING -j MASQUERADE --random-fully\n'), true],
  ['iptables without', NAT('-A KUBE-POSTROUTING -j MASQUERADE\n'), false],
  ['nftables', NFT('chain masquerading {\nmasquerade fully-random\n}\n'), true],
  ['nftables without', NFT('chain masquerading {\nmasquerade\n}\n'), false],
  ['nothing', NAT(''), null],
])('whether ports are random is read of %s', async (_what, text, random) => {
  expect(masqueradesAtRandom(await of(text))).toBe(random)
})

test('with policy Local a healthy cluster of 1.33 is known to the end', async () => {
  const report = await trace('services/k8s-1.33-nftables-web-local', 'shop/web-local')
  expect(report.nodes.map(({ name, verdict }) => [name, verdict])).toEqual([
    ['n1', 'degraded'],
    ['n2', 'reachable'],
    ['n3', 'degraded'],
  ])
  // The drop says by itself that no endpoint is local.
  expect(entryOf(nodeOf(report, 'n1'), 'nodePort').evidence.map(({ says }) => says)).toEqual(['noLocalEndpoints'])
})

test('an endpoint’s chain of nftables mode that is not in the text names its endpoint', async () => {
  const text = `table ip kube-proxy {
  map service-ips {
    type ipv4_addr . inet_proto . inet_service : verdict
    elements = { 10.96.10.20 . tcp . 80 : goto service-AAAAAAAA-shop/web/tcp/ }
  }
  chain services {
    ip daddr . meta l4proto . th dport vmap @service-ips
  }
  chain service-AAAAAAAA-shop/web/tcp/ {
    ip daddr 10.96.10.20 tcp dport 80 ip saddr != 10.244.0.0/16 jump mark-for-masquerade
    numgen random mod 1 vmap { 0 : goto endpoint-BBBBBBBB-shop/web/tcp/__10.244.1.5/8080 }
  }
}
`
  const report = traceIn(await observeFiles({ 'nodes/n1/rules.txt': text }), 'shop/web')
  const { endpoints } = entryOf(nodeOf(report, 'n1'), 'clusterIP')
  expect(endpoints).toMatchObject([{ address: '10.244.1.5', port: 8080, known: 'hash', probability: 1 }])
})

test('the capture is what its name says', async () => {
  const { cluster } = await observe(capturePath('services/k8s-1.33-nftables-web-local'))
  expect(cluster.version).toMatch(/1\.3\d/)
})
