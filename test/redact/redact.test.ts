import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readSources } from '../../src/capture/read.ts'
import type { CapturedFile } from '../../src/capture/write.ts'
import { canonicalAddress, formatAddress, parseAddress } from '../../src/model/address.ts'
import type { Observation } from '../../src/model/observation.ts'
import { observeFiles } from '../../src/observe/observation.ts'
import { AddressMap } from '../../src/redact/addresses.ts'
import { NameMap } from '../../src/redact/names.ts'
import { redact } from '../../src/redact/redact.ts'
import { traceService } from '../../src/trace/trace.ts'
import { countersText } from '../counters.ts'
import { CAPTURES, capturePath, IPVS_CAPTURES } from '../fixtures.ts'

const KEY = Buffer.alloc(32, 7)
const options = { from: null, nodes: [], port: null }

async function filesOf(capture: string): Promise<CapturedFile[]> {
  const { entries } = await readSources([capturePath(capture)], () => process.stdin)
  return entries
    .filter(({ path }) => /^(api|nodes)\//.test(path))
    .map((entry) => ({ path: entry.path, text: entry.text() }))
}

const observed = (files: CapturedFile[]): Observation =>
  observeFiles(files, { source: 'capture', origin: 't', problems: [] })

const names = new NameMap(KEY)
const addresses = new AddressMap(KEY)

test('counters stay as they are, and of rules beside them nothing else does', () => {
  const rule = (text: string) => `iptables-save.txt:[5:300] -A KUBE-FORWARD ${text}`
  const own = [rule('-m conntrack --ctstate INVALID -j DROP'), rule('-j ACCEPT')]
  const tables = { conntrack: { drop: 0x0a600001 }, softnet: [0x0af40103, 7] } satisfies Parameters<
    typeof countersText
  >[1]
  const kept = countersText(10, tables, own)
  const text = countersText(10, tables, [
    own[0]!,
    rule('-s 10.0.0.7/32 -m comment --comment secret -j ACCEPT'),
    'secret:1',
  ])
  const [redacted] = redact([{ path: 'nodes/n1/counters-again.txt', text }], KEY).filter(({ path }) =>
    path.startsWith('nodes/'),
  )
  expect(redacted!.text).toBe(kept)
})

describe.each(CAPTURES)('%s', (capture) => {
  test('the same way is rebuilt, by other names and addresses', async () => {
    const files = await filesOf(capture)
    const [before, after] = [observed(files), observed(redact(files, KEY))]
    const services = before.cluster.services ?? []
    expect(after.cluster.services).toHaveLength(services.length)
    // Of the 5,000 some are enough.
    const step = Math.ceil(services.length / 40)
    for (const service of services.filter((_, i) => i % step === 0)) {
      const renamed = after.cluster.services!.find(
        (one) => one.namespace === names.replace(service.namespace) && one.name === names.replace(service.name),
      )!
      expect(
        structure(
          after,
          renamed,
          (one) => one,
          (one) => one,
        ),
      ).toEqual(
        structure(
          before,
          service,
          (one) => names.replace(one),
          (one) => addresses.replace(one),
        ),
      )
    }
  })

  test('no name and no address of the cluster is left', async () => {
    const files = await filesOf(capture)
    const text = redact(files, KEY)
      .map((file) => `${file.path}\n${file.text}`)
      .join('\n')
    const { cluster } = observed(files)
    const kept = /^(default|kubernetes|kube-(system|dns|proxy)|coredns)$/
    const long = [
      ...(cluster.pods ?? []).map(({ name }) => name),
      ...(cluster.services ?? []).map(({ namespace, name }) => `${namespace}/${name}`),
      ...(cluster.services ?? []).map(({ namespace, name }) => `${name}.${namespace}.svc`),
    ].filter((name) => !name.split(/[/.]/).every((part) => kept.test(part) || part === 'svc'))
    const words = new Set(text.split(/[^A-Za-z0-9./-]+/))
    expect(long.filter((name) => words.has(name) || words.has(`${name}/tcp`))).toEqual([])
    for (const word of ['"shop"', '"web', 'shop/', 'nodes/n1', '"n1"', '"n2"', '"n3"', 'big/svc'].filter((one) =>
      text.includes(one),
    ))
      expect(word).toBe('')
    const own = [
      ...(cluster.pods ?? []).flatMap((pod) => pod.ips),
      ...(cluster.nodes ?? []).flatMap((node) => node.addresses.map(({ address }) => address)),
      ...(cluster.services ?? []).flatMap(({ clusterIPs, externalIPs }) => [...clusterIPs, ...externalIPs]),
    ].filter((address) => parseAddress(address) && addresses.replace(address) !== address)
    // An old address may be a new one of another by chance, but not in one cluster's few.
    const found = new Set(text.split(/[^0-9a-fA-F.:]+/).flatMap((one) => [one, one.replace(/:\d+$/, '')]))
    expect([...new Set(own)].filter((address) => found.has(address)).length).toBeLessThan(3)
    const macs = new Set(files.flatMap((file) => file.text.match(/\b[0-9a-f]{2}(:[0-9a-f]{2}){5}\b/g) ?? []))
    const shared = [...macs].filter((mac) => !/^(00:){5}|^(ff:){5}/.test(mac) && text.includes(mac))
    expect(shared).toEqual([])
  })
})

/** What must not change of a service's way, with names and addresses in the other's terms. */
function structure(
  observation: Observation,
  service: NonNullable<Observation['cluster']['services']>[number],
  name: (text: string) => string,
  address: (text: string) => string,
) {
  const report = traceService(observation, service, options)
  return {
    verdict: report.verdict,
    reasons: report.reasons.map(({ verdict, node }) => [verdict, node && name(node)]).sort(),
    nodes: report.nodes
      .map((node) => ({
        ...{ name: name(node.name), verdict: node.verdict, mode: node.mode, connections: node.connections },
        entries: node.entries
          .map((entry) => ({
            ...{
              kind: entry.kind,
              address: entry.address && address(entry.address),
              port: entry.port,
              outcome: entry.outcome,
            },
            ...{ verdict: entry.verdict, hits: entry.hits, chains: entry.chains.length },
            endpoints: entry.endpoints
              .map((one) => ({
                ...{
                  address: one.address && address(one.address),
                  pod: one.pod && name(one.pod.name),
                  node: one.node && name(one.node),
                },
                ...{ port: one.port, probability: one.probability, hits: one.hits, state: one.state, fate: one.fate },
                ...{ known: one.known, masquerade: one.masquerade, link: one.link?.interface ?? null },
              }))
              .sort((a, b) => (String(a.address) < String(b.address) ? -1 : 1)),
          }))
          .sort((a, b) => (`${a.kind}${a.address}${a.port}` < `${b.kind}${b.address}${b.port}` ? -1 : 1)),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

describe('addresses', () => {
  const v4 = fc.integer({ min: 0, max: 0xffffffff }).map((value) => formatAddress(4, BigInt(value)))
  const v6 = fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map((value) => formatAddress(6, value))
  const bits = (text: string): string => {
    const { family, value } = parseAddress(text)!
    return value.toString(2).padStart(family === 4 ? 32 : 128, '0')
  }
  const common = (a: string, b: string): number => {
    const [x, y] = [bits(a), bits(b)]
    const at = [...x].findIndex((bit, i) => bit !== y[i])
    return at < 0 ? x.length : at
  }

  test.each([
    ['IPv4', v4],
    ['IPv6', v6],
  ] as const)('%s: what two share they share afterwards', (_, any) => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        const kept = (one: string): boolean => addresses.replace(one) === canonicalAddress(one)
        // Those that mean something stay as they are, whatever is beside them.
        fc.pre(!kept(a) && !kept(b))
        expect(common(addresses.replace(a), addresses.replace(b))).toBe(common(a, b))
      }),
    )
  })

  test.each(['0.0.0.0', '127.0.0.1', '255.255.255.0', '224.0.0.1', '169.254.20.10', '::', '::1', 'ff02::1'])(
    '%s stays',
    (one) => expect(addresses.replace(one)).toBe(one),
  )
  test.each([
    ['10.1.2.3', /^10\./],
    ['172.20.1.1', /^172\.(1[6-9]|2\d|3[01])\./],
    ['192.168.7.7', /^192\.168\./],
    ['fd00:10:244::5', /^fd/],
    ['fe80::1234:56ff:fe78:9abc', /^fe80::/],
    ['10.244.0.0/16', /^10\.\d+\.0\.0\/16$/],
    ['fd00:10:244:1::/64', /::\/64$/],
  ])('%s keeps its block', (one, block) => expect(addresses.replace(one)).toMatch(block))
})

test('another run gives other names, and the key is nowhere', async () => {
  const files = await filesOf('k8s-1.36-iptables-nft-bridge')
  const [a, b, again] = [redact(files, KEY), redact(files), redact(files, KEY)]
  expect(again).toEqual(a)
  expect(b.map(({ path }) => path)).not.toEqual(a.map(({ path }) => path))
  const key = randomBytes(32)
  const text = JSON.stringify(redact(files, key))
  for (const form of ['hex', 'base64'] as const) expect(text).not.toContain(key.toString(form))
})

test('what may hold a secret is dropped', () => {
  const pod = {
    ...{
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', namespace: 'b', annotations: { note: 'S3CRET' }, uid: 'S3CRET' },
    },
    spec: {
      containers: [
        {
          name: 'c',
          image: 'S3CRET',
          env: [{ name: 'X', value: 'S3CRET' }],
          args: ['S3CRET'],
          readinessProbe: { httpGet: { path: '/S3CRET', port: 80 } },
        },
      ],
      volumes: [{ name: 'S3CRET' }],
    },
    status: {
      phase: 'Running',
      message: 'S3CRET',
      containerStatuses: [
        { name: 'c', ready: false, state: { waiting: { reason: 'CrashLoopBackOff', message: 'S3CRET' } } },
      ],
    },
  }
  const files = [
    { path: 'api/pods.json', text: JSON.stringify(pod) },
    { path: 'api/secrets.json', text: JSON.stringify({ apiVersion: 'v1', kind: 'Secret', data: { a: 'S3CRET' } }) },
    { path: 'notes.txt', text: 'S3CRET' },
    {
      path: 'nodes/n1/iptables-save.txt',
      text: '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -s 10.0.0.1/32 -m comment --comment "vpn of S3CRET" -j ACCEPT\n-A INPUT -m comment --comment S3CRET -j ACCEPT\nCOMMIT\n',
    },
    {
      path: 'pods/a/b/resolv.conf',
      text: '# S3CRET\nnameserver 10.0.0.10\nsearch a.svc.cluster.local S3CRET.example.com\n',
    },
  ]
  const out = JSON.stringify(redact(files))
  expect(out).not.toMatch(/S3CRET|s3cret/)
  expect(out).toContain('Running')
  expect(out).toContain('CrashLoopBackOff')
})

test('junk of any kind is left out or rewritten, and breaks nothing', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          path: fc.constantFrom(
            'api/pods.json',
            'manifest.json',
            'dns.json',
            'nodes/n1/x.txt',
            'nodes/%zz/x',
            'pods/a/b/resolv.conf',
          ),
          text: fc.string({ unit: 'binary' }),
        }),
        { maxLength: 5 },
      ),
      (files) => {
        redact(files, KEY)
      },
    ),
  )
})

