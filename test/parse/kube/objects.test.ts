import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { looksLikeObjects, parseObjects } from '../../../src/parse/kube/objects.ts'
import { sample } from '../../fixtures.ts'
import { apiText, endpointsIn, messagesOf } from './api.ts'

const bridge = 'k8s-1.36-iptables-nft-bridge'
const dualStack = 'k8s-1.36-nftables-dualstack-ptp'
const big = 'k8s-1.36-iptables-nft-5000-services'
const read = (capture: string, file: string) => parseObjects(apiText(capture, file), `api/${file}`)

describe('services of a capture', () => {
  const { services, kinds, problems } = read(bridge, 'services.json')
  const named = (name: string) => services.find((service) => service.name === name)

  test('are all read, without a problem', () => {
    expect(services).toHaveLength(18)
    expect(kinds).toEqual(new Set(['Service']))
    expect(problems).toEqual([])
  })

  test('web-named: ports by name, number and protocol', () => {
    expect(named('web-named')).toEqual({
      namespace: 'shop',
      name: 'web-named',
      type: 'ClusterIP',
      clusterIPs: ['10.96.201.243'],
      headless: false,
      ports: [
        { name: 'http', port: 80, protocol: 'TCP', targetPort: 'http', nodePort: null },
        { name: 'alt', port: 8000, protocol: 'TCP', targetPort: '8080', nodePort: null },
        { name: 'echo', port: 5353, protocol: 'UDP', targetPort: 'echo', nodePort: null },
      ],
      externalIPs: [],
      loadBalancerIPs: [],
      loadBalancerHostnames: [],
      loadBalancerSourceRanges: [],
      externalTrafficPolicy: null,
      internalTrafficPolicy: 'Cluster',
      affinitySeconds: null,
      selector: { app: 'web' },
      externalName: null,
      labels: {},
      origin: 'api/services.json',
    })
  })

  test('the other shapes', () => {
    expect(named('web-lb-local')).toMatchObject({
      type: 'LoadBalancer',
      loadBalancerIPs: ['203.0.113.11'],
      externalTrafficPolicy: 'Local',
      ports: [{ nodePort: 31259 }],
    })
    expect(named('web-lb')?.loadBalancerSourceRanges).toEqual(['192.0.2.0/24', '172.30.0.0/24'])
    expect(named('web-np')).toMatchObject({
      type: 'NodePort',
      ports: [{ port: 80, targetPort: '8080', nodePort: 30080 }],
    })
    expect(named('web-sticky')?.affinitySeconds).toBe(600)
    expect(named('web-internal-local')?.internalTrafficPolicy).toBe('Local')
    expect(named('web-extip')?.externalIPs).toEqual(['198.51.100.7'])
    expect(named('web-headless')).toMatchObject({ headless: true, clusterIPs: [] })
    expect(named('manual')?.selector).toBeNull()
    expect(named('ext')).toMatchObject({
      type: 'ExternalName',
      clusterIPs: [],
      headless: false,
      externalName: 'api.example.com',
    })
  })

  test('dual stack: both cluster IPs', () => {
    const dual = read(dualStack, 'services.json').services.find(({ name }) => name === 'web-dual')
    expect(dual?.clusterIPs).toEqual(['10.96.194.3', 'fd00:10:96::d2b7'])
  })
})

describe('endpoints of a capture', () => {
  const slices = read(bridge, 'endpointslices.json')
  const objects = read(bridge, 'endpoints.json')

  test('a slice gives one for each endpoint and port', () => {
    const dns = endpointsIn(slices, 'slices', 'kube-system/kube-dns')
    expect(dns).toHaveLength(6)
    expect(dns?.[0]).toEqual({
      namespace: 'kube-system',
      service: 'kube-dns',
      address: '10.244.3.2',
      port: 53,
      portName: 'dns',
      protocol: 'UDP',
      ready: true,
      serving: true,
      terminating: false,
      pod: { namespace: 'kube-system', name: 'coredns-f85b545c7-bbnlx' },
      node: 'n3',
      slice: {
        name: 'kube-dns-qnwkd',
        managedBy: 'endpointslice-controller.k8s.io',
        changedAt: expect.stringMatching(/^2026-11-21T/),
      },
      origin: 'api/endpointslices.json',
    })
    expect(dns?.map(({ address, port, protocol }) => `${address}:${port}/${protocol}`)).toEqual([
      '10.244.3.2:53/UDP',
      '10.244.3.2:53/TCP',
      '10.244.3.2:9153/TCP',
      '10.244.1.2:53/UDP',
      '10.244.1.2:53/TCP',
      '10.244.1.2:9153/TCP',
    ])
  })

  test('a slice by hand without conditions, node and pod is ready', () => {
    expect(endpointsIn(slices, 'slices', 'shop/manual')).toMatchObject([
      { address: '192.0.2.50', port: 8080, ready: true, serving: true, terminating: false, node: null, pod: null },
    ])
  })

  test('a slice without endpoints is told of, and a Service without a slice is not', () => {
    expect(endpointsIn(slices, 'slices', 'shop/empty')).toEqual([])
    expect(endpointsIn(slices, 'slices', 'shop/ext')).toBeUndefined()
    expect(messagesOf(slices)).toEqual([])
  })

  test('Endpoints objects and slices agree', () => {
    const sorted = (list: 'slices' | 'endpointsObjects', key: string) =>
      endpointsIn(list === 'slices' ? slices : objects, list, key)
        ?.map(
          (one) =>
            `${one.address} ${one.port} ${one.portName} ${one.protocol} ${one.ready} ${one.pod?.name} ${one.node}`,
        )
        .sort()
    expect([...objects.endpointsObjects.keys()]).toHaveLength(16)
    for (const key of objects.endpointsObjects.keys()) {
      expect(sorted('endpointsObjects', key)).toEqual(sorted('slices', key))
    }
  })

  test('dual stack: five of each family', () => {
    const dual = endpointsIn(read(dualStack, 'endpointslices.json'), 'slices', 'shop/web-dual') ?? []
    expect(dual.filter(({ address }) => address.startsWith('fd00:10:244:'))).toHaveLength(5)
    expect(dual.filter(({ address }) => address.startsWith('10.244.'))).toHaveLength(5)
    expect(dual).toContainEqual(expect.objectContaining({ address: 'fd00:10:244:2::5', node: 'n2', port: 8080 }))
  })
})

