/** Connections that die for real in the lab: each death must be placed where it was made. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CheckReport } from '../../src/model/check.ts'
import type { Deaths, ProbeReport } from '../../src/model/probe/report.ts'
import { LabCluster, type NodeName } from '../lab/cluster/cluster.ts'
import type { PodPlan } from '../lab/cluster/objects.ts'
import { isLeftOut } from '../needs.ts'

let lab: LabCluster
/** Addresses and chains of the lab, as shell variables: POD and SEP are an endpoint's on n2. */
let about = ''
let [there, ip] = [{} as PodPlan, '']

interface Told {
  code: number | null
  report: ProbeReport
  deaths: Deaths[]
}

async function probe(...words: string[]): Promise<Told> {
  const { out, err, code } = await lab.svcpath([
    'probe',
    ...(words[0]!.includes('/') ? [] : ['-n', 'shop']),
    '-o',
    'json',
    '-q',
    ...words,
  ])
  if (!out.startsWith('{')) throw new Error(err)
  const report = JSON.parse(out) as ProbeReport
  const deaths = report.places.flatMap((place) => place.entries.flatMap((entry) => entry.deaths))
  return { code, report, deaths }
}

const fromClient = (...words: string[]) => probe('web', '--from', 'pod/client', '--timeout', '1s', ...words)

/** `node n1 walk`: what, where, and by what it is known. */
const placesOf = (deaths: readonly Deaths[]): string[] => [
  ...new Set(deaths.map(({ kind, node, towards, by }) => [kind, node, towards, by].filter(Boolean).join(' '))),
]

const codesOf = ({ findings }: ProbeReport) =>
  findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code)

const WITHOUT_SERVICE = `for t in nat filter; do iptables-nft -t $t -S KUBE-SERVICES | grep -F -- "-d $IP/32" | sed 's/^-A/-D/' | while read -r rule; do eval iptables-nft -t $t $rule; done; done`
const RESTORE = 'iptables-nft-restore -c < /mnt/saved; conntrack -F 2>/dev/null'

/** Runs where it is made, and mends it whatever happens. */
async function during<T>(node: NodeName | 'fabric', inject: string, mend: string, work: () => Promise<T>): Promise<T> {
  const machine = lab.machine(node)
  try {
    machine.run(`${about}\n${inject}`)
    return await work()
  } finally {
    machine.run(`${about}\n${node === 'fabric' ? '' : RESTORE}\n${mend}`)
  }
}

