import { describe, expect, test } from 'vitest'
import { parseObjects } from '../../../src/parse/kube/objects.ts'
import { endpointsIn, json, messagesOf } from './api.ts'

const parse = (text: string, file = 'x.json') => parseObjects(text, file)
const service = (spec: unknown, rest = {}) => json('Service', 'web', { spec, ...rest })
const slice = (fields: object, labels: object = { 'kubernetes.io/service-name': 'web' }) =>
  json('EndpointSlice', 'web-abc', { labels, ...fields }, 'discovery.k8s.io/v1')

describe('lists', () => {
  test('as the API answers, without the items’ kind', () => {
    const spec = { clusterIP: '10.0.0.1', ports: [{ port: 80 }] }
    const parts = parse(
      JSON.stringify({ kind: 'ServiceList', apiVersion: 'v1', items: [{ metadata: { name: 'a' }, spec }] }),
    )
    expect(parts.services).toMatchObject([{ namespace: 'default', name: 'a', clusterIPs: ['10.0.0.1'] }])
    expect(parts.kinds).toEqual(new Set(['Service']))
  })

  test('empty: the kind comes from the list, or from the file', () => {
    const empty = '{"apiVersion":"v1","items":[],"kind":"List"}'
    expect(parse('{"kind":"EndpointSliceList","items":null}').kinds).toEqual(new Set(['EndpointSlice']))
    expect(parse(empty, 'capture/api/endpointslices.json').kinds).toEqual(new Set(['EndpointSlice']))
    expect(parse(empty, 'api/pods.json')).toMatchObject({ kinds: new Set(['Pod']), problems: [] })
    expect(parse(empty, 'paste.txt').kinds.size).toBe(0)
    expect(messagesOf(parse(empty, 'paste.txt'))).toEqual(['list: it is empty, and nothing tells of what kind it is'])
  })

  test('a page of a longer list does not count as collected', () => {
    const parts = parse('{"kind":"PodList","metadata":{"continue":"abc"},"items":[]}')
    expect(parts.kinds.size).toBe(0)
    expect(messagesOf(parts)).toEqual(['list: it is a part: the API has more'])
  })

  test('an array of objects, and lists within lists', () => {
    expect(parse(`[${service({})},${service({})}]`).services).toHaveLength(2)
    const nested = `${'{"kind":"List","items":['.repeat(50)}${']}'.repeat(50)}`
    expect(messagesOf(parse(nested))).toContain('lists within lists are left out')
  })

  test('null and wrong items', () => {
    const parts = parse(`{"kind":"List","items":[null,1,"a",${service({})}]}`)
    expect(parts.services).toHaveLength(1)
    expect(messagesOf(parts)).toEqual(Array(3).fill('what is no API object is left out'))
    expect(messagesOf(parse('{"kind":"List","items":"a"}'))).toEqual(['list: items is no list'])
  })
})

describe('documents', () => {
  test('JSON documents one after another, with text between', () => {
    const parts = parse(
      `$ kubectl get svc web -o json\n${service({})}\n{"kind":"PodList","items":[]}${service({})}\n$ `,
    )
    expect(parts.services).toHaveLength(2)
    expect(parts.kinds).toEqual(new Set(['Pod']))
    expect(parts.problems).toEqual([{ file: 'x.json', line: 1, message: 'text that is no JSON is passed over' }])
  })

  test('one that is cut off, or broken, is named by its line', () => {
    const cut = parse(`${service({})}\n${service({ type: 'NodePort' }).slice(0, -3)}`)
    expect(cut.services).toHaveLength(1)
    expect(cut.problems).toEqual([{ file: 'x.json', line: 2, message: 'the JSON that begins here is cut off' }])
    const comma = parse(`${service({})}\n\n{\n "kind": "Service",\n "metadata" "a"\n}\n`)
    expect(comma.problems).toEqual([{ file: 'x.json', line: 5, message: 'not valid JSON' }])
    const word = parse(`${service({})}\n\n{\n "kind": "Service",\n "metadata": oops\n}\n`)
    expect(word.problems).toEqual([{ file: 'x.json', line: 3, message: 'the JSON that begins here is not valid' }])
  })

  test('a brace or an escaped quote in a string ends nothing', () => {
    const parts = parse(`${service({ externalName: 'a"}{' })} ${service({})}`)
    expect(parts.services.map(({ externalName }) => externalName)).toEqual(['a"}{', null])
  })

  test('nothing in a file, and text of another kind', () => {
    expect(messagesOf(parse(' \n'))).toEqual(['the file is empty'])
    expect(messagesOf(parse('-A KUBE-SERVICES -j DROP'))).toEqual(['neither JSON nor YAML'])
  })

  test('more documents than anybody has', () => {
    expect(messagesOf(parse('{"kind":"Secret"}'.repeat(100_001)))).toContain('only the first 100000 documents are read')
    expect(messagesOf(parse('{a}'.repeat(1_000_000))).at(-1)).toBe('99981 more problems in this file')
  })

  test('a byte-order mark', () => {
    expect(parse(`\uFEFF${service({})}`)).toMatchObject({ services: [{ name: 'web' }], problems: [] })
  })

  test('YAML with an error is left out whole, and named by its line', () => {
    const parts = parse('apiVersion: v1\nkind: Service\nmetadata:\n  name: web\n bad: [\n')
    expect(parts.services).toEqual([])
    expect(parts.problems).toMatchObject([{ line: 5 }])
  })

  test('YAML that is no output of kubectl: aliases, nesting, keys that are no words', () => {
    const head = 'apiVersion: v1\nkind: Service\n'
    expect(messagesOf(parse(`${head}a: &a [x]\nb: *a\n`))).toEqual(['YAML with aliases is no output of kubectl'])
    expect(messagesOf(parse(`${head}a: ${'['.repeat(200)}${']'.repeat(200)}\n`))).toEqual([
      'YAML nested too deeply for an API object',
    ])
    // The yaml package's own conversion takes minutes for this.
    expect(messagesOf(parse(`${head}a: ${'{'.repeat(10_000)}`))).toHaveLength(1)
    expect(messagesOf(parse(`${head}? [a]\n: b\n`))).toEqual(['YAML with a list or map as a key is no API object'])
  })

  test('too much YAML is refused', () => {
    expect(messagesOf(parse(`kind: Service\n${'# \n'.repeat(3_000_000)}`))).toEqual([
      '9 MB of YAML are too much; `-o json` is read at any size',
    ])
  })
})