test.each(IPVS_CAPTURES)('what IPVS holds is the same by other addresses: %s', async (capture) => {
  const files = await filesOf(capture)
  const [before, after] = [observed(files), observed(redact(files, KEY))]
  const other = <T extends { address: string }>(one: T): T => ({ ...one, address: addresses.replace(one.address) })
  for (const node of before.nodes) {
    const { ipvs, ipsets, problems } = after.nodes.find(({ name }) => name === names.replace(node.name))!
    expect(problems).toEqual([])
    const servers = (all: typeof ipvs, rename: typeof other) =>
      all!.servers.map(({ service, realServers, scheduler, counters }) => ({
        ...{ service: rename(service!), scheduler, counters },
        real: realServers.map(({ source, ...real }) => rename(real)),
      }))
    expect(servers(ipvs, (one) => one)).toEqual(servers(node.ipvs, other))
    const connections = (all: typeof ipvs, rename: typeof other) =>
      all!.connections!.map(({ source, ...one }) => ({
        ...one,
        client: rename(one.client),
        destination: rename(one.destination),
        virtual: rename(one.virtual),
      }))
    expect(connections(ipvs, (one) => one)).toEqual(connections(node.ipvs, other))
    expect(ipsets!.map(({ name, members }) => [name, members!.length])).toEqual(
      node.ipsets!.map(({ name, members }) => [name, members!.length]),
    )
    // The kernel's own list says the same.
    const proc = (all: CapturedFile[], name: string) =>
      all.find(({ path }) => path === `nodes/${name}/proc-net-ip_vs.txt`)!
    const alone = (file: CapturedFile) => observed([{ ...file, path: 'nodes/x/proc-net-ip_vs.txt' }]).nodes[0]!.ipvs
    expect(servers(alone(proc(redact(files, KEY), names.replace(node.name))), (one) => one)).toEqual(
      servers(alone(proc(files, node.name)), other),
    )
  }
})

