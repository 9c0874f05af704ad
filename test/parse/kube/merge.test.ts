import { describe, expect, test } from 'vitest'
import { parseDescribe } from '../../../src/parse/kube/describe.ts'
import { mergeParts } from '../../../src/parse/kube/merge.ts'
import { parseObjects } from '../../../src/parse/kube/objects.ts'
import { parseTable } from '../../../src/parse/kube/table.ts'
import { sample } from '../../fixtures.ts'
import { apiParts, apiText, captures, json } from './api.ts'

const bridge = 'k8s-1.36-iptables-nft-bridge'
const objects = (text: string, file = 'api.json') => parseObjects(text, file)
const list = (...items: string[]) => objects(`{"kind":"List","items":[${items.join()}]}`, 'list.json')
const table = (...lines: string[]) => parseTable(lines.join('\n'), 'table.txt')
const messages = (merged: ReturnType<typeof mergeParts>) => merged.problems.map(({ message }) => message)

const service = (clusterIP: string, rest = {}) =>
  json('Service', 'web', { spec: { clusterIP, ports: [{ port: 80, targetPort: 8080 }], ...rest } })
const slice = (address: string) =>
  json(
    'EndpointSlice',
    `web-${address}`,
    {
      labels: { 'kubernetes.io/service-name': 'web' },
      endpoints: [{ addresses: [address] }],
      ports: [{ port: 8080 }],
    },
    'discovery.k8s.io/v1',
  )
const endpoints = (name: string, ...addresses: string[]) =>
  json('Endpoints', name, { subsets: [{ addresses: addresses.map((ip) => ({ ip })), ports: [{ port: 8080 }] }] })
const addressesOf = (merged: ReturnType<typeof mergeParts>, name = 'web', namespace = 'shop') =>
  merged.endpointsOf(namespace, name)?.map(({ address }) => address) ?? null

const WHICH = (key: string) => `the table does not say which port of ${key} each endpoint is for`

describe('captures', () => {
  test.each(captures)('%s: no problem, and a list of everything', (capture) => {
    const merged = mergeParts(apiParts(capture))
    for (const { namespace, name } of merged.cluster.services ?? []) merged.endpointsOf(namespace, name)
    expect(merged.problems).toEqual([])
    expect(merged.cluster.services?.length).toBe(capture.includes('5000') ? 5018 : 18)
    expect(merged.cluster.pods?.length).toBeGreaterThanOrEqual(8)
    expect(merged.cluster.nodes?.map(({ name }) => name)).toEqual(['n1', 'n2', 'n3'])
    expect(merged.truncated.size).toBe(0)
    expect(addressesOf(merged, 'kubernetes', 'default')).toEqual(['172.30.0.2'])
  })

  test('the Corefile and the version come along', () => {
    const merged = mergeParts(apiParts(bridge))
    expect(merged.corefile).toContain('kubernetes cluster.local')
    expect(merged.cluster.version).toBe('v1.36.1')
  })

  test('a Service without slices and Endpoints has none; one of nothing known is not told', () => {
    const merged = mergeParts(apiParts(bridge))
    expect(addressesOf(merged, 'empty')).toEqual([])
    expect(addressesOf(merged, 'ext')).toEqual([])
    expect(addressesOf(mergeParts([objects(apiText(bridge, 'services.json'))]), 'empty')).toBeNull()
  })
})

describe('lists', () => {
  test('are null where nothing was collected', () => {
    expect(mergeParts([]).cluster).toEqual({
      ...{ services: null, pods: null, nodes: null, version: null },
      metalLB: { announcers: null, advertisements: null },
    })
    expect(mergeParts([]).endpointsOf('a', 'b')).toBeNull()
  })

  test('are empty where an empty list was', () => {
    const empty = '{"apiVersion":"v1","items":[],"kind":"List"}'
    const parts = ['services', 'pods', 'nodes', 'endpointslices'].map((name) => objects(empty, `api/${name}.json`))
    expect(mergeParts(parts).cluster).toMatchObject({ services: [], pods: [], nodes: [] })
    expect(mergeParts(parts).endpointsOf('shop', 'web')).toEqual([])
  })
})