describe('objects', () => {
  test('of other kinds and groups: one line a kind', () => {
    const secret = json('Deployment', 'a', { data: { token: 'c2VjcmV0' } })
    const knative = json('Service', 'a', { spec: {} }, 'serving.knative.dev/v1')
    const parts = parse(`[${secret},${secret},${knative},{"apiVersion":{"toString":1},"kind":"Pod"},{}]`)
    expect(messagesOf(parts)).toEqual([
      'objects of kind Deployment are not used',
      'objects of kind Service are not used',
      'objects of kind Pod are not used',
      'objects without a kind are not used',
    ])
    expect(JSON.stringify(parts)).not.toContain('c2VjcmV0')
  })

  test('without a valid name', () => {
    for (const metadata of ['null', '{}', '{"name":1}', '{"name":"a/b"}', '{"name":"a","namespace":"\\u001b[31m"}']) {
      const parts = parse(`{"kind":"Service","metadata":${metadata},"spec":{}}`)
      expect(parts.services).toEqual([])
      expect(messagesOf(parts)).toEqual(['a Service without a valid name is left out'])
    }
  })

  test('what the API refused', () => {
    const status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      message: 'services is forbidden',
      reason: 'Forbidden',
    }
    expect(messagesOf(parse(JSON.stringify(status)))).toEqual(['the API answered: "services is forbidden"'])
  })

  test('a version of the client alone', () => {
    expect(parse('{"clientVersion":{"gitVersion":"v1.33.1"}}')).toMatchObject({
      version: null,
      problems: [{ message: "version: the server's is not told" }],
    })
    expect(parse('clientVersion:\n  gitVersion: v1.33.1\nserverVersion:\n  gitVersion: v1.30.2\n').version).toBe(
      'v1.30.2',
    )
  })

  test('CoreDNS’ own Corefile wins over that of node-local DNS', () => {
    const own = json('ConfigMap', 'coredns', { data: { Corefile: 'own' } })
    const local = json('ConfigMap', 'node-local-dns', { data: { Corefile: 'local' } })
    expect(parse(`[${own},${local}]`).corefile).toBe('own')
    expect(parse(`[${local},${own}]`).corefile).toBe('own')
    expect(parse(json('ConfigMap', 'kube-proxy', { data: { 'config.conf': 'mode: nftables' } })).corefile).toBeNull()
  })
})

