/** What a move of kube-proxy to nftables mode would change: what shows it, and what comes near and must not. */
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../src/model/finding.ts'
import { type Bending, type Files, findingsIn, objects, replace } from './bend.ts'
import { all, type Bend, edit, filter, forwardDrop, NFT, rules, sysctl, text } from './bendings.ts'

const changes = async (bending: Bending): Promise<Finding[]> =>
  (await findingsIn({ service: 'shop/web-np', goal: 'nftables', ...bending })).filter(
    ({ code, node }) => code === 'SVP335' && node === 'n1',
  )

/** Subject and level of what is found on n1, besides the node port at all addresses, which is possible in every capture. */
const found = async (bending: Bending): Promise<string[]> =>
  (await changes(bending)).flatMap(({ subject, severity }) =>
    subject === 'node port 30080' ? [] : [`${severity} ${subject}`],
  )

const METRICS = 'nodes/n1/kube-proxy-metrics.txt'
const count = (name: string, value: number): Bend =>
  edit(METRICS, new RegExp(`^kubeproxy_iptables_${name} .*$`, 'm'), `kubeproxy_iptables_${name} ${value}`)
const connection = (line: string): Bend => edit('nodes/n1/conntrack.txt', /^/, `${line}\n`)
const to = (address: string, reply = '10.244.2.2', port = 8080) =>
  connection(
    `ipv4     2 tcp      6 99 TIME_WAIT src=172.30.0.3 dst=${address} sport=33250 dport=30080 src=${reply} dst=172.30.0.11 sport=${port} dport=7918 [ASSURED] mark=0 use=1`,
  )
const kernel = (version: string): Bend => text('nodes/n1/versions.txt', `kernel ${version}\n`)
const kubelet =
  (version: string) =>
  (files: Files): void =>
    objects(files, 'nodes', (items) => {
      for (const { status } of items) status.nodeInfo.kubeletVersion = version
    })
const build = (version: string): Bend =>
  edit(METRICS, /^/, `kubernetes_build_info{build_date="x",git_version="${version}",platform="linux/amd64"} 1\n`)

describe('what a service or node does today', () => {
  test.each<[string, Bend, string[]]>([
    ['nothing', () => {}, []],
    ['127.0.0.1, counted', count('localhost_nodeports_accepted_packets_total', 7), ['warning 127.0.0.1']],
    ['127.0.0.1, in conntrack', to('127.0.0.1'), ['warning 127.0.0.1']],
    [
      '127.0.0.1, possible',
      all(text(METRICS, ''), sysctl('n1', 'net.ipv4.conf.all.route_localnet', '1')),
      ['info 127.0.0.1'],
    ],
    [
      '127.0.0.1, which the kernel forbids',
      all(text(METRICS, ''), sysctl('n1', 'net.ipv4.conf.all.route_localnet', '0')),
      [],
    ],
    ['a program of the node at 127.0.0.1', to('127.0.0.1', '127.0.0.1', 30080), []],
    ['another address', to('10.244.1.1'), ['warning 10.244.1.1:30080']],
    ['the first address', to('172.30.0.11'), []],
    ['the address of another node', to('172.30.0.12'), []],
    ['INVALID drops, counted', count('ct_state_invalid_dropped_packets_total', 9), ['info INVALID packets']],
    [
      'INVALID drops on an old kernel',
      all(count('ct_state_invalid_dropped_packets_total', 9), kernel('5.15.0-91')),
      ['warning INVALID packets'],
    ],
    [
      'INVALID drops where conntrack is liberal',
      all(
        count('ct_state_invalid_dropped_packets_total', 9),
        sysctl('n1', 'net.netfilter.nf_conntrack_tcp_be_liberal', '1'),
      ),
      [],
    ],
    ['an old kernel', kernel('5.10.0-28-amd64'), ['warning kernel']],
    ['the oldest kernel that will do', kernel('5.13.0'), []],
    ['an old kubelet', kubelet('v1.28.4'), ['warning version']],
    ['an old kubelet, beside a kube-proxy that is new', all(kubelet('v1.28.4'), build('v1.33.0')), []],
    ['a kube-proxy with a beta', build('v1.32.9'), ['info version']],
    ['an old nft', text('nodes/n1/versions.txt', 'kernel 6.1.0\nnft nftables v0.9.8 (E.D.S.)\n'), ['info nft']],
    ['an nft that will do', text('nodes/n1/versions.txt', 'kernel 6.1.0\nnft nftables v1.0.1 (x)\n'), []],
    [
      'an add-on that marks by a chain of kube-proxy’s',
      edit(
        rules('n1'),
        /^(\*nat\n(?::.*\n)+)/m,
        '$1:WEAVE - [0:0]\n[1:60] -A WEAVE -d 10.9.0.0/16 -j KUBE-MARK-MASQ\n',
      ),
      ['warning WEAVE → KUBE-MARK-MASQ'],
    ],
    [
      'a jump out of a chain of kube-proxy’s',
      filter('n1', ':WATCH - [0:0]\n[0:0] -A KUBE-FORWARD -j WATCH\n[0:0] -A WATCH -j RETURN\n'),
      ['warning KUBE-FORWARD → WATCH'],
    ],
    [
      'chains of kube-router',
      filter(
        'n1',
        ':KUBE-POD-FW-X - [0:0]\n:KUBE-ROUTER-FORWARD - [0:0]\n[0:0] -A KUBE-ROUTER-FORWARD -j KUBE-POD-FW-X\n',
      ),
      [],
    ],
    ['a policy that drops', forwardDrop('n1'), ['warning FORWARD']],
    [
      'a policy that drops, and another rule',
      all(forwardDrop('n1'), filter('n1', '[0:0] -A FORWARD -s 10.244.0.0/16 -j ACCEPT\n')),
      ['info FORWARD'],
    ],
  ])('%s', async (_what, files, expected) => {
    expect(await found({ files })).toEqual(expected)
  })

  test('a node port at all addresses is possible, and no more than that', async () => {
    const [one] = (await changes({})).filter(({ subject }) => subject === 'node port 30080')
    expect(one).toMatchObject({ severity: 'info', evidence: [{ text: 'cni0 inet 10.244.1.1/24' }] })
    expect(one!.message).toContain('possible')
  })

  test('where addresses were chosen they stay', async () => {
    const files = edit(
      rules('n1'),
      '-m addrtype --dst-type LOCAL -j KUBE-NODEPORTS',
      '-d 172.30.0.0/24 -j KUBE-NODEPORTS',
    )
    expect(await changes({ files })).toEqual([])
  })

  test('a service without node ports has none to lose', async () => {
    expect(await changes({ service: 'shop/web', files: to('10.244.1.1') })).toEqual([])
  })
})

