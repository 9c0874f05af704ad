/** Faults made for real in the lab: each must be found by its code on its node, and be gone when the lab is mended. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Finding } from '../../src/model/finding.ts'
import type { PathReport } from '../../src/model/report.ts'
import { LabCluster, type NodeName } from '../lab/cluster/cluster.ts'
import { isLeftOut } from '../needs.ts'

interface Fault {
  code: string
  name: string
  node: NodeName
  /** `web` where it does not say. */
  service?: string
  inject: string
  /** Rules are put back as they were, whatever is said here. */
  mend?: string
}

/** What the scripts stand on: addresses and chains of the lab, as shell variables. */
let about = ''
let lab: LabCluster

const WITHOUT_SERVICE = `for t in nat filter; do iptables-nft -t $t -S KUBE-SERVICES | grep -F -- "-d $IP/32" | sed 's/^-A/-D/' | while read -r rule; do eval iptables-nft -t $t $rule; done; done`

const FAULTS: readonly Fault[] = [
  {
    code: 'SVP301',
    name: 'the nat table is empty',
    node: 'n2',
    inject: 'iptables-nft -t nat -F; iptables-nft -t nat -X',
  },
  { code: 'SVP302', name: 'the service has no rule', node: 'n2', inject: WITHOUT_SERVICE },
  {
    code: 'SVP303',
    name: 'a chain leads to a pod that is gone',
    node: 'n2',
    inject: 'iptables-nft -t nat -F $SEP; iptables-nft -t nat -A $SEP -p tcp -j DNAT --to-destination 10.244.2.99:8080',
  },
  {
    code: 'SVP304',
    name: 'an endpoint has no rule',
    node: 'n2',
    inject: `iptables-nft -t nat -S $SVC | grep -- "-j $SEP" | sed 's/^-A/-D/' | while read -r rule; do eval iptables-nft -t nat $rule; done`,
  },
  {
    code: 'SVP305',
    name: 'a share is set by hand',
    node: 'n2',
    inject: `n=$(iptables-nft -t nat -S $SVC | grep -- '^-A' | grep -n statistic | head -n 1 | cut -d: -f1)
      s=$(iptables-nft -t nat -S $SVC | grep -- '^-A' | grep statistic | head -n 1 | sed 's/.* -j //')
      iptables-nft -t nat -R $SVC $n -m statistic --mode random --probability 0.9 -j $s`,
  },
  {
    code: 'SVP306',
    name: 'old rules are left in the legacy back end',
    node: 'n3',
    inject: `iptables-legacy -t nat -N KUBE-SERVICES; iptables-legacy -t nat -A PREROUTING -j KUBE-SERVICES
      iptables-legacy -t nat -A KUBE-SERVICES -d $IP/32 -p tcp --dport 80 -j DNAT --to-destination 10.244.9.9:8080`,
    mend: 'iptables-legacy -t nat -F; iptables-legacy -t nat -X',
  },
  {
    code: 'SVP307',
    name: 'a DNAT leads to 0.0.0.0',
    node: 'n2',
    inject: 'iptables-nft -t nat -F $SEP; iptables-nft -t nat -A $SEP -p tcp -j DNAT --to-destination 0.0.0.0:8080',
  },
  {
    code: 'SVP309',
    name: 'nodes lead to other endpoints',
    node: 'n2',
    inject: `iptables-nft -t nat -S $SVC | grep -- "-j $SEP" | sed 's/^-A/-D/' | while read -r rule; do eval iptables-nft -t nat $rule; done`,
  },
  {
    code: 'SVP310',
    name: 'a REJECT although endpoints are ready',
    node: 'n2',
    inject: `${WITHOUT_SERVICE}; iptables-nft -A KUBE-SERVICES -d $IP/32 -p tcp -m tcp --dport 80 -m comment --comment "shop/web has no endpoints" -j REJECT`,
  },
  {
    code: 'SVP314',
    name: 'nothing sets the mark to masquerade',
    node: 'n1',
    service: 'web-np',
    inject: 'iptables-nft -t nat -F KUBE-MARK-MASQ',
  },
  {
    code: 'SVP315',
    name: 'prerouting does not lead to the service rules',
    node: 'n2',
    inject: `iptables-nft -t nat -S PREROUTING | grep -- '-j KUBE-SERVICES' | sed 's/^-A/-D/' | while read -r rule; do eval iptables-nft -t nat $rule; done`,
  },
  {
    code: 'SVP315',
    name: 'an earlier rule takes the packet',
    node: 'n2',
    inject: 'iptables-nft -t nat -I PREROUTING -d 10.96.0.0/16 -j ACCEPT',
  },
  {
    code: 'SVP316',
    name: 'kube-proxy hangs',
    node: 'n2',
    inject: 'pkill -USR1 -f kube-proxy.ts',
    mend: 'pkill -USR1 -f kube-proxy.ts',
  },
  {
    code: 'SVP321',
    name: 'the health-check node port is closed',
    node: 'n2',
    service: 'web-lb-local',
    inject: 'pkill -USR2 -f kube-proxy.ts',
    mend: 'pkill -USR2 -f kube-proxy.ts; sleep 1',
  },
  {
    code: 'SVP401',
    name: 'the node forwards nothing',
    node: 'n3',
    inject: 'echo 0 > /proc/sys/net/ipv4/ip_forward',
    mend: 'echo 1 > /proc/sys/net/ipv4/ip_forward',
  },
  {
    code: 'SVP402',
    name: 'bridged packets pass by the rules',
    node: 'n2',
    inject: 'echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables',
    mend: 'echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables',
  },
  { code: 'SVP403', name: 'the policy of FORWARD is DROP', node: 'n1', inject: 'iptables-nft -P FORWARD DROP' },
  {
    code: 'SVP405',
    name: 'the table of connections is nearly full',
    node: 'n2',
    inject: `echo 1000 > /mnt/max; echo 970 > /mnt/count
      mount --bind /mnt/max /proc/sys/net/netfilter/nf_conntrack_max; mount --bind /mnt/count /proc/sys/net/netfilter/nf_conntrack_count`,
    mend: 'umount /proc/sys/net/netfilter/nf_conntrack_max /proc/sys/net/netfilter/nf_conntrack_count',
  },
  {
    code: 'SVP408',
    name: 'service traffic is not tracked',
    node: 'n2',
    inject: 'iptables-nft -t raw -A PREROUTING -d 10.96.0.0/16 -j NOTRACK',
    mend: 'iptables-nft -t raw -F',
  },
  {
    code: 'SVP501',
    name: 'a route is gone',
    node: 'n2',
    inject: 'ip route del 10.244.1.0/24',
    mend: 'ip route add 10.244.1.0/24 via 172.30.0.11',
  },
  {
    code: 'SVP503',
    name: 'the interface of a pod is down',
    node: 'n2',
    inject: 'ip link set $VETH down',
    mend: 'ip link set $VETH up',
  },
  {
    code: 'SVP505',
    name: 'the bridge sends nothing back to the port it came from',
    node: 'n2',
    inject: 'bridge link set dev $VETH hairpin off',
    mend: 'bridge link set dev $VETH hairpin on',
  },
  {
    code: 'SVP506',
    name: 'the next hop does not answer',
    node: 'n2',
    inject: 'ip neigh replace 172.30.0.11 dev eth0 nud failed',
    mend: 'ip neigh del 172.30.0.11 dev eth0',
  },
  {
    code: 'SVP601',
    name: 'a connection is held to a pod that is gone',
    node: 'n1',
    inject: `conntrack -I -p tcp -s 10.244.1.77 -d $IP --sport 40001 --dport 80 -r 10.244.9.9 -q 10.244.1.77 --reply-port-src 8080 --reply-port-dst 40001 --state ESTABLISHED -t 600 -u ASSURED,SEEN_REPLY`,
    mend: 'conntrack -D -s 10.244.1.77',
  },
  {
    code: 'SVP602',
    name: 'a connection was never translated',
    node: 'n1',
    inject: `conntrack -I -p tcp -s 10.244.1.78 -d $IP --sport 40002 --dport 80 -r $IP -q 10.244.1.78 --reply-port-src 80 --reply-port-dst 40002 --state SYN_SENT -t 600`,
    mend: 'conntrack -D -s 10.244.1.78',
  },
  {
    code: 'SVP701',
    name: 'a policy chain refuses',
    node: 'n2',
    inject: `iptables-nft -N KUBE-POD-FW-LAB; iptables-nft -A KUBE-POD-FW-LAB -j REJECT; iptables-nft -I FORWARD -d $POD/32 -j KUBE-POD-FW-LAB`,
  },
  {
    code: 'SVP703',
    name: 'a firewall of the host stands on the path',
    node: 'n3',
    inject: `nft add table inet firewalld
      nft 'add chain inet firewalld filter_FORWARD { type filter hook forward priority 10; policy accept; }'
      nft add rule inet firewalld filter_FORWARD ip saddr 192.168.7.0/24 drop`,
    mend: 'nft delete table inet firewalld',
  },
  {
    code: 'SVP509',
    name: 'the rule that leads to the table main is gone',
    node: 'n2',
    inject: 'ip rule del lookup main',
    mend: 'ip rule add lookup main priority 32766',
  },
  {
    code: 'SVP510',
    name: 'docker took an address of the pods',
    node: 'n3',
    inject: 'ip link add docker0 type bridge; ip link set docker0 up; ip route add $POD/32 dev docker0',
    mend: 'ip link del docker0',
  },
]