describe('services', () => {
  const only = (text: string) => parse(text).services[0]

  test('the API’s defaults', () => {
    const ports = [{ port: 80 }, { port: 81, targetPort: 0 }, { port: 82, targetPort: 'http', protocol: 'SCTP' }]
    expect(only(service({ ports, sessionAffinity: 'ClientIP' }))).toMatchObject({
      type: 'ClusterIP',
      affinitySeconds: 10_800,
      selector: null,
      ports: [
        { port: 80, protocol: 'TCP', targetPort: '80', name: '' },
        { port: 81, targetPort: '81' },
        { port: 82, protocol: 'SCTP', targetPort: 'http' },
      ],
    })
  })

  test('wrong values are noted, and the rest is kept', () => {
    const ports = [{ port: '80' }, { port: 99_999 }, null, { port: 80, protocol: 'ICMP' }, { port: 443, nodePort: 'x' }]
    const parts = parse(
      service({ ports, type: 'Odd', clusterIPs: ['10.0.0.1', 5, 'nonsense'], selector: { a: 1, b: 'c' } }),
    )
    expect(parts.services).toMatchObject([
      { type: null, clusterIPs: ['10.0.0.1'], selector: { b: 'c' }, ports: [{ port: 443, nodePort: null }] },
    ])
    expect(messagesOf(parts)).toEqual(
      expect.arrayContaining([
        'Service shop/web: type is none of ClusterIP, NodePort, LoadBalancer and ExternalName',
        'Service shop/web: clusterIPs holds what is no string',
        'Service shop/web: clusterIPs holds what is no IP address',
        'Service shop/web: port is no port number',
        'Service shop/web: a port without a number or protocol is left out',
        'Service shop/web: nodePort is no port number',
        'Service shop/web: selector holds what is no string',
      ]),
    )
  })

  test('lists, objects and texts that are something else', () => {
    const parts = parse(
      service({ ports: 'a', externalIPs: {}, clusterIP: [], sessionAffinityConfig: 1 }, { status: [] }),
    )
    expect(parts.services).toMatchObject([{ ports: [], externalIPs: [], clusterIPs: [] }])
    expect(messagesOf(parts)).toEqual(
      expect.arrayContaining([
        'Service shop/web: status is no object',
        'Service shop/web: ports is no list',
        'Service shop/web: externalIPs is no list',
        'Service shop/web: clusterIP is no string',
      ]),
    )
    expect(messagesOf(parse(service('a')))).toEqual(['Service shop/web: it has no spec, so it is left out'])
  })

  test('a load balancer that answers itself', () => {
    const ingress = [
      { ip: '203.0.113.1', ipMode: 'Proxy' },
      { ip: '203.0.113.2', ipMode: 'VIP' },
      { hostname: 'lb.example' },
    ]
    const parts = parse(service({ type: 'LoadBalancer' }, { status: { loadBalancer: { ingress } } }))
    expect(parts.services).toMatchObject([{ loadBalancerIPs: ['203.0.113.2'], loadBalancerHostnames: ['lb.example'] }])
    expect(messagesOf(parts)).toEqual([expect.stringContaining('ipMode Proxy')])
  })

  test('IPv6 addresses in canonical spelling', () => {
    expect(only(service({ clusterIPs: ['FD00:0:0::1'] }))?.clusterIPs).toEqual(['fd00::1'])
  })
})

describe('slices', () => {
  const endpoints = (fields: object) => endpointsIn(parse(slice(fields)), 'slices', 'shop/web')

  test('conditions that are not told', () => {
    const conditions = [undefined, null, {}, { ready: null, serving: null, terminating: null }, { ready: false }]
    const read = endpoints({ endpoints: conditions.map((one, i) => ({ addresses: [`10.0.0.${i}`], conditions: one })) })
    expect(read?.map(({ ready, serving, terminating }) => [ready, serving, terminating])).toEqual([
      [true, true, false],
      [true, true, false],
      [true, true, false],
      [true, true, false],
      [false, false, false],
    ])
    const drained = { addresses: ['10.0.0.9'], conditions: { ready: false, serving: true, terminating: true } }
    expect(endpoints({ endpoints: [drained] })).toMatchObject([{ ready: false, serving: true, terminating: true }])
  })

  test('v1beta1 keeps the node in the topology', () => {
    const topology = { 'kubernetes.io/hostname': 'n7' }
    const labels = { 'kubernetes.io/service-name': 'web' }
    const fields = { labels, addressType: 'IPv4', endpoints: [{ addresses: ['10.0.0.1'], topology }] }
    const parts = parse(json('EndpointSlice', 'web-x', fields, 'discovery.k8s.io/v1beta1'))
    expect(endpointsIn(parts, 'slices', 'shop/web')).toMatchObject([{ node: 'n7' }])
    expect(endpoints({ endpoints: [{ addresses: ['10.0.0.1'], deprecatedTopology: topology }] })).toMatchObject([
      { node: 'n7' },
    ])
  })

  test('without ports, with an open port, with a port that is none', () => {
    const one = [{ addresses: ['10.0.0.1'] }]
    expect(endpoints({ endpoints: one })).toMatchObject([{ port: null, portName: '' }])
    expect(endpoints({ endpoints: one, ports: [{ name: 'a', port: null }] })).toMatchObject([
      { port: null, portName: 'a' },
    ])
    const odd = parse(slice({ endpoints: one, ports: [{ port: 'a' }, { port: 80, name: null }] }))
    expect(endpointsIn(odd, 'slices', 'shop/web')).toMatchObject([{ port: 80, portName: '' }])
    expect(messagesOf(odd)).toContain('a slice of shop/web: a port that cannot be read is left out')
  })

  test('of no Service, and of names', () => {
    expect(messagesOf(parse(slice({}, {})))).toEqual([
      'EndpointSlice shop/web-abc: it belongs to no Service and is left out',
    ])
    const names = parse(slice({ addressType: 'FQDN', endpoints: [{ addresses: ['db.example'] }] }))
    expect(names.slices.size).toBe(0)
    expect(messagesOf(names)).toEqual(['EndpointSlice shop/web-abc: it holds names, not addresses, and is left out'])
  })

  test('of several addresses of an endpoint the first counts, and one that is none is left out', () => {
    const parts = parse(
      slice({
        endpoints: [{ addresses: ['10.0.0.1', '10.0.0.2'] }, { addresses: [] }, {}, null, { addresses: ['x'] }],
      }),
    )
    expect(endpointsIn(parts, 'slices', 'shop/web')?.map(({ address }) => address)).toEqual(['10.0.0.1'])
    expect(messagesOf(parts)).toEqual([
      'a slice of shop/web: endpoints holds what is no object',
      'a slice of shop/web: of the addresses of one endpoint only the first is used, as by kube-proxy',
      ...Array(3).fill('a slice of shop/web: an endpoint without an IP address is left out'),
    ])
  })

  test('the endpoints of one Service come from several slices', () => {
    const text = [1, 2].map((n) => slice({ endpoints: [{ addresses: [`10.0.0.${n}`] }] })).join('\n')
    expect(endpointsIn(parse(text), 'slices', 'shop/web')?.map(({ address }) => address)).toEqual([
      '10.0.0.1',
      '10.0.0.2',
    ])
  })

  test('what is no pod is no pod', () => {
    const targetRef = { kind: 'VirtualMachine', name: 'vm' }
    expect(endpoints({ endpoints: [{ addresses: ['10.0.0.1'], targetRef }] })).toMatchObject([{ pod: null }])
  })
})

