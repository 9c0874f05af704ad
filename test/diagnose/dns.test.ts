/** The DNS leg: each case bends a healthy capture, and exactly these findings on DNS are right of it. */
import { expect, test } from 'vitest'
import type { DnsAnswer } from '../../src/model/observation.ts'
import { type Bending, endpoints, type Files, findingsIn, named, objects } from './bend.ts'

type Change = (files: Files) => void
// biome-ignore lint/suspicious/noExplicitAny: the API's objects as they come
type Item = any

const all =
  (...changes: Change[]): Change =>
  (files) => {
    for (const change of changes) change(files)
  }
const SEARCH = 'search shop.svc.cluster.local svc.cluster.local cluster.local\n'
const resolv =
  (nameserver: string, more = ''): Change =>
  (files) =>
    void files.set('resolv.conf', `nameserver ${nameserver}\n${SEARCH}${more}`)
const conditions =
  (change: (i: number) => object): Change =>
  (files) =>
    endpoints(files, 'kube-dns', (every) => every.map((one, i) => ({ ...one, conditions: change(i) })))
const services =
  (fits: (one: Item) => boolean): Change =>
  (files) =>
    objects(files, 'services', (items) => items.splice(0, items.length, ...items.filter(fits)))
const isDns = ({ metadata }: Item) => metadata.name === 'kube-dns'
const inSystem = ({ metadata }: Item) => metadata.namespace === 'kube-system'
const renamed =
  (name: string, labels: object): Change =>
  (files) => {
    objects(files, 'services', (items) =>
      Object.assign(named(items, 'kube-dns', 'kube-system').metadata, { name, labels }),
    )
    endpoints(files, 'kube-dns', (every, slice) => {
      slice.metadata.labels['kubernetes.io/service-name'] = name
      return every
    })
  }
/** Another service of kube-system, as each cluster has some. */
const metricsServer: Change = (files) =>
  objects(files, 'services', (items) => {
    const copy = structuredClone(named(items, 'kube-dns', 'kube-system'))
    Object.assign(copy.metadata, { name: 'metrics-server', labels: {} })
    Object.assign(copy.spec, {
      clusterIP: '10.96.7.7',
      clusterIPs: ['10.96.7.7'],
      ports: [{ port: 443, protocol: 'TCP' }],
    })
    items.push(copy)
  })
const NAME = 'web.shop.svc.cluster.local'
const answers =
  (...list: Partial<DnsAnswer>[]): Change =>
  (files) =>
    void files.set(
      'dns.json',
      JSON.stringify(
        list.map((one, i) => ({
          ...{ pod: `kube-system/coredns-${i}`, name: NAME, type: 'A', rcode: null, error: null, values: [] },
          ...one,
        })),
      ),
    )
const right = { rcode: 'NOERROR', values: ['10.96.244.84'] }
const headless = { name: 'web-headless.shop.svc.cluster.local', rcode: 'NOERROR', values: ['10.244.1.4'] }
const nodelocal =
  (address: string): Change =>
  (files) => {
    for (const node of ['n1', 'n2']) {
      const path = `nodes/${node}/ip-addr.json`
      const link = {
        ...{ ifindex: 90, ifname: 'nodelocaldns', flags: ['BROADCAST', 'NOARP'], mtu: 1500, link_type: 'ether' },
        addr_info: ['169.254.20.10', address].map((local) => ({
          family: 'inet',
          local,
          prefixlen: 32,
          scope: 'global',
        })),
      }
      files.set(path, JSON.stringify([...JSON.parse(files.get(path)!), link]))
    }
  }
/** So many endpoints of a service. */
const many =
  (count: number, service = 'web-headless'): Change =>
  (files) =>
    endpoints(files, service, ([one]) =>
      Array.from({ length: count }, (_, i) => ({ ...one, addresses: [`10.244.1.${i + 10}`] })),
    )
