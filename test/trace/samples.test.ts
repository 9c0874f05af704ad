import { describe, expect, test } from 'vitest'
import { byAddress, entryOf, trace } from '../observations.ts'

const only = async (sample: string, service: string) => {
  const report = await trace(`samples/${sample}`, service)
  expect(report.nodes).toHaveLength(1)
  return { report, node: report.nodes[0]! }
}

describe('kops on AWS: iptables -L without -n, elided', () => {
  test('five endpoints at 20 % each, two with a known DNAT, the others proven by their hash', async () => {
    const { report, node } = await only('kops-aws-vpc', 'httpd-a')
    expect(report.service).toMatchObject({ namespace: 'httpd', name: 'httpd-a', clusterIPs: ['100.67.170.97'] })
    const entry = entryOf(node, 'clusterIP', 8080)
    expect(entry.endpoints.map((one) => [one.address, one.known])).toEqual([
      ['10.0.0.218', 'hash'],
      ['10.0.0.59', 'hash'],
      ['10.0.0.86', 'rule'],
      ['10.0.2.100', 'rule'],
      ['10.0.2.21', 'hash'],
    ])
    for (const endpoint of entry.endpoints) expect(endpoint.probability).toBeCloseTo(0.2, 6)
    expect(byAddress(entry).get('10.0.2.100:8080')!.pod!.name).toBe('httpd-a-77b68dd7bd-fn4np')
  })

  test('what the text cannot say is unknown', async () => {
    const { report, node } = await only('kops-aws-vpc', '100.67.170.97:8080')
    expect(report.verdict).toBe('unknown')
    expect(entryOf(node, 'clusterIP').reason).toBe('the filter table is not in the text')
    expect(node.notes.join()).toMatch(/leads to KUBE-SERVICES: the rules before it are not in the text/)
    expect(report.notes.join()).toMatch(/left out/)
    expect(report.endpoints.every((one) => one.state === 'unknown' && one.connections === null)).toBe(true)
  })
})

describe('k3s with flannel', () => {
  test('nginx-service: a third each, and the interface by ARP, bridge table and port number', async () => {
    const { node } = await only('k3s-flannel', 'nginx-service')
    const entry = entryOf(node, 'clusterIP')
    expect(entry.endpoints.map((one) => [one.address, one.port])).toEqual([
      ['10.42.0.8', 80],
      ['10.42.1.2', 80],
      ['10.42.2.2', 80],
    ])
    for (const endpoint of entry.endpoints) expect(endpoint.probability).toBeCloseTo(1 / 3, 6)
    expect(entry.endpoints[0]!.link).toMatchObject({
      interface: 'veth39f5a18d',
      bridge: 'cni0',
      how: 'neighbour+fdb',
      reason: 'port 2 taken for the 2. in brctl show',
    })
    expect(entry.endpoints[1]!.link.interface).toBeNull()
  })

  test('nginx-np-service: ClusterIP and NodePort through KUBE-EXT, put together from fragments', async () => {
    const { node } = await only('k3s-flannel', 'nginx-np-service')
    const nodePort = entryOf(node, 'nodePort', 30000)
    expect(nodePort.chains).toEqual(['KUBE-NODEPORTS', 'KUBE-EXT-MUSBZEOMK5UKWKKU', 'KUBE-SVC-MUSBZEOMK5UKWKKU'])
    const places = ['10.42.0.10:8080', '10.42.1.6:8080', '10.42.2.5:8080']
    expect([...byAddress(nodePort).keys()]).toEqual(places)
    expect([...byAddress(entryOf(node, 'clusterIP')).keys()]).toEqual(places)
    expect(nodePort.endpoints.every((one) => one.known === 'hash')).toBe(true)
  })

  test('the DNS leg by the pod’s own resolv.conf', async () => {
    const { report } = await only('k3s-flannel', 'nginx-service')
    expect(report.dns).toMatchObject({
      names: [
        'nginx-service.default.svc.cluster.local',
        'nginx-service.default.svc',
        'nginx-service.default',
        'nginx-service',
      ],
      server: '10.43.0.10',
      service: { namespace: 'kube-system', name: 'kube-dns' },
      expected: [{ type: 'A', values: ['10.43.180.238'] }],
    })
    expect(report.dns!.resolvConf).toMatch(/test-pod-resolv\.conf$/)
  })
})