describe('endpoints', () => {
  test('slices win over Endpoints objects, also where they are empty', () => {
    const both = mergeParts([objects(endpoints('web', '10.0.0.9')), objects(slice('10.0.0.1'))])
    expect(addressesOf(both)).toEqual(['10.0.0.1'])
    const empty = json(
      'EndpointSlice',
      'web-a',
      { labels: { 'kubernetes.io/service-name': 'web' } },
      'discovery.k8s.io/v1',
    )
    expect(addressesOf(mergeParts([objects(endpoints('web', '10.0.0.9')), objects(empty)]))).toEqual([])
  })

  test('Endpoints objects win over a description, and that over a table', () => {
    const described = parseDescribe(
      'Name: web\nNamespace: shop\nPort: a 80/TCP\nTargetPort: 1/TCP\nEndpoints: 10.0.0.2:80\n',
      'd',
    )
    const tabled = table('NAMESPACE  NAME  ENDPOINTS    AGE', 'shop       web   10.0.0.3:80  1d')
    expect(addressesOf(mergeParts([tabled, described, objects(endpoints('web', '10.0.0.1'))]))).toEqual(['10.0.0.1'])
    expect(addressesOf(mergeParts([tabled, described]))).toEqual(['10.0.0.2'])
    expect(addressesOf(mergeParts([tabled]))).toEqual(['10.0.0.3'])
  })

  test('those of several slices and files add up, each once', () => {
    const merged = mergeParts([list(slice('10.0.0.1'), slice('10.0.0.2')), objects(slice('10.0.0.2'))])
    expect(addressesOf(merged)).toEqual(['10.0.0.1', '10.0.0.2'])
  })

  test('a list speaks for the namespaces that it names', () => {
    const shop = mergeParts([list(endpoints('web', '10.0.0.1'))])
    expect(addressesOf(shop, 'other')).toEqual([])
    expect(addressesOf(shop, 'other', 'kube-system')).toBeNull()
    const kubernetes = '{"kind":"Endpoints","metadata":{"name":"kubernetes","namespace":"default"}}'
    const all = mergeParts([list(endpoints('web', '10.0.0.1'), kubernetes)])
    expect(addressesOf(all, 'other', 'kube-system')).toEqual([])
    expect(addressesOf(mergeParts([list(kubernetes)]), 'web')).toBeNull()
    expect(addressesOf(mergeParts([objects(endpoints('web', '10.0.0.1'))]), 'other')).toBeNull()
  })

  test('a table says nothing of services that it does not name', () => {
    const merged = mergeParts([table('NAME  ENDPOINTS    AGE', 'web   10.0.0.3:80  1d', 'none  <none>       1d')])
    expect(addressesOf(merged, 'none', 'default')).toEqual([])
    expect(addressesOf(merged, 'other', 'default')).toBeNull()
  })

  test('what a table leaves open comes from the Service’s ports', () => {
    const dns = parseTable(sample('k3s-flannel/kube-dns-service.txt'), 'svc.txt')
    const tabled = table(
      'NAMESPACE     NAME       ENDPOINTS                                        AGE',
      'kube-system   kube-dns   10.42.0.5:53,10.42.0.5:53,10.42.0.5:9153   22h',
    )
    const merged = mergeParts([tabled, dns])
    // Of several ports nobody knows which is meant.
    expect(merged.endpointsOf('kube-system', 'kube-dns')?.map(({ port, untold }) => [port, untold])).toEqual([
      [53, true],
      [9153, true],
    ])
    expect(messages(merged)).toEqual([WHICH('kube-system/kube-dns')])
    const named = mergeParts([
      objects(
        json('Service', 'web', { spec: { ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'SCTP' }] } }),
      ),
      table('NAMESPACE  NAME  ENDPOINTS      AGE', 'shop       web   10.0.0.3:8080  1d'),
    ])
    expect(named.endpointsOf('shop', 'web')).toMatchObject([{ port: 8080, portName: 'http', protocol: 'SCTP' }])
  })

  test('what stays open is said', () => {
    const merged = mergeParts([table('NAME  ENDPOINTS    AGE', 'web   10.0.0.3:80  1d')])
    expect(merged.endpointsOf('default', 'web')).toMatchObject([{ untold: true, portName: '' }])
    expect(messages(merged)).toEqual([WHICH('default/web')])
  })

  test('parts of a list are known as such', () => {
    const cut = table('NAMESPACE  NAME  ENDPOINTS                 AGE', 'shop       web   10.0.0.3:80 + 2 more...   1d')
    expect(mergeParts([cut]).truncated).toEqual(new Set(['shop/web']))
    expect(mergeParts([cut, objects(slice('10.0.0.1'))]).truncated.size).toBe(0)
    const dual = objects(service('10.0.0.1', { clusterIPs: ['10.0.0.1', 'fd00::1'] }))
    const half = mergeParts([dual, objects(endpoints('web', '10.1.0.1'))])
    expect(half.truncated).toEqual(new Set(['shop/web']))
    expect(messages(half)).toEqual(["without slices one address family's endpoints are not known of shop/web"])
    expect(mergeParts([dual, list(slice('10.1.0.1'))]).truncated.size).toBe(0)
    // By its name, one slice of one family: the other's may be there, too.
    expect(mergeParts([dual, objects(slice('10.1.0.1'))]).truncated).toEqual(new Set(['shop/web']))
  })

  test('what is odd about endpoints is told when they are read', () => {
    const merged = mergeParts([objects(slice('nonsense'))])
    expect(merged.problems).toEqual([])
    expect(addressesOf(merged)).toEqual([])
    expect(addressesOf(merged)).toEqual([])
    expect(messages(merged)).toEqual(['a slice of shop/web: an endpoint without an IP address is left out'])
  })
})

