import { describe, expect, test } from 'vitest'
import type { EntryPath, PathReport } from '../../src/model/report.ts'
import { serviceChain } from '../../src/proxies/kube-proxy/names.ts'
import { byAddress, entryOf, nodeOf, trace } from '../observations.ts'

const HEALTHY = [
  'k8s-1.20-iptables-legacy-bridge',
  'k8s-1.36-iptables-legacy-bridge',
  'k8s-1.36-iptables-nft-bridge',
  'k8s-1.36-iptables-nft-dualstack-bridge',
  'k8s-1.36-nftables-dualstack-ptp',
]

const shares = (entry: EntryPath) => entry.endpoints.map((endpoint) => endpoint.probability)
const total = (entry: EntryPath) => shares(entry).reduce((a, b) => a + b, 0)
const everyEntry = (report: PathReport) => report.nodes.flatMap((node) => node.entries)

describe.each(HEALTHY)('%s', (capture) => {
  test('web: five endpoints at a fifth each, on every node, accepted and ready', async () => {
    const report = await trace(capture, 'shop/web')
    expect(report.verdict).toBe('reachable')
    expect(report.reasons).toEqual([])
    expect(report.nodes.map((node) => [node.name, node.sameAs])).toEqual([
      ['n1', null],
      ['n2', 'n1'],
      ['n3', 'n1'],
    ])
    for (const entry of everyEntry(report)) {
      expect(entry.endpoints).toHaveLength(5)
      for (const endpoint of entry.endpoints) {
        expect(endpoint.probability).toBeCloseTo(0.2, 6)
        expect(endpoint).toMatchObject({
          fate: 'forwarded',
          state: 'ready',
          known: 'rule',
          masquerade: 'no',
          conditions: [],
        })
      }
    }
  })

  test('named ports and UDP each have an entry with a chain of its own', async () => {
    const n1 = nodeOf(await trace(capture, 'shop/web-named'), 'n1')
    expect(n1.entries.map((entry) => [entry.portName, entry.port, entry.protocol])).toEqual([
      ['http', 80, 'TCP'],
      ['alt', 8000, 'TCP'],
      ['echo', 5353, 'UDP'],
    ])
    expect(new Set(n1.entries.map((entry) => entry.chains.at(-1))).size).toBe(3)
    expect(n1.entries.every((entry) => Math.abs(total(entry) - 1) < 1e-6)).toBe(true)
  })

  test('node port: masqueraded, through the node ports’ chain', async () => {
    const entry = entryOf(nodeOf(await trace(capture, 'shop/web-np'), 'n2'), 'nodePort')
    expect(entry).toMatchObject({ address: '172.30.0.12', port: 30080, outcome: 'dnat', verdict: 'reachable' })
    expect(entry.endpoints.map((endpoint) => endpoint.masquerade)).toEqual(Array(5).fill('yes'))
  })

  test('externalTrafficPolicy Local: one endpoint on n2, dropped elsewhere by design, source kept', async () => {
    const report = await trace(capture, 'shop/web-local')
    expect(report.verdict).toBe('degraded')
    const n2 = entryOf(nodeOf(report, 'n2'), 'nodePort')
    expect(n2.endpoints).toMatchObject([{ probability: 1, masquerade: 'no', node: 'n2' }])
    for (const name of ['n1', 'n3']) {
      const entry = entryOf(nodeOf(report, name), 'nodePort')
      expect([entry.verdict, entry.endpoints.length]).toEqual(['degraded', 0])
      expect(entry.reason).toMatch(`externalTrafficPolicy is Local and no endpoint is on ${name}`)
      expect(entryOf(nodeOf(report, name), 'clusterIP').verdict).toBe('reachable')
    }
  })

  test('load balancer with Local: each node its own endpoints in equal parts', async () => {
    const report = await trace(capture, 'shop/web-lb-local')
    for (const node of report.nodes) {
      const entry = entryOf(node, 'loadBalancerIP')
      expect(entry.address).toBe('203.0.113.11')
      expect(entry.endpoints.every((endpoint) => endpoint.node === node.name)).toBe(true)
      expect(shares(entry)).toEqual(entry.endpoints.map(() => expect.closeTo(1 / entry.endpoints.length, 6)))
    }
  })

  test('source ranges: a client within is let in, one outside is not', async () => {
    const inside = entryOf(nodeOf(await trace(capture, 'shop/web-lb'), 'n1'), 'loadBalancerIP')
    expect(inside).toMatchObject({ client: 'a client in 192.0.2.0/24', outcome: 'dnat', verdict: 'reachable' })
    const from = { kind: 'address', address: '198.18.0.1' } as const
    const outside = entryOf(nodeOf(await trace(capture, 'shop/web-lb', { from }), 'n1'), 'loadBalancerIP')
    expect(outside.outcome).not.toBe('dnat')
    expect(outside.verdict).toBe('broken')
  })

  test('ClientIP affinity: a new client has five equal chances', async () => {
    const report = await trace(capture, 'shop/web-sticky')
    for (const node of report.nodes) {
      expect(shares(node.entries[0]!)).toEqual(Array(5).fill(expect.closeTo(0.2, 6)))
      expect(node.notes).toContain('the client has no session affinity yet')
    }
  })

  test('no endpoints: rejected', async () => {
    const report = await trace(capture, 'shop/empty')
    expect(report.verdict).toBe('broken')
    for (const entry of everyEntry(report)) {
      expect(entry).toMatchObject({
        outcome: 'reject',
        endpoints: [],
        reason: 'the service has no ready endpoint: rejected',
      })
      expect(entry.evidence[0]!.text).toMatch(/REJECT|reject/i)
    }
  })

  test('headless: DNS gives every pod, and each is reached without translation', async () => {
    const report = await trace(capture, 'shop/web-headless')
    expect(report.verdict).toBe('reachable')
    const [n1] = report.nodes
    expect(n1!.entries.map((entry) => [entry.kind, entry.outcome])).toEqual(
      Array(n1!.entries.length).fill(['podIP', 'none']),
    )
    const v4 = report.dns!.expected.find(({ type }) => type === 'A')!.values
    expect(v4).toHaveLength(5)
    expect([...v4].sort()).toEqual(
      n1!.entries
        .map((entry) => entry.address)
        .filter((a) => !a.includes(':'))
        .sort(),
    )
  })

  test('ExternalName: a CNAME and no rules', async () => {
    const report = await trace(capture, 'shop/ext')
    expect(report.dns!.expected).toEqual([
      { type: 'CNAME', name: 'ext.shop.svc.cluster.local', values: ['api.example.com'] },
    ])
    expect(report.nodes).toEqual([])
    expect(report.verdict).toBe('unknown')
  })

  test('a host-network endpoint is delivered on its own node and forwarded from others', async () => {
    const report = await trace(capture, 'shop/hostweb')
    const fates = report.nodes.map((node) => [
      node.name,
      node.entries[0]!.endpoints[0]!.fate,
      node.entries[0]!.endpoints[0]!.link.how,
    ])
    expect(fates).toEqual([
      ['n1', 'forwarded', 'route'],
      ['n2', 'forwarded', 'route'],
      ['n3', 'delivered', 'local'],
    ])
  })

  test('external IP', async () => {
    const entry = entryOf(nodeOf(await trace(capture, 'shop/web-extip'), 'n3'), 'externalIP')
    expect(entry).toMatchObject({ address: '198.51.100.7', port: 8088, outcome: 'dnat', verdict: 'reachable' })
    expect(shares(entry)).toEqual(Array(5).fill(expect.closeTo(0.2, 6)))
  })

  test('found by cluster IP, by IP:port and by node port too', async () => {
    const web = await trace(capture, 'shop/web-np')
    const [ip] = web.service.clusterIPs
    for (const query of [ip!, `${ip}:80`, '30080']) {
      expect((await trace(capture, query)).service.name).toBe('web-np')
    }
  })

  test('the DNS leg: names, server, expected answers and a way of its own', async () => {
    const { dns } = await trace(capture, 'shop/web-named')
    expect(dns).toMatchObject({
      names: ['web-named.shop.svc.cluster.local', 'web-named.shop.svc', 'web-named.shop', 'web-named'],
      server: '10.96.0.10',
      service: { namespace: 'kube-system', name: 'kube-dns', ready: 2, total: 2 },
      answers: null,
      servers: null,
      verdict: 'unknown',
    })
    expect(dns!.expected.filter(({ type }) => type === 'SRV').map(({ name }) => name)).toEqual([
      '_http._tcp.web-named.shop.svc.cluster.local',
      '_alt._tcp.web-named.shop.svc.cluster.local',
      '_echo._udp.web-named.shop.svc.cluster.local',
    ])
    expect(dns!.path).toMatchObject({ verdict: 'reachable', dns: null, service: { name: 'kube-dns' } })
  })
})