describe('IPVS', () => {
  test('a scheduler that is not in turn, and addresses that answer ping', async () => {
    expect(await found({ capture: 'k8s-1.32-ipvs-dualstack-lc' })).toEqual(['info scheduler lc', 'info ping'])
    expect(await found({ capture: 'k8s-1.32-ipvs' })).toEqual(['info ping'])
  })

  test('a scheduler by the client’s address is like affinity', async () => {
    const files = (all: Files) => {
      for (const path of all.keys())
        if (/n1\/ipvsadm-(Sn|Ln)/.test(path)) all.set(path, all.get(path)!.replaceAll(/\b(-s )?rr\b/g, '$1sh'))
    }
    expect(await found({ capture: 'k8s-1.32-ipvs', files })).toContain('warning scheduler sh')
  })

  test('what a virtual server counted at another address is use', async () => {
    const files = (all: Files) =>
      replace(all, 'nodes/n1/ipvsadm-Ln-stats-exact.txt', /^(TCP {2}10\.244\.1\.1:30080 +)0/m, '$14')
    const own = await changes({ capture: 'k8s-1.32-ipvs', files })
    expect(own.find(({ subject }) => subject === '10.244.1.1:30080')).toMatchObject({ severity: 'warning' })
  })

  test('addresses of load balancers answer ARP, where arp_ignore lets them', async () => {
    const capture = 'k8s-1.32-ipvs'
    expect(await found({ capture, service: 'shop/web-lb' })).toContain('info 203.0.113.10')
    const files = sysctl('n1', 'net.ipv4.conf.all.arp_ignore', '1')
    expect(await found({ capture, service: 'shop/web-lb', files })).not.toContain('info 203.0.113.10')
  })
})

test('nobody asked: nothing is said', async () => {
  const findings = await findingsIn({ service: 'shop/web-np', files: to('10.244.1.1') })
  expect(findings.filter(({ code }) => code === 'SVP335')).toEqual([])
})

test('in nftables mode there is nothing left to change', async () => {
  expect(await changes({ capture: NFT, files: kernel('5.10.0') })).toEqual([])
})

test('what was not read is named, and makes no finding', async () => {
  const files = (all: Files) => {
    for (const path of [
      'nodes/n1/conntrack.txt',
      METRICS,
      'nodes/n1/sysctl.txt',
      'nodes/n1/ip-addr.json',
      'nodes/n1/ip-link.json',
    ])
      all.delete(path)
    kubelet('v1.34.0')(all)
  }
  const findings = await findingsIn({ service: 'shop/web-np', goal: 'nftables', files })
  const own = findings.filter(({ code, node }) => (code === 'SVP335' || code === 'SVP802') && node === 'n1')
  expect(own.filter(({ code }) => code === 'SVP335')).toEqual([])
  const unread = own.filter(({ message }) => message.includes('SVP335')).map(({ subject }) => subject)
  expect(unread).toEqual(
    expect.arrayContaining([
      "the numbers of kube-proxy's own version",
      "the addresses of the node's interfaces",
      'the kernel settings',
      'the connections',
      "kube-proxy's counters",
    ]),
  )
})