describe('services', () => {
  const row = (clusterIP: string) =>
    table(
      'NAMESPACE NAME TYPE CLUSTER-IP EXTERNAL-IP PORT(S) AGE SELECTOR',
      `shop web ClusterIP ${clusterIP} <none> 80/TCP 1d app=web`,
    )

  test('an object wins over a description and a table, whatever their order', () => {
    const described = parseDescribe(
      'Name: web\nNamespace: shop\nSelector: app=d\nIP: 10.0.0.1\nPort: a 81/TCP\nTargetPort: x/TCP\n',
      'd',
    )
    const merged = mergeParts([row('10.0.0.1'), described, objects(service('10.0.0.1', { selector: { app: 'o' } }))])
    expect(merged.cluster.services).toMatchObject([
      { origin: 'api.json', selector: { app: 'o' }, ports: [{ port: 80, targetPort: '8080' }] },
    ])
    expect(mergeParts([row('10.0.0.1'), described]).cluster.services).toMatchObject([
      { origin: 'd', type: 'ClusterIP', selector: { app: 'd' }, ports: [{ port: 81, name: 'a' }] },
    ])
  })

  test('a manifest gets its cluster IP from a table, and nothing else', () => {
    const manifest = objects(json('Service', 'web', { spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } }))
    expect(mergeParts([manifest, row('10.0.0.7')]).cluster.services).toMatchObject([
      { type: 'LoadBalancer', clusterIPs: ['10.0.0.7'], selector: null },
    ])
  })

  test('a wide table adds selectors and whole addresses to a narrow one', () => {
    const head = 'NAME   TYPE           CLUSTER-IP   EXTERNAL-IP        PORT(S)   AGE'
    const narrow = table(head, 'kuard  LoadBalancer   10.0.0.1     a1a7df4fb1b24...   80/TCP    1d')
    const wide = table(
      `${head}   SELECTOR`,
      'kuard  LoadBalancer   10.0.0.1     a1a7df4fb1b2.example.com   80/TCP    1d   run=kuard',
    )
    expect(mergeParts([narrow, wide]).cluster.services).toMatchObject([
      { loadBalancerHostnames: ['a1a7df4fb1b2.example.com'], selector: { run: 'kuard' } },
    ])
  })

  test('two files that contradict each other: the better one, and a problem', () => {
    const merged = mergeParts([row('10.0.0.2'), objects(service('10.0.0.1'))])
    expect(merged.cluster.services).toMatchObject([{ clusterIPs: ['10.0.0.1'] }])
    expect(merged.problems).toEqual([
      {
        file: 'table.txt',
        line: null,
        message: 'Service shop/web has another cluster IP here than in api.json, which is used',
      },
    ])
    const twice = mergeParts([objects(service('10.0.0.1'), 'a.json'), objects(service('10.0.0.2'), 'b.json')])
    expect(twice.cluster.services).toMatchObject([{ clusterIPs: ['10.0.0.1'], origin: 'a.json' }])
    expect(messages(twice)).toEqual(['Service shop/web has another cluster IP here than in a.json, which is used'])
  })
})

describe('pods and nodes', () => {
  test('a wide table adds addresses to a narrow one', () => {
    const narrow = table('NAME READY STATUS RESTARTS AGE', 'a 1/1 Running 0 1d')
    const wide = table('NAME READY STATUS RESTARTS AGE IP NODE', 'a 1/1 Running 0 1d 10.0.0.1 n1')
    expect(mergeParts([narrow, wide]).cluster.pods).toMatchObject([{ name: 'a', ips: ['10.0.0.1'], node: 'n1' }])
    const short = table('NAME STATUS ROLES AGE VERSION', 'n1 Ready <none> 1d v1.29.1')
    const long = table('NAME STATUS ROLES AGE VERSION INTERNAL-IP', 'n1 NotReady <none> 1d v1.29.1 172.30.0.11')
    expect(mergeParts([short, long]).cluster.nodes).toEqual([
      {
        name: 'n1',
        addresses: [{ type: 'InternalIP', address: '172.30.0.11' }],
        podCIDRs: [],
        ready: true,
        operatingSystem: null,
      },
    ])
  })
})