describe('Endpoints objects', () => {
  test('addresses that are not ready', () => {
    const subsets = [
      { addresses: [{ ip: '10.0.0.1' }], notReadyAddresses: [{ ip: '10.0.0.2' }], ports: [{ port: 80 }] },
    ]
    const parts = parse(json('Endpoints', 'web', { subsets }))
    expect(endpointsIn(parts, 'endpointsObjects', 'shop/web')).toMatchObject([
      { address: '10.0.0.1', port: 80, ready: true, serving: true },
      { address: '10.0.0.2', port: 80, ready: false, serving: false },
    ])
  })

  test('without subsets there are none', () => {
    expect(endpointsIn(parse(json('Endpoints', 'web', {})), 'endpointsObjects', 'shop/web')).toEqual([])
  })

  test('over capacity', () => {
    const annotations = { 'endpoints.kubernetes.io/over-capacity': 'truncated' }
    const parts = parse(JSON.stringify({ kind: 'Endpoints', metadata: { name: 'web', annotations }, subsets: [] }))
    expect(parts.endpointsObjects.get('default/web')?.[0]?.cut).toBe(true)
    expect(messagesOf(parts)).toEqual(['Endpoints default/web: it holds only the first 1,000 addresses'])
  })
})

describe('pods and nodes', () => {
  test('old fields, sidecars, terminating pods', () => {
    const spec = {
      containers: [{ ports: [{ containerPort: 80 }] }],
      initContainers: [
        { restartPolicy: 'Always', ports: [{ name: 'mesh', containerPort: 15_001 }] },
        { ports: [{ containerPort: 1 }] },
      ],
    }
    const pod = {
      kind: 'Pod',
      metadata: { name: 'a', deletionTimestamp: '2026-11-21T09:46:17Z' },
      spec,
      status: { podIP: '10.0.0.1', phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] },
    }
    expect(parse(JSON.stringify(pod)).pods).toMatchObject([
      {
        ips: ['10.0.0.1'],
        terminating: true,
        ready: false,
        node: null,
        containerPorts: [
          { name: '', port: 80 },
          { name: 'mesh', port: 15_001 },
        ],
      },
    ])
    expect(parse('{"kind":"Pod","metadata":{"name":"a"}}').pods).toMatchObject([{ ips: [], ready: null, phase: null }])
  })

  test('a node of before 1.16, and one that nobody hears of', () => {
    const status = { conditions: [{ type: 'Ready', status: 'Unknown' }], addresses: [{ type: 'InternalIP' }, 1] }
    const node = { kind: 'Node', metadata: { name: 'n1' }, spec: { podCIDR: '10.0.1.0/24' }, status }
    expect(parse(JSON.stringify(node)).nodes).toEqual([
      { name: 'n1', addresses: [], podCIDRs: ['10.0.1.0/24'], ready: false, operatingSystem: null },
    ])
  })
})