describe('minikube: iptables -nL by chain', () => {
  test('httpenv: three at a third, with the Endpoints object', async () => {
    const { report, node } = await only('minikube-multinode', 'httpenv')
    const entry = entryOf(node, 'clusterIP', 8888)
    expect(entry.address).toBe('10.103.145.7')
    expect(entry.endpoints.map((one) => [one.address, one.node, one.state])).toEqual([
      ['10.244.0.3', 'epam', 'ready'],
      ['10.244.1.2', 'epam-m02', 'ready'],
      ['10.244.2.2', 'epam-m03', 'ready'],
    ])
    for (const endpoint of entry.endpoints) expect(endpoint.probability).toBeCloseTo(1 / 3, 6)
    expect(report.service.selector).toEqual({ app: 'httpenv' })
  })
})

describe('GKE, Kubernetes 1.2.4: the oldest shapes', () => {
  test.each([
    ['default/nginx', 'nginx'],
    ['10.83.252.224', 'nginx'],
    ['146.148.10.228', 'nginx'],
    ['30007', 'nginx'],
    ['146.148.10.228:80', 'nginx'],
    ['apache', 'apache'],
  ])('%s', async (query, name) => {
    expect((await only('gke-1.2-kubenet', query)).report.service).toMatchObject({ namespace: 'default', name })
  })

  test('cluster IP, load-balancer IP and node port all lead to 10.80.0.7:80', async () => {
    const { node } = await only('gke-1.2-kubenet', 'default/nginx')
    expect(node.entries.map((entry) => [entry.kind, entry.address, entry.port, entry.outcome])).toEqual([
      ['clusterIP', '10.83.252.224', 80, 'dnat'],
      ['loadBalancerIP', '146.148.10.228', 80, 'dnat'],
      ['nodePort', '10.132.0.2', 30007, 'dnat'],
    ])
    for (const entry of node.entries) {
      expect(entry.endpoints).toMatchObject([
        { address: '10.80.0.7', port: 80, probability: 1, link: { bridge: 'cbr0', how: 'route' } },
      ])
    }
    expect(node.entries.map((entry) => entry.endpoints[0]!.masquerade)).toEqual(['no', 'yes', 'yes'])
  })

  test('of two dumps of one table the newer counts, and the older is named', async () => {
    const { report } = await only('gke-1.2-kubenet', 'default/nginx')
    expect(report.notes.filter((note) => note.startsWith('iptables-save-before.txt'))).toHaveLength(2)
  })
})

describe('kubeadm 1.11 with Calico', () => {
  test('kuard: ten at 10 %, the last one known', async () => {
    const { node } = await only('kubeadm-calico-aws', 'kuard')
    const entry = entryOf(node, 'clusterIP', 80)
    expect(entry.endpoints).toHaveLength(10)
    // kube-proxy of the day printed five digits only: 0.11110999994 where 1/9 was meant.
    for (const endpoint of entry.endpoints) expect(endpoint.probability).toBeCloseTo(0.1, 4)
    expect(entry.endpoints.reduce((sum, one) => sum + one.probability, 0)).toBeCloseTo(1, 9)
    expect(entry.endpoints.at(-1)).toMatchObject({
      address: '192.168.236.133',
      port: 8080,
      chain: 'KUBE-SEP-AOUKRORADL3ZFT3D',
      state: 'stale',
    })
    expect(entry.endpoints.slice(0, 9).every((one) => one.address === null && one.known === 'unknown')).toBe(true)
  })

  test('a FORWARD policy of DROP and rules that cannot be judged: not called reachable', async () => {
    const { report } = await only('kubeadm-calico-aws', 'kuard')
    expect(report.verdict).not.toBe('reachable')
    expect(report.dns!.names[0]).toBe('kuard.default.svc.cluster.local')
  })
})