describe('generations', () => {
  test('1.36: KUBE-EXT and KUBE-SVL', async () => {
    const n1 = nodeOf(await trace('k8s-1.36-iptables-nft-bridge', 'shop/web-lb-local'), 'n1')
    expect(entryOf(n1, 'loadBalancerIP').chains).toEqual([
      'KUBE-SERVICES',
      'KUBE-EXT-SIPET5I6LXFZVX6L',
      'KUBE-SVL-SIPET5I6LXFZVX6L',
    ])
  })

  test('1.20: KUBE-FW, KUBE-XLB and KUBE-MARK-DROP', async () => {
    const capture = 'k8s-1.20-iptables-legacy-bridge'
    const n1 = nodeOf(await trace(capture, 'shop/web-lb-local'), 'n1')
    expect(entryOf(n1, 'loadBalancerIP').chains).toEqual([
      'KUBE-SERVICES',
      'KUBE-FW-SIPET5I6LXFZVX6L',
      'KUBE-XLB-SIPET5I6LXFZVX6L',
    ])
    expect(entryOf(n1, 'nodePort').chains).toEqual(['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-XLB-SIPET5I6LXFZVX6L'])
  })

  test('1.20: a pod behind a bridge is not let to an external IP (physdev)', async () => {
    const from = { kind: 'pod', namespace: 'shop', name: 'client', node: 'n1', addresses: ['10.244.1.1'] } as const
    const observationPod = await trace('k8s-1.20-iptables-legacy-bridge', 'shop/web-extip', { from })
    expect(entryOf(nodeOf(observationPod, 'n1'), 'externalIP').outcome).not.toBe('dnat')
  })

  test('1.20 rejects manual although its slice holds a ready endpoint', async () => {
    const report = await trace('k8s-1.20-iptables-legacy-bridge', 'shop/manual')
    expect(report.verdict).toBe('broken')
    expect(report.reasons[0]!.message).toMatch(
      /rejected by a rule of KUBE-SERVICES in the table filter .* although 1 endpoint is ready/,
    )
    expect(report.reasons[0]!.evidence[0]!.text).toContain('shop/manual has no endpoints')
  })

  test('1.36 leads manual to an address that no route leads to', async () => {
    const report = await trace('k8s-1.36-iptables-nft-bridge', 'shop/manual')
    expect(report.verdict).toBe('broken')
    expect(report.reasons[0]!.message).toMatch(/no route \(192\.0\.2\.50:8080\)/)
  })

  test('internalTrafficPolicy Local: 1.20 does not know it, 1.36 drops where no endpoint is', async () => {
    const old = await trace('k8s-1.20-iptables-legacy-bridge', 'shop/web-internal-local')
    expect(old.verdict).toBe('reachable')
    const report = await trace('k8s-1.36-iptables-nft-bridge', 'shop/web-internal-local')
    expect(report.nodes.map((node) => [node.name, node.entries[0]!.outcome])).toEqual([
      ['n1', 'drop'],
      ['n2', 'dnat'],
      ['n3', 'drop'],
    ])
  })

  test('nftables: chains by their own names, endpoints from numgen maps and affinity chains', async () => {
    const capture = 'k8s-1.36-nftables-dualstack-ptp'
    const web = nodeOf(await trace(capture, 'shop/web'), 'n1')
    expect(web).toMatchObject({ mode: 'nftables', backend: 'nft' })
    expect(web.entries[0]!.chains).toEqual(['services', 'service-452DNVGS-shop/web/tcp/'])
    const sticky = nodeOf(await trace(capture, 'shop/web-sticky'), 'n1').entries[0]!
    expect(byAddress(sticky).get('10.244.1.4:8080')!.chain).toBe(
      'endpoint-VXFQBRYA-shop/web-sticky/tcp/__10.244.1.4/8080',
    )
  })

  test('nftables: a client with affinity goes back to its endpoint', async () => {
    const from = { kind: 'address', address: '10.244.1.3' } as const
    const [n1] = (await trace('k8s-1.36-nftables-dualstack-ptp', 'shop/web-sticky', { from })).nodes
    expect(
      n1!.entries[0]!.endpoints.filter((one) => one.probability > 0).map((one) => [one.address, one.probability]),
    ).toEqual([['10.244.3.2', 1]])
  })

  test('dual stack: entries of each family lead to endpoints of that family', async () => {
    for (const capture of ['k8s-1.36-nftables-dualstack-ptp', 'k8s-1.36-iptables-nft-dualstack-bridge']) {
      const [four, six] = nodeOf(await trace(capture, 'shop/web-dual'), 'n2').entries
      expect(four!.endpoints.every((one) => one.address!.includes('.'))).toBe(true)
      expect(six!.endpoints.every((one) => one.address!.startsWith('fd00:10:244:'))).toBe(true)
      expect(shares(six!)).toEqual(Array(5).fill(expect.closeTo(0.2, 6)))
      expect([four!.verdict, six!.verdict]).toEqual(['reachable', 'reachable'])
    }
  })
})