describe.skipIf(isLeftOut('cluster'))('probe in the lab', { timeout: 240_000 }, () => {
  beforeAll(async () => {
    lab = await LabCluster.start({ capture: 'k8s-1.36-iptables-nft-bridge' })
    // Nobody answers there, and nobody sends back what he gets.
    for (const node of ['n1', 'n2', 'n3'] as const)
      lab
        .machine(node)
        .run('mount -t tmpfs none /mnt; ip route add default via 172.30.0.4; iptables-nft-save -c > /mnt/saved')
    const { out } = await lab.svcpath(['web', '-n', 'shop', '-o', 'json', '-q'])
    const { service, nodes } = JSON.parse(out)
    const entry = nodes[0].entries[0]
    there = lab.pods('shop', 'web-').find(({ node }) => node === 'n2')!
    ip = service.clusterIPs[0]
    const led = entry.endpoints.find(({ address }: { address: string }) => address === there.address)
    about = [`IP=${ip}`, `POD=${there.address}`, `SEP=${led.chain}`].join('\n')
  })
  afterAll(() => lab?.stop())

  test('while all is well everything gets through, from pods and nodes, to every entry', async () => {
    const { code, report, deaths } = await probe('web-np', '--count', '4')
    expect([code, report.outcome, deaths]).toEqual([0, 'passed', []])
    expect(report.places.map(({ kind, node, tool }) => [kind, node, tool])).toEqual(
      ['n1', 'n2', 'n3'].flatMap((node) => [
        ['node', node, 'python3'],
        ['pod', node, 'python3'],
      ]),
    )
    const entries = report.places.flatMap((place) => place.entries)
    expect(entries.map(({ made, through, kind }) => [made, through, kind])).toEqual(
      report.places.flatMap(() => ['clusterIP', 'nodePort', 'nodePort'].map((kind) => [4, 4, kind])),
    )
    // The rules counted these, and perhaps others.
    for (const { counted, endpoints } of entries)
      for (const one of [counted, ...endpoints.map((endpoint) => endpoint.counted)])
        expect(one!.after - one!.before).toBeGreaterThanOrEqual(one!.probed)
    const [entry] = entries
    expect([entry!.counted!.probed, entry!.endpoints.reduce((sum, { counted }) => sum + counted!.probed, 0)]).toEqual([
      8,
      entries.filter(({ node }) => node === entry!.node).length * 4,
    ])
    // Each was recognised: where it was led is known.
    expect(entries.flatMap(({ connections }) => connections.filter(({ endpoint }) => endpoint === null))).toEqual([])
    expect(report.findings.map(({ code }) => code)).not.toContain('SVP606')
  })

  test.each<[name: string, place: string, node: NodeName | 'fabric', inject: string, mend?: string]>([
    ['the rules of the service are gone', 'translation n1 conntrack', 'n1', WITHOUT_SERVICE],
    [
      'a chain leads to a pod that is gone',
      'stale n1 conntrack',
      'n1',
      'iptables-nft -t nat -F $SEP; iptables-nft -t nat -A $SEP -p tcp -j DNAT --to-destination 10.244.2.99:8080',
    ],
    ['a rule of the client’s node drops', 'node n1 walk', 'n1', 'iptables-nft -I FORWARD -d $POD -j DROP'],
    ['a rule of the client’s node rejects', 'node n1 walk', 'n1', 'iptables-nft -I FORWARD -d $POD -j REJECT'],
    [
      'the network between the nodes drops',
      'between n1 n2 conntrack',
      'fabric',
      'echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables; iptables -I FORWARD -d $POD -j DROP',
      'iptables -F FORWARD',
    ],
    ['a rule of the endpoint’s node drops', 'node n2 walk', 'n2', 'iptables-nft -I FORWARD -d $POD -j DROP'],
    [
      'a rule of the endpoint’s node rejects',
      'node n2 walk',
      'n2',
      'iptables-nft -I FORWARD -p tcp -d $POD -j REJECT --reject-with tcp-reset',
    ],
    ['a rule drops the answers', 'answer n2 walk', 'n2', 'iptables-nft -I FORWARD -s $POD -p tcp --sport 8080 -j DROP'],
    [
      'the network between the nodes drops the answers',
      'answer n2 n1 conntrack',
      'fabric',
      'echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables; iptables -I FORWARD -s $POD -j DROP',
      'iptables -F FORWARD',
    ],
    [
      'nothing tracks what is sent to services',
      'translation n1 walk',
      'n1',
      'iptables-nft -t raw -A PREROUTING -d 10.96.0.0/16 -j NOTRACK',
      'iptables-nft -t raw -F',
    ],
  ])('%s: %s', async (_, place, node, inject, mend = '') => {
    const { code, deaths, report } = await during(node, inject, mend, () => fromClient('--count', '40', '--rate', '50'))
    // On a busy machine a client gives up while its answer is on the way: that is not placed.
    expect(placesOf(deaths).filter((one) => one !== 'unplaced')).toEqual([place])
    expect([code, codesOf(report).includes('SVP606')]).toEqual([3, false])
    const other = deaths.filter(({ endpoint }) => endpoint !== null && !endpoint.startsWith(there.address))
    expect(other.map(({ endpoint }) => endpoint)).toEqual(place.startsWith('stale') ? ['10.244.2.99:8080'] : [])
  })

  test('answers that rp_filter does not let in are lost on the client’s node', async () => {
    const [n1, n2] = [lab.machine('n1'), lab.machine('n2')]
    lab.plug('n1', 'eth1', '172.31.0.11')
    n1.run(
      'cd /proc/sys/net/ipv4/conf; echo 1 > all/arp_ignore; for one in all eth0 eth1; do echo 0 > $one/rp_filter; done; echo 1 > eth1/rp_filter',
    )
    n2.run('ip route replace 10.244.1.0/24 via 172.31.0.11 dev eth0 onlink')
    try {
      const { deaths } = await fromClient('--count', '40', '--rate', '50')
      expect(placesOf(deaths)).toEqual(['answer n1 walk'])
    } finally {
      n2.run('ip route replace 10.244.1.0/24 via 172.30.0.11')
      n1.run('ip link del eth1; echo 0 > /proc/sys/net/ipv4/conf/all/arp_ignore')
    }
  })

  test('what a node on a detour takes for INVALID is lost behind the handshake, which the client does not notice', async () => {
    const [n2, n3] = [lab.machine('n2'), lab.machine('n3')]
    const invalid = 'FORWARD -m conntrack --ctstate INVALID -j DROP'
    n2.run('ip route replace 10.244.1.0/24 via 172.30.0.13')
    n3.run(`iptables -I ${invalid}`)
    try {
      const { deaths, report } = await probe(
        'web',
        '--from',
        `pod/${there.name}`,
        '--count',
        '40',
        '--rate',
        '50',
        '--timeout',
        '1s',
      )
      expect(placesOf(deaths)).toEqual(['later n3 walk'])
      expect(new Set(deaths.map(({ result }) => result))).toEqual(new Set(['connected']))
      expect(codesOf(report)).toContain('SVP502')
    } finally {
      n2.run('ip route replace 10.244.1.0/24 via 172.30.0.11')
      n3.run(`iptables -D ${invalid}`)
    }
  })

  test('what the pod itself drops is silent there', async () => {
    const n2 = lab.machine('n2')
    n2.run('iptables -I INPUT -p tcp --dport 8080 -j DROP', there.name)
    try {
      expect(placesOf((await fromClient('--count', '40', '--rate', '50')).deaths)).toEqual(['silent n2 conntrack'])
    } finally {
      n2.run('iptables -F INPUT', there.name)
    }
  })

  test('check --probe fails a service whose connections fail, though nothing else shows it', async () => {
    const n2 = lab.machine('n2')
    const own = lab.pods('shop', 'web-').filter(({ node }) => node === 'n2')
    const check = async () => {
      const { code, out } = await lab.svcpath(['check', 'web', '-n', 'shop', '--probe', '--no-dns', '-q', '-o', 'json'])
      const [service] = (JSON.parse(out) as CheckReport).services
      return [code, service!.outcome, [...new Set(service!.findings.map(({ code }) => code))]]
    }
    expect(await check()).toEqual([0, 'passed', []])
    for (const { name } of own) n2.run('iptables -I INPUT -p tcp --dport 8080 -j DROP', name)
    try {
      expect(await check()).toEqual([3, 'failed', ['SVP607']])
    } finally {
      for (const { name } of own) n2.run('iptables -F INPUT', name)
    }
  })

  test('UDP: a DNS query is answered, and one that the node refuses has failed', async () => {
    const dns = (...words: string[]) =>
      probe('kube-system/kube-dns', '--from', 'shop/pod/client', '--port', 'dns', '--timeout', '1s', ...words)
    const well = await dns('--count', '4')
    expect([well.report.outcome, well.report.through]).toEqual(['passed', 4])
    const refused = await during('n1', `iptables-nft -I FORWARD -p udp --dport 53 -j REJECT`, '', () =>
      dns('--count', '4'),
    )
    expect([refused.report.failed + refused.report.unknown, placesOf(refused.deaths)]).toEqual([4, ['node n1 walk']])
  })

  test('requests that are too long for the network between the nodes stall behind the handshake', async () => {
    const path = `/${'a'.repeat(900)}`
    // A bridge drops in silence what is too long for one of its ports.
    const { deaths, report } = await during(
      'fabric',
      'ip link set v-n2-eth0 mtu 600',
      'ip link set v-n2-eth0 mtu 1500; ip link set lab0 mtu 1500',
      () => fromClient('--count', '20', '--http', path),
    )
    expect(placesOf(deaths)).toEqual(['stalled n2 conntrack'])
    expect(deaths.every(({ endpoint }) => endpoint!.startsWith('10.244.2.'))).toBe(true)
    const [entry] = report.places[0]!.entries
    expect(entry!.answers).toEqual([{ status: 200, count: entry!.through }])
  })

  test('what is dropped where no rule is walked is never placed on a node', async () => {
    const { deaths, report } = await during(
      'n2',
      `nft "table netdev lab { chain in { type filter hook ingress device eth0 priority 0; policy accept; ip daddr $POD tcp dport 8080 drop; }; }"`,
      'nft delete table netdev lab',
      () => fromClient('--count', '40', '--rate', '50'),
    )
    expect(deaths.length).toBeGreaterThan(0)
    for (const { kind } of deaths) expect(['between', 'unplaced']).toContain(kind)
    expect(codesOf(report)).not.toContain('SVP606')
  })

  test('what only the client’s namespace drops is no disagreement', async () => {
    const n1 = lab.machine('n1')
    n1.run(`iptables -I OUTPUT -d ${ip} -j DROP`, 'client')
    try {
      const { deaths, report } = await probe('web', '--from', 'pod/client', '--from', 'node/n1', '--timeout', '1s')
      expect(placesOf(deaths)).toEqual(['node n1 conntrack'])
      expect(codesOf(report)).not.toContain('SVP606')
    } finally {
      n1.run('iptables -F OUTPUT', 'client')
    }
  })

  // What follows changes a pod for good.
  test('a pod in which nobody listens, and one that accepts no connections', async () => {
    const pod = lab.pods('shop', 'web-').find(({ node }) => node === 'n3')!
    const n3 = lab.machine('n3')
    n3.run(`kill $(ss -Hlntp 'sport = 8080' | grep -o 'pid=[0-9]*' | head -n 1 | cut -d= -f2); sleep 0.5`, pod.name)
    const closed = await fromClient('--count', '40', '--rate', '50')
    expect(placesOf(closed.deaths)).toEqual(['closed n3 conntrack'])
    expect(closed.deaths.every(({ endpoint }) => endpoint === `${pod.address}:8080`)).toBe(true)
    const deaf = `import socket, time
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind(("", 8080)); s.listen(0); print("ready", flush=True); time.sleep(1e6)`
    await n3.serve(['python3', '-c', deaf], pod.name)
    const full = await fromClient('--count', '40', '--rate', '50')
    expect(placesOf(full.deaths)).toEqual(['queue n3 conntrack'])
    expect(codesOf(full.report)).not.toContain('SVP606')
  })
})