const SAVE = 'iptables-nft-save -c > /mnt/saved'
const RESTORE = 'iptables-nft-restore -c < /mnt/saved'

async function findings(service: string, where: LabCluster = lab): Promise<Finding[]> {
  const { out, err } = await where.svcpath([service, '-n', 'shop', '-o', 'json', '--quiet'])
  if (!out.startsWith('{')) throw new Error(err)
  return (JSON.parse(out) as PathReport).findings
}

/** Codes that the finding is told by, or folded under another: `SVP303 n2`. */
const codes = (all: readonly Finding[]): string[] =>
  all.flatMap(({ code, node, subject, consequences }) => [
    `${code} ${node ?? subject}`,
    ...consequences.map((one) => `${one.slice(0, 6)} ${node}`),
  ])

describe.skipIf(isLeftOut('cluster'))('faults in the lab', () => {
  beforeAll(async () => {
    lab = await LabCluster.start({ capture: 'k8s-1.36-iptables-nft-bridge' })
    for (const node of ['n1', 'n2', 'n3'] as const) lab.machine(node).run(`mount -t tmpfs none /mnt; ${SAVE}`)
    const { out } = await lab.svcpath(['web', '-n', 'shop', '-o', 'json', '--quiet'])
    const report = JSON.parse(out) as PathReport
    const n2 = report.nodes.find(({ name }) => name === 'n2')!.entries.find(({ kind }) => kind === 'clusterIP')!
    const local = n2.endpoints.find(({ node }) => node === 'n2')!
    about = [
      `IP=${report.service.clusterIPs[0]}`,
      `SVC=${n2.chains.at(-1)}`,
      `SEP=${local.chain}`,
      `POD=${local.address}`,
      `VETH=${local.link.interface}`,
    ].join('\n')
  })
  afterAll(() => lab?.stop())

  test('nothing is found while all is well', async () => {
    expect(await findings('web')).toEqual([])
    expect(await findings('web-np')).toEqual([])
    expect((await findings('web-local')).map(({ code }) => code)).toEqual(['SVP311'])
  })

  test.each(FAULTS.map((fault) => [fault.code, fault.name, fault] as const))(
    '%s: %s',
    async (code, _name, { node, service = 'web', inject, mend }) => {
      const machine = lab.machine(node)
      machine.run(`${about}\n${inject}`)
      let found: Finding[]
      try {
        found = await findings(service)
      } finally {
        machine.run(`${about}\n${RESTORE}\n${mend ?? ''}`)
      }
      expect(codes(found)).toContain(`${code} ${node}`)
      // One fault is one finding: whatever else it shows is on the same node.
      for (const one of found) expect([node, null], JSON.stringify(one)).toContain(one.node)
      expect(await findings(service)).toEqual([])
    },
  )

  test('SVP404: answers by another uplink are dropped with rp_filter=1, and only then', async () => {
    const [n1, n2] = [lab.machine('n1'), lab.machine('n2')]
    const there = lab.pods('shop', 'web-').find(({ node }) => node === 'n2')!
    const isAnswered = (patience?: number) =>
      lab.connect(lab.pod('shop', 'client'), there.address, 8080, 1, patience).has(there.name)
    lab.plug('n1', 'eth1', '172.31.0.11')
    // Else eth0, which hangs in the same network, would answer for eth1's address.
    n1.run(
      `cd /proc/sys/net/ipv4/conf; echo 1 > all/arp_ignore; for one in all eth0 eth1; do echo 0 > $one/rp_filter; done`,
    )
    n2.run('ip route replace 10.244.1.0/24 via 172.31.0.11 dev eth0 onlink')
    try {
      expect([await findings('web'), isAnswered()]).toEqual([[], true])
      n1.run('echo 1 > /proc/sys/net/ipv4/conf/eth1/rp_filter')
      expect(await findings('web')).toMatchObject([{ code: 'SVP404', node: 'n1', subject: 'eth1' }])
      expect(isAnswered(3)).toBe(false)
    } finally {
      n2.run('ip route replace 10.244.1.0/24 via 172.30.0.11')
      n1.run('ip link del eth1; echo 0 > /proc/sys/net/ipv4/conf/all/arp_ignore')
    }
    expect(await findings('web')).toEqual([])
  })

  test('SVP502: a detour past which the answers come is none unless a rule drops what is INVALID there', async () => {
    const [n2, n3] = [lab.machine('n2'), lab.machine('n3')]
    const there = lab.pods('shop', 'web-').find(({ node }) => node === 'n1')!
    const from = lab.pods('shop', 'web-').find(({ node }) => node === 'n2')!
    const isAnswered = (patience?: number) => lab.connect(from, there.address, 8080, 1, patience).has(there.name)
    const invalid = 'FORWARD -m conntrack --ctstate INVALID -j DROP'
    n2.run('ip route replace 10.244.1.0/24 via 172.30.0.13')
    try {
      expect([await findings('web'), isAnswered()]).toEqual([[], true])
      n3.run(`iptables -I ${invalid}`)
      expect(await findings('web')).toMatchObject([{ code: 'SVP502', node: 'n2' }])
      expect(isAnswered(3)).toBe(false)
    } finally {
      n2.run('ip route replace 10.244.1.0/24 via 172.30.0.11')
      n3.run(`iptables -D ${invalid}`)
    }
    expect(await findings('web')).toEqual([])
  })

  test.each([
    [
      'SVP403',
      'a rule drops them',
      (pod: string) => `iptables -I FORWARD -s ${pod} -p tcp -m tcp --sport 8080 -j DROP`,
    ],
    ['SVP501', 'there is no way back', () => 'ip route del 10.244.1.0/24'],
  ])('%s: the answers of an endpoint end on its node: %s', async (code, _what, inject) => {
    const n2 = lab.machine('n2')
    const there = lab.pods('shop', 'web-').find(({ node }) => node === 'n2')!
    const isAnswered = (patience?: number) =>
      lab.connect(lab.pod('shop', 'client'), there.address, 8080, 1, patience).has(there.name)
    expect([await findings('web'), isAnswered()]).toEqual([[], true])
    n2.run(inject(there.address))
    try {
      expect(codes(await findings('web'))).toContain(`${code} n2`)
      expect(isAnswered(3)).toBe(false)
    } finally {
      n2.run(`iptables -D FORWARD -s ${there.address} -p tcp -m tcp --sport 8080 -j DROP 2>/dev/null || :
        ip route replace 10.244.1.0/24 via 172.30.0.11`)
    }
    expect([await findings('web'), isAnswered()]).toEqual([[], true])
  })

  test('SVP502: a detour that leads on is none, one that comes back is', async () => {
    const [n2, n3] = [lab.machine('n2'), lab.machine('n3')]
    const there = lab.pods('shop', 'web-').find(({ node }) => node === 'n1')!
    const from = lab.pods('shop', 'web-').find(({ node }) => node === 'n2')!
    const isAnswered = (patience?: number) => lab.connect(from, there.address, 8080, 1, patience).has(there.name)
    n2.run('ip route replace 10.244.1.0/24 via 172.30.0.13')
    try {
      expect([await findings('web'), isAnswered()]).toEqual([[], true])
      n3.run('ip route replace 10.244.1.0/24 via 172.30.0.12')
      const found = await findings('web')
      expect(found.map(({ code, node }) => [code, node])).toEqual([
        ['SVP502', 'n2'],
        ['SVP502', 'n3'],
      ])
      expect(isAnswered(3)).toBe(false)
    } finally {
      n2.run('ip route replace 10.244.1.0/24 via 172.30.0.11')
      n3.run('ip route replace 10.244.1.0/24 via 172.30.0.11')
    }
    expect(await findings('web')).toEqual([])
  })

  test('SVP704: a mesh’s rules without its proxy refuse what the pod would have taken', async () => {
    const there = lab.pods('shop', 'web-').find(({ node }) => node === 'n2')!
    const n2 = lab.machine('n2')
    const isAnswered = () => lab.connect(lab.pod('shop', 'client'), there.address, 8080, 1).has(there.name)
    n2.run(
      `iptables -t nat -N ISTIO_INBOUND; iptables -t nat -A PREROUTING -p tcp -j ISTIO_INBOUND
        iptables -t nat -A ISTIO_INBOUND -p tcp --dport 15008 -j RETURN
        iptables -t nat -A ISTIO_INBOUND -p tcp -j REDIRECT --to-ports 15006`,
      there.name,
    )
    try {
      expect(await findings('web')).toMatchObject([{ code: 'SVP704', severity: 'error', subject: 'port 8080' }])
      expect(isAnswered()).toBe(false)
      n2.run('iptables -t nat -I ISTIO_INBOUND -p tcp --dport 8080 -j RETURN', there.name)
      expect([await findings('web'), isAnswered()]).toEqual([[], true])
    } finally {
      n2.run('iptables -t nat -F; iptables -t nat -X', there.name)
    }
    expect(await findings('web')).toEqual([])
  })

  test('a kube-proxy that hangs is asked once, though its node is looked at again', async () => {
    const [n1, n2] = [lab.machine('n1'), lab.machine('n2')]
    const hang = 'pkill -USR1 -f kube-proxy.ts'
    n1.run(`${about}\n${WITHOUT_SERVICE}`)
    n2.run(hang)
    try {
      // It would answer by the second look, which does not ask: the silence of the first stands.
      const { out, err } = await lab.svcpath(['web', '-n', 'shop', '-o', 'json'], {
        after: /looking again/,
        make: () => [n1.run(RESTORE), n2.run(hang)],
      })
      expect(err).toContain('looking again')
      expect((JSON.parse(out) as PathReport).findings).toMatchObject([{ code: 'SVP316', node: 'n2' }])
    } finally {
      n1.run(RESTORE)
    }
    expect(await findings('web')).toEqual([])
  })

  test('SVP508: packets that leave by a tunnel and never come out of it', async () => {
    const [n1, n2] = [lab.machine('n1'), lab.machine('n2')]
    const client = lab.pod('shop', 'client')
    const there = lab.pods('shop', 'web-').find(({ node }) => node === 'n2')!
    const [, ip] = /^IP=(.*)$/m.exec(about)!
    const isLost = async () => codes(await findings('web')).filter((one) => one.startsWith('SVP508'))
    // As flannel makes it.
    const tunnel = (own: number, other: number) => `
      ip link add flannel.1 address 02:00:00:00:00:0${own} type vxlan id 1 local 172.30.0.1${own} dev eth0 dstport 8472 nolearning
      ip addr add 10.244.${own}.0/32 dev flannel.1; ip link set flannel.1 up
      bridge fdb append 02:00:00:00:00:0${other} dev flannel.1 dst 172.30.0.1${other}
      ip neigh replace 10.244.${other}.0 lladdr 02:00:00:00:00:0${other} dev flannel.1 nud permanent
      ip route replace 10.244.${other}.0/24 via 10.244.${other}.0 dev flannel.1 onlink`
    n1.run(tunnel(1, 2))
    n2.run(`${tunnel(2, 1)}; iptables -I INPUT -p udp --dport 8472 -j DROP`)
    try {
      lab.connect(there, client.address, 9, 1, 1)
      lab.connect(client, ip!, 80, 25, 1)
      expect(await isLost()).toEqual(['SVP508 n1'])
      // The clients gave up: their entries would last for two minutes.
      n1.run('conntrack -D -p tcp --state SYN_SENT')
      n2.run('iptables -D INPUT -p udp --dport 8472 -j DROP')
      expect(lab.connect(client, there.address, 8080, 1).has(there.name)).toBe(true)
      expect(await isLost()).toEqual([])
    } finally {
      n2.run('iptables -D INPUT -p udp --dport 8472 -j DROP 2>/dev/null || :')
      for (const [node, other] of [
        ['n1', 2],
        ['n2', 1],
      ] as const)
        lab.machine(node).run(`ip link del flannel.1; ip route replace 10.244.${other}.0/24 via 172.30.0.1${other}
          conntrack -D -p tcp --state SYN_SENT 2>/dev/null || :`)
    }
    expect(await findings('web')).toEqual([])
  })

  test('SVP401: without forwarding not even what is on the same bridge is reached', () => {
    const [, ip] = /^IP=(.*)$/m.exec(about)!
    // The comment in br_nf_pre_routing_finish that "bridged-and-DNAT'ed traffic doesn't require ip_forwarding" is older than ip_route_input's error routes.
    lab.machine('n1').run('echo 0 > /proc/sys/net/ipv4/ip_forward')
    try {
      const answers = lab.connect(lab.pod('shop', 'client'), ip!, 80, 12, 3)
      expect([...answers.keys()].filter((name) => name !== '')).toEqual([])
    } finally {
      lab.machine('n1').run('echo 1 > /proc/sys/net/ipv4/ip_forward')
    }
  })

  test('SVP311: who comes in where policy Local has no endpoint gets no answer', async () => {
    const node = (await findings('web-local'))[0]!
    expect(node).toMatchObject({ code: 'SVP311', message: expect.stringContaining('n1, n3 have no endpoint') })
    const unanswered = (address: string, patience?: number) =>
      lab.connect('op', address, 30081, 1, patience).get('') ?? 0
    expect([unanswered('172.30.0.11', 3), unanswered('172.30.0.12'), unanswered('172.30.0.13', 3)]).toEqual([1, 0, 1])
  })

  test.each([
    ['web', '-n', 'shop', '-o', 'json'],
    ['check', 'web', '-n', 'shop', '-o', 'json'],
  ])('%s: a kube-proxy that lags by a second is no drift', async (...words) => {
    const n2 = lab.machine('n2')
    n2.run(`${about}\n${WITHOUT_SERVICE}`)
    try {
      const { code, out, err } = await lab.svcpath(words, { after: /looking again/, make: () => n2.run(RESTORE) })
      expect(err).toContain('looking again')
      expect([code, JSON.stringify(JSON.parse(out)).includes('SVP3')]).toEqual([0, false])
    } finally {
      n2.run(RESTORE)
    }
  })

  test('without hairpin mode a pod does not reach itself by its service, as SVP505 says', () => {
    const own = lab.pods('shop', 'web-').find(({ node }) => node === 'n2')!
    const [, ip] = /^IP=(.*)$/m.exec(about)!
    const [, veth] = /^VETH=(.*)$/m.exec(about)!
    const [, address] = /^POD=(.*)$/m.exec(about)!
    const self = lab.pods('shop', 'web-').find((one) => one.address === address) ?? own
    lab.machine('n2').run(`bridge link set dev ${veth} hairpin off`)
    try {
      // What is dropped is in no table of connections, so a client's retry is led elsewhere: it waits, and is answered by another.
      const without = lab.connect(self, ip!, 80, 30, 3)
      expect(without.get(self.name) ?? 0).toBe(0)
    } finally {
      lab.machine('n2').run(`bridge link set dev ${veth} hairpin on`)
    }
    const after = lab.connect(self, ip!, 80, 30)
    expect(after.get(self.name) ?? 0).toBeGreaterThan(0)
  })

  test('check --wait waits for the node that is behind, and passes when it is not', async () => {
    const n2 = lab.machine('n2')
    n2.run(`${about}\n${WITHOUT_SERVICE}`)
    try {
      const { code, out, err } = await lab.svcpath(['check', 'web', '-n', 'shop', '--wait', '10m'], {
        after: /waiting for n2\n/,
        make: () => n2.run(RESTORE),
      })
      expect(err).toMatch(/2 of 3 nodes have converged; waiting for n2\n(.*\n)*all 3 nodes have converged/)
      expect([code, out]).toEqual([0, expect.stringContaining('1 service: 1 passed')])
    } finally {
      n2.run(RESTORE)
    }
  })

  test('check --wait names the node that stays behind, and fails', async () => {
    const n2 = lab.machine('n2')
    n2.run(`${about}\n${WITHOUT_SERVICE}`)
    try {
      const { code, out, err } = await lab.svcpath(['check', 'web', '-n', 'shop', '--wait', '3s', '-o', 'junit'])
      expect(err).toContain('after 3 s not converged: n2')
      expect([code, out]).toEqual([3, expect.stringContaining('<failure message="SVP302 on n2')])
    } finally {
      n2.run(RESTORE)
    }
  })

  test('check takes several names, a label, a namespace', async () => {
    const rows = async (...words: string[]) => {
      const { out, code } = await lab.svcpath(['check', ...words, '-o', 'json'])
      const names = (JSON.parse(out) as { services: { name: string }[] }).services.map(({ name }) => name)
      return [code, names]
    }
    expect(await rows('web', 'web-np', '-n', 'shop')).toEqual([0, ['web', 'web-np']])
    expect(await rows('shop/web', 'kube-system/kube-dns')).toEqual([0, ['kube-dns', 'web']])
    expect(await rows('-l', 'k8s-app=kube-dns', '-A')).toEqual([0, ['kube-dns']])
    expect(await rows('-n', 'default')).toEqual([0, ['kubernetes']])
  })
})