describe('5,000 services, whose later chains carry no comments', () => {
  const capture = 'k8s-1.36-iptables-nft-5000-services'

  test('one of them is found by hash and by address', async () => {
    const report = await trace(capture, 'big/svc-02936')
    const [entry] = report.nodes[0]!.entries
    expect(entry!.chains).toEqual(['KUBE-SERVICES', serviceChain('SVC', 'big/svc-02936:http', 'tcp')])
    expect(shares(entry!)).toEqual(Array(4).fill(expect.closeTo(0.25, 6)))
    expect(byAddress(entry!).get('10.200.45.227:8080')).toMatchObject({
      chain: 'KUBE-SEP-VUJ7HPKMPDFZYXUY',
      state: 'ready',
    })
    const own = entry!.rules.filter(
      (rule) => /^KUBE-(SVC|SEP)-/.test(rule.chain) && !rule.text.includes('KUBE-MARK-MASQ'),
    )
    expect(own.length).toBeGreaterThan(4)
    expect(own.filter((rule) => rule.text.includes('--comment'))).toEqual([])
    expect((await trace(capture, report.service.clusterIPs[0]!)).service.name).toBe('svc-02936')
  })

  test('its endpoints exist in the API alone, so no route leads there', async () => {
    const report = await trace(capture, 'big/svc-02936')
    expect(report.verdict).toBe('broken')
    expect(report.reasons[0]!.message).toMatch(/4 endpoints are not reached, no route/)
    expect(report.reasons.slice(1)).toMatchObject([
      { verdict: 'unknown', node: 'n2', message: 'nothing was collected from this node' },
      { verdict: 'unknown', node: 'n3' },
    ])
  })
})