test('MetalLB and load balancers keep what is read of them, by other names', () => {
  const list = (kind: string, file: string, item: object) => ({
    path: `api/${file}.json`,
    text: JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'List', metadata: {} },
      items: [{ apiVersion: 'metallb.io/v1beta1', kind, metadata: { name: 'corp', namespace: 'corp' }, ...item }],
    }),
  })
  const annotations = {
    'metallb.io/ip-allocated-from-pool': 'corp-pool',
    'load-balancer.corp.example.com/proxy-protocol': 'corp',
    'load-balancer.corp.example.com/ssl-cert': 'arn:corp',
  }
  const files = [
    list('L2Advertisement', 'l2advertisements', { spec: { ipAddressPools: ['corp-pool'], nodeSelectors: ['corp'] } }),
    list('BGPAdvertisement', 'bgpadvertisements', {
      spec: { ipAddressPoolSelectors: [{ matchLabels: { a: 'corp' } }] },
    }),
    list('ServiceL2Status', 'servicel2statuses', {
      status: { node: 'corp-1', serviceName: 'corp-web', serviceNamespace: 'corp' },
    }),
    {
      path: 'api/services.json',
      text: JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'corp-web', namespace: 'corp', annotations } },
        spec: { healthCheckNodePort: 32154 },
      }),
    },
    {
      path: 'nodes/corp-1/health-checks.txt',
      text: 'port 32154\nlistening 1\nasked 192.0.2.7\n{"service": {"namespace": "corp", "name": "corp-web"}, "localEndpoints": 1}\n',
    },
  ]
  const out = redact(files, KEY)
  expect(JSON.stringify(out)).not.toContain('corp')
  expect(JSON.stringify(out)).not.toContain('192.0.2.7')
  const { cluster, nodes } = observed(out)
  const pool = names.replace('corp-pool')
  expect(cluster.metalLB).toEqual({
    announcers: [
      { namespace: names.replace('corp'), service: names.replace('corp-web'), node: names.replace('corp-1') },
    ],
    advertisements: [
      { by: 'L2', pools: [pool] },
      { by: 'BGP', pools: null },
    ],
  })
  const [service] = cluster.services!
  expect(service).toMatchObject({ addressPool: pool, healthCheckNodePort: 32154 })
  expect(service!.balancerDoes?.map(({ what }) => what)).toEqual(['PROXY protocol', 'TLS'])
  expect(nodes[0]!.healthChecks).toMatchObject([
    { port: 32154, listens: true, answer: { name: names.replace('corp-web'), localEndpoints: 1 } },
  ])
})