const udpAlone: Change = (files) =>
  objects(files, 'services', (items) => {
    const { spec } = named(items, 'kube-dns', 'kube-system')
    spec.ports = spec.ports.filter(({ protocol }: Item) => protocol === 'UDP')
  })
const seenAt =
  (seconds: number): NonNullable<Bending['seen']> =>
  (observation) => {
    const slice = observation.cluster.endpointsOf('shop', 'web-headless')![0]!.slice!
    const at = new Date(Date.parse(slice.changedAt!) + seconds * 1000).toISOString()
    return { ...observation, observedAt: at }
  }

const CASES: readonly (readonly [what: string, bending: Bending, codes: readonly string[], says?: RegExp])[] = [
  ['healthy', {}, []],

  ['201: no endpoint is ready', { files: conditions(() => ({ ready: false })) }, ['SVP201 error'], /no ready endpoint/],
  [
    '201: terminating ones still serve',
    { files: conditions(() => ({ ready: false, serving: true, terminating: true })) },
    [],
  ],
  [
    '201: there is none',
    {
      files: all(
        metricsServer,
        services((one) => !isDns(one)),
      ),
    },
    ['SVP201 error'],
    /kube-system has no service of the cluster DNS/,
  ],
  [
    '201: kube-system was not seen',
    { files: services((one) => !inSystem(one)) },
    ['SVP802 info'],
    /services of kube-system were not collected: not known whether SVP201 \(cluster-dns-missing\) applies/,
  ],
  ['201: pasted text is not asked for it', { files: services((one) => !inSystem(one)), source: 'rules' }, []],
  ['201: by its label', { files: renamed('dns', { 'k8s-app': 'kube-dns' }) }, []],
  ['201: by its port', { files: renamed('dns', {}) }, []],

  [
    '202: another address',
    { files: answers({ ...right, values: ['10.96.0.99'] }, right) },
    ['SVP202 error'],
    /with 10.96.0.99, not 10.96.244.84: clients connect to the wrong place/,
  ],
  [
    '202: no address',
    { files: answers({ ...right, values: [] }) },
    ['SVP202 error'],
    /with no address, not 10.96.244.84: clients that ask it get no address$/,
  ],
  [
    '202: headless, moments after a change',
    { service: 'shop/web-headless', files: answers(headless), seen: seenAt(5) },
    ['SVP202 warning'],
    /DNS may follow/,
  ],
  [
    '202: headless, long after',
    { service: 'shop/web-headless', files: answers(headless), seen: seenAt(90) },
    ['SVP202 error'],
  ],

  [
    '203: an error',
    { files: answers({ rcode: 'SERVFAIL' }, right) },
    ['SVP203 error'],
    /coredns-0 answers \S+ A with SERVFAIL/,
  ],
  [
    '203: reached, and silent',
    { files: answers({ error: 'no answer within 5 s', silent: true }, right) },
    ['SVP203 error'],
    /coredns-0 does not answer \S+ A \(no answer within 5 s\)/,
  ],
  [
    '203: nobody listens there',
    {
      files: answers({
        error:
          'port 53 of pod kube-system/coredns-0 cannot be reached: dial tcp4 127.0.0.1:53: connect: connection refused',
        silent: true,
      }),
    },
    ['SVP203 error'],
  ],
  [
    '203: none could be asked',
    { files: answers({ error: 'you may not create pods/portforward in namespace kube-system (403)' }, { error: 'x' }) },
    ['SVP802 warning'],
    /usable answers of the DNS pods \(kube-system\/coredns-0: you may not create pods\/portforward in namespace kube-system \(403\)\) were not collected: not known whether SVP203/,
  ],
  ['203: one could not be asked', { files: answers({ error: 'you may not' }, right) }, []],

  [
    '204: an external resolver',
    { files: resolv('8.8.8.8', 'options ndots:1\n') },
    ['SVP204 warning'],
    /asks 8.8.8.8, which is not the cluster DNS \(kube-system\/kube-dns is 10.96.0.10\)/,
  ],
  ['204: that of an AWS VPC', { files: resolv('169.254.169.253') }, ['SVP204 warning']],
  ['204: that of GCE', { files: resolv('169.254.169.254') }, ['SVP204 warning']],
  ['204: the cluster’s', { files: resolv('10.96.0.10') }, []],
  [
    '204: the cluster’s, in kube-system that may not be read',
    {
      files: all(
        resolv('10.96.0.10'),
        services((one) => !inSystem(one)),
      ),
    },
    ['SVP802 info'],
    /SVP201 \(cluster-dns-missing\), SVP204 \(client-uses-other-resolver\)/,
  ],

  [
    '205: fewer dots than ndots',
    { files: resolv('10.96.0.10', 'options ndots:5\n') },
    ['SVP205 info'],
    /web.shop.svc.cluster.local has 4 dots, fewer than ndots \(5\): .* first queries 3 names/,
  ],
  ['205: as many', { files: resolv('10.96.0.10', 'options ndots:4\n') }, []],
  [
    '205: where an alias leads is not completed',
    { service: 'shop/ext', files: resolv('10.96.0.10', 'options ndots:4\n') },
    [],
  ],

  [
    '206: a link-local name server',
    { files: resolv('169.254.20.10') },
    ['SVP206 info'],
    /on the client’s node answers names at 169.254.20.10/,
  ],
  [
    '206: NodeLocal DNSCache at the DNS service’s own address',
    { files: nodelocal('10.96.0.10') },
    ['SVP206 info'],
    /a cache on n1, n2 answers names at 169.254.20.10, 10.96.0.10/,
  ],
  [
    '206: the same, and a client asks it',
    { files: all(nodelocal('10.96.0.10'), resolv('10.96.0.10')) },
    ['SVP206 info'],
    /on n1, n2 answers names at 10.96.0.10:/,
  ],
  [
    '206: the same, and a client asks another',
    { files: all(nodelocal('10.96.0.10'), resolv('8.8.8.8')) },
    ['SVP204 warning'],
  ],

  [
    '208: 29 addresses do not fit into 512 bytes',
    { service: 'shop/web-headless', files: many(29) },
    ['SVP208 info'],
    /has 29 addresses: the answer takes 517 bytes or more, .* clients must ask again over TCP/,
  ],
  ['208: 28 do', { service: 'shop/web-headless', files: many(28) }, []],
  ['208: a service with one address, whatever its endpoints', { service: 'shop/web', files: many(29, 'web') }, []],
  [
    '208: the cluster DNS takes no TCP',
    { service: 'shop/web-headless', files: all(many(29), udpAlone) },
    ['SVP208 warning'],
    /and the cluster DNS has no port for TCP/,
  ],
  [
    '208: by what was answered, not by the endpoints that are there now',
    {
      service: 'shop/web-headless',
      files: all(
        many(29),
        answers({ ...headless, values: Array.from({ length: 29 }, (_, i) => `10.244.1.${i + 10}`) }),
      ),
    },
    ['SVP208 info'],
  ],
]

const ROWS = CASES.map(([what, bending, codes, says = /^/]) => [what, bending, codes, says] as const)

test.each(ROWS)('%s', async (_, bending, codes, says) => {
  const found = (await findingsIn(bending)).filter(({ code }) => /^SVP[28]/.test(code))
  expect(found.map(({ code, severity }) => `${code} ${severity}`)).toEqual(codes)
  for (const { code, message, fix } of found) {
    expect(message).toMatch(says)
    expect(message).not.toMatch(/undefined|null|NaN|\[object/)
    // A command to be pasted comes first, and a note behind it; a cache needs no mending.
    if (code !== 'SVP206' && code !== 'SVP802') expect(fix).toMatch(/^(kubectl|getent) /)
  }
})