describe('what the broken captures show', () => {
  test('n2 with a kube-proxy that hung: stale endpoints there, and only there', async () => {
    const report = await trace('broken-n2-kube-proxy-stuck', 'shop/web')
    expect(report.nodes.map((node) => [node.name, node.verdict])).toEqual([
      ['n1', 'reachable'],
      ['n2', 'broken'],
      ['n3', 'reachable'],
    ])
    const states = nodeOf(report, 'n2').entries[0]!.endpoints.map((one) => one.state)
    expect(states).toEqual(['stale', 'stale', 'stale', 'missing', 'missing', 'missing'])
    expect(new Set(report.reasons.map((reason) => reason.node))).toEqual(new Set(['n2']))
  })

  test('n1 with the FORWARD policy DROP drops what pods send, not what is masqueraded', async () => {
    const report = await trace('broken-mixed-backends-and-kernel', 'shop/web-np')
    const n1 = nodeOf(report, 'n1')
    expect(entryOf(n1, 'clusterIP')).toMatchObject({ verdict: 'broken' })
    expect(entryOf(n1, 'clusterIP').endpoints.every((one) => one.fate === 'drop')).toBe(true)
    // KUBE-FORWARD accepts packets that carry the masquerade mark.
    expect(entryOf(n1, 'nodePort')).toMatchObject({ verdict: 'reachable' })
    // What n2 and n3 send to n1's pod dies there too.
    expect(entryOf(nodeOf(report, 'n2'), 'clusterIP')).toMatchObject({ verdict: 'degraded' })
    const fates = entryOf(nodeOf(report, 'n2'), 'clusterIP').endpoints.map((one) => [one.node, one.fate, one.reason])
    expect(fates).toEqual([
      ['n1', 'drop', 'on n1: the policy of FORWARD in the table filter is DROP'],
      [
        'n2',
        'drop',
        'its replies are lost on n2: cni0 passes them straight to the client, and they bypass the rules: net.bridge.bridge-nf-call-iptables is 0',
      ],
      ['n3', 'forwarded', null],
    ])
  })

  test('n3 with old legacy rules: two rule sets translate the node port', async () => {
    const report = await trace('broken-mixed-backends-and-kernel', 'shop/web-np')
    const entry = entryOf(nodeOf(report, 'n3'), 'nodePort')
    expect(entry.verdict).toBe('degraded')
    expect(entry.reason).toMatch(/two rule sets translate it.*iptables-save\.txt.*iptables-legacy-save\.txt/)
    expect(entryOf(nodeOf(report, 'n3'), 'clusterIP').reason).not.toMatch(/two rule sets/)
  })
})