describe('the rest of a capture', () => {
  test('pods', () => {
    const { pods, problems } = read(dualStack, 'pods.json')
    expect(pods).toHaveLength(10)
    expect(problems).toEqual([])
    expect(pods.find(({ name }) => name === 'web-66877cb9fb-fpjvs')).toEqual({
      namespace: 'shop',
      name: 'web-66877cb9fb-fpjvs',
      ips: ['10.244.2.5', 'fd00:10:244:2::5'],
      node: 'n2',
      hostNetwork: false,
      phase: 'Running',
      ready: true,
      terminating: false,
      labels: { app: 'web', 'pod-template-hash': '66877cb9fb' },
      owner: { kind: 'ReplicaSet', name: 'web-66877cb9fb' },
      startedAt: '2026-11-21T09:46:17Z',
      gracePeriod: 1,
      containerPorts: [
        { name: 'http', port: 8080, protocol: 'TCP' },
        { name: 'echo', port: 5353, protocol: 'UDP' },
      ],
    })
    expect(pods.find(({ name }) => name === 'hostweb')).toMatchObject({ hostNetwork: true, containerPorts: [] })
  })

  test('nodes', () => {
    expect(read(dualStack, 'nodes.json').nodes[0]).toEqual({
      name: 'n1',
      addresses: [
        { address: '172.30.0.11', type: 'InternalIP' },
        { address: 'fd00:172:30::11', type: 'InternalIP' },
        { address: 'n1', type: 'Hostname' },
      ],
      podCIDRs: ['10.244.1.0/24', 'fd00:10:244:1::/64'],
      ready: true,
      operatingSystem: 'linux',
      kernel: '6.18.44',
      kubelet: 'v1.36.1',
    })
  })

  test('the Corefile and the version', () => {
    expect(read(bridge, 'configmap-coredns.json').corefile).toMatch(
      /^\.:53 \{\n {4}errors\n[\s\S]*kubernetes cluster\.local/,
    )
    expect(read(bridge, 'version.json')).toMatchObject({ version: 'v1.36.1', problems: [] })
  })

  test('5,000 services and the endpoints of one of them', () => {
    const { services } = read(big, 'services.json')
    expect(services).toHaveLength(5018)
    expect(services.find(({ name }) => name === 'svc-04321')?.clusterIPs).toEqual(['10.96.230.31'])
    const { slices } = read(big, 'endpointslices.json')
    expect(slices.size).toBe(5017)
    const [first, ...rest] = slices.get('big/svc-04321')?.flatMap((source) => source.read().items) ?? []
    expect(first).toMatchObject({
      address: '10.200.67.132',
      port: 8080,
      portName: 'http',
      ready: true,
      node: 'n2',
      pod: null,
    })
    expect(rest.map(({ address }) => address)).toEqual(['10.200.67.133', '10.200.67.134', '10.200.67.135'])
    const all = [...slices.values()].flatMap((sources) => sources.flatMap((source) => source.read().items))
    expect(all).toHaveLength(20071)
  })

  test('nothing of annotations, environment and volumes is kept', () => {
    const kept = JSON.stringify(read(bridge, 'pods.json').pods) + JSON.stringify(read(bridge, 'services.json').services)
    expect(kept).not.toMatch(/last-applied|serviceAccount|volumeMounts|"env"/)
  })
})

describe('YAML', () => {
  test('an Endpoints object of Kubernetes 1.11', () => {
    const parts = parseObjects(sample('kubeadm-calico-aws/endpoints.yaml'), 'endpoints.yaml')
    const endpoints = endpointsIn(parts, 'endpointsObjects', 'default/kuard')
    expect(endpoints).toHaveLength(10)
    expect(endpoints?.[5]).toEqual({
      namespace: 'default',
      service: 'kuard',
      address: '192.168.49.10',
      port: 8080,
      portName: '',
      protocol: 'TCP',
      ready: true,
      serving: true,
      terminating: false,
      pod: { namespace: 'default', name: 'kuard-dbdd7955d-hsl87' },
      node: 'ip-10-0-8-176.ap-northeast-2.compute.internal',
      origin: 'endpoints.yaml',
    })
    expect(parts.kinds.size).toBe(0)
  })

  test('a Service behind a load balancer with a host name', () => {
    expect(parseObjects(sample('kubeadm-calico-aws/service.yaml'), 'service.yaml').services).toMatchObject([
      {
        type: 'LoadBalancer',
        clusterIPs: ['10.97.169.67'],
        loadBalancerIPs: [],
        loadBalancerHostnames: ['a1a7df4fb1b2411e9a27c02b8e4b61ab-1083762423.ap-northeast-2.elb.amazonaws.com'],
        ports: [{ name: '', port: 80, protocol: 'TCP', targetPort: '8080', nodePort: 31986 }],
        internalTrafficPolicy: null,
        selector: { run: 'kuard' },
      },
    ])
  })

  test('the Endpoints object of minikube', () => {
    const parts = parseObjects(sample('minikube-multinode/endpoints.yaml'), 'endpoints.yaml')
    expect(
      endpointsIn(parts, 'endpointsObjects', 'default/httpenv')?.map(({ address, node }) => [address, node]),
    ).toEqual([
      ['10.244.0.3', 'epam'],
      ['10.244.1.2', 'epam-m02'],
      ['10.244.2.2', 'epam-m03'],
    ])
  })

  test('reads the same as JSON, with either line end', () => {
    for (const file of ['services.json', 'nodes.json', 'pods.json', 'version.json', 'configmap-coredns.json']) {
      const yaml = stringify(JSON.parse(apiText(dualStack, file)))
      expect(parseObjects(yaml, `api/${file}`)).toEqual(read(dualStack, file))
      expect(parseObjects(yaml.replaceAll('\n', '\r\n'), `api/${file}`).services).toEqual(
        read(dualStack, file).services,
      )
    }
    const yaml = parseObjects(
      stringify(JSON.parse(apiText(dualStack, 'endpointslices.json'))),
      'api/endpointslices.json',
    )
    expect(endpointsIn(yaml, 'slices', 'shop/web')).toEqual(
      endpointsIn(read(dualStack, 'endpointslices.json'), 'slices', 'shop/web'),
    )
  })

  test('several documents, and the command line above them', () => {
    const [service, endpoints] = ['service.yaml', 'endpoints.yaml'].map((file) => sample(`kubeadm-calico-aws/${file}`))
    const parts = parseObjects(`$ kubectl get svc,ep -o yaml\n${service}---\n${endpoints}`, 'paste.txt')
    expect(parts.services.map(({ name }) => name)).toEqual(['kuard'])
    expect(endpointsIn(parts, 'endpointsObjects', 'default/kuard')).toHaveLength(10)
    expect(parts.problems).toEqual([{ file: 'paste.txt', line: 1, message: 'text that is no YAML is passed over' }])
  })

  test('a list that was cut off lacks its kind and does not count as collected', () => {
    const whole = stringify(JSON.parse(apiText(bridge, 'services.json')))
    const cut = whole.slice(0, whole.indexOf('name: web-extip'))
    const parts = parseObjects(cut.slice(0, cut.lastIndexOf('  - apiVersion')), 'services.yaml')
    expect(parts.services.at(-1)?.name).toBe('web-dual')
    expect(parts.kinds.size).toBe(0)
    expect(parts.problems[0]?.message).toBe('list: it does not name its kind, so it may be cut off')
  })
})

describe('what a text looks like', () => {
  test.each(['services.json', 'endpointslices.json', 'version.json', 'configmap-coredns.json'])('%s', (file) => {
    expect(looksLikeObjects(apiText(bridge, file))).toBe(true)
    expect(looksLikeObjects(stringify(JSON.parse(apiText(bridge, file))))).toBe(true)
  })

  test('not a CNI configuration, a Corefile, a table, rules', () => {
    for (const file of ['kubeadm-calico-aws/10-calico.conflist', 'k3s-flannel/Corefile', 'k3s-flannel/services.txt']) {
      expect(looksLikeObjects(sample(file))).toBe(false)
    }
    expect(looksLikeObjects(sample('gke-1.2-kubenet/iptables-save-after.txt'))).toBe(false)
    expect(looksLikeObjects('{"nftables": [{"metainfo": {"version": "1.0.6"}}]}')).toBe(false)
  })
})