describe.skipIf(isLeftOut('cluster'))('faults in the lab, in nftables mode', () => {
  let native: LabCluster
  beforeAll(async () => {
    native = await LabCluster.start({
      capture: 'k8s-1.36-nftables-dualstack-ptp',
      restore: { command: 'nft -f -', file: 'nft.txt' },
    })
    native.machine('n2').run('mount -t tmpfs none /mnt; nft list ruleset > /mnt/saved')
  })
  afterAll(() => native?.stop())

  const chain = (pattern: string) => `$(nft list chains ip | grep -o '${pattern}' | head -n 1)`

  test.each<[code: string, name: string, inject: string]>([
    ['SVP315', 'prerouting does not lead to the services', 'nft flush chain ip kube-proxy nat-prerouting'],
    [
      'SVP308',
      'the chain of the service is empty',
      `nft flush chain ip kube-proxy ${chain('service-[A-Z2-7]*-shop/web/tcp/')}`,
    ],
    ['SVP301', 'kube-proxy’s table is gone', 'nft delete table ip kube-proxy'],
    ['SVP302', 'the service is in no map', 'nft flush map ip kube-proxy service-ips'],
  ])('%s: %s', async (code, _name, inject) => {
    const n2 = native.machine('n2')
    expect(await findings('web', native)).toEqual([])
    n2.run(inject)
    try {
      const found = await findings('web', native)
      expect(codes(found)).toContain(`${code} n2`)
      for (const one of found) expect(one.node, JSON.stringify(one)).toBe('n2')
    } finally {
      n2.run('nft flush ruleset; nft -f /mnt/saved')
    }
    expect(await findings('web', native)).toEqual([])
  })
})
