import { afterEach, describe, expect, test } from 'vitest'
import type { KubeObject } from '../../src/kube/api.ts'
import { permissionOf } from '../../src/kube/permission.ts'
import { isGranted } from '../../src/kube/permissions.ts'
import type { Endpoint, Pod } from '../../src/model/cluster.ts'
import type { SvcpathError } from '../../src/model/errors.ts'
import { parseQuery } from '../../src/model/query.ts'
import { mergeParts } from '../../src/parse/kube/merge.ts'
import { parseObjects } from '../../src/parse/kube/objects.ts'
import { resolveAll } from '../../src/resolve/all.ts'
import { resolveQuery } from '../../src/resolve/query.ts'
import { type Resolved, resolveService } from '../../src/resolve/service.ts'
import { connectTo, failure, kubeconfig, reply, startServer } from '../kube/server.ts'
import { apiFiles, captures, type FakeCluster, type FakeOptions, fakeCluster, objectsOf } from './cluster.ts'

const open: FakeCluster[] = []
afterEach(async () => {
  for (const one of open.splice(0)) {
    await one.close()
    const ways = ['exec', 'debug', 'local'] as const
    const permissions = one.calls.map((call) => permissionOf(call.split(' ')[0] ?? '', call.split(' ')[1] ?? ''))
    const missing = permissions.filter((permission) => ways.some((way) => !isGranted(way, permission)))
    // OpenShift's DNS and the endpoints of old clusters are looked for too, and covered.
    expect(missing).toEqual([])
  }
})

async function cluster(options: FakeOptions): Promise<FakeCluster> {
  const made = await fakeCluster(options)
  open.push(made)
  return made
}

const parsed = (files: readonly { path: string; text: string }[]) =>
  mergeParts(files.map(({ path, text }) => parseObjects(text, path)))

const capture = 'k8s-1.36-iptables-nft-bridge'
const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1)
const byAddress = (a: Endpoint, b: Endpoint) => (`${a.address} ${a.port}` < `${b.address} ${b.port}` ? -1 : 1)
/** Without the file that they were read from: beside a service without slices the DNS' have a file of their own. */
const placeless = (endpoints: readonly Endpoint[] | null) => endpoints?.map((one) => ({ ...one, origin: '' }))
const textOf = ({ files }: Resolved, path: string) => files.find((one) => one.path === path)?.text

describe.each(captures.filter((one) => !one.includes('5000')))('%s', (name) => {
  test('one service: what is parsed is what the capture holds of it', async () => {
    const whole = parsed(apiFiles(name))
    const { api, calls } = await cluster({ objects: objectsOf(name) })
    const unselective = () =>
      calls
        .splice(0)
        .filter((call) => /\/(services|endpointslices|pods)\?/.test(call) && !/labelSelector=|status\.podIP/.test(call))
    for (const service of whole.cluster.services ?? []) {
      if (service.namespace !== 'shop') continue
      const { files, problems } = await resolveService(api, service)
      const part = parsed(files)
      expect(problems).toEqual([])
      expect(part.problems).toEqual([])
      const own = part.cluster.services?.filter((one) => one.namespace === 'shop')
      expect(own).toEqual([service])
      const [mine, theirs] = [part, whole].map((one) => one.endpointsOf('shop', service.name))
      expect(mine?.toSorted(byAddress)).toEqual(theirs?.toSorted(byAddress))
      const dns = [part, whole].map((one) => placeless(one.endpointsOf('kube-system', 'kube-dns')))
      expect(dns[0]).toEqual(dns[1])
      const named = new Set(theirs?.map(({ pod }) => pod?.name))
      // Where nothing is selected, all of the namespace: which label comes closest?
      const selects = (pod: Pod) =>
        pod.namespace === 'shop' &&
        service.selector != null &&
        Object.entries(service.selector).every(([key, value]) => pod.labels[key] === value)
      const nothing = service.selector != null && !whole.cluster.pods?.some(selects)
      const behind = (pod: Pod) =>
        pod.labels['k8s-app'] === 'kube-dns' ||
        named.has(pod.name) ||
        selects(pod) ||
        (nothing && pod.namespace === 'shop')
      expect(part.cluster.pods?.toSorted(byName)).toEqual(whole.cluster.pods?.filter(behind).toSorted(byName))
      expect(part.cluster.nodes).toEqual(whole.cluster.nodes)
      expect([part.corefile, part.cluster.version]).toEqual([whole.corefile, 'v1.36.1'])
      // No service but the one asked for and the DNS' own are listed, unless another may claim an address of its own.
      const outside = service.externalIPs.length + service.loadBalancerIPs.length > 0
      const listed = [...new Set(unselective().map((call) => call.replace(/^GET |\?.*$/g, '')))].sort()
      expect(listed).toEqual([
        ...(nothing ? ['/api/v1/namespaces/shop/pods'] : []),
        ...(outside ? ['/api/v1/services'] : []),
      ])
    }
  })

  test('all services', async () => {
    const whole = parsed(apiFiles(name))
    const { api } = await cluster({ objects: objectsOf(name) })
    const { files, problems } = await resolveAll(api)
    const all = parsed(files)
    expect(problems).toEqual([])
    expect({ ...all.cluster, version: null }).toEqual({ ...whole.cluster, version: null })
    const shop = parsed((await resolveAll(api, { namespace: 'shop' })).files)
    for (const { namespace, name: service } of whole.cluster.services ?? []) {
      expect(all.endpointsOf(namespace, service)).toEqual(whole.endpointsOf(namespace, service))
      if (namespace === 'shop')
        expect(shop.endpointsOf(namespace, service)).toEqual(whole.endpointsOf(namespace, service))
    }
    expect(shop.cluster.services?.map((one) => one.namespace).filter((one) => one !== 'shop')).toEqual(['kube-system'])
  })
})

test('a service without any slice has no endpoints, which is known', async () => {
  const objects = objectsOf(capture).filter((one) => one.kind !== 'EndpointSlice' || one.metadata?.namespace !== 'shop')
  const { api } = await cluster({ objects })
  expect(
    parsed((await resolveService(api, { namespace: 'shop', name: 'web' })).files).endpointsOf('shop', 'web'),
  ).toEqual([])
})

test('the DNS service itself', async () => {
  const { api } = await cluster({ objects: objectsOf(capture) })
  const part = parsed((await resolveService(api, { namespace: 'kube-system', name: 'kube-dns' })).files)
  const whole = parsed(apiFiles(capture))
  expect(part.cluster.services).toHaveLength(1)
  expect(part.endpointsOf('kube-system', 'kube-dns')).toEqual(whole.endpointsOf('kube-system', 'kube-dns'))
})

test('what is not allowed and not essential is a problem that names it; nothing is taken for absent', async () => {
  const { api } = await cluster({ objects: objectsOf(capture), forbidden: /nodes|configmaps|pods|endpointslices/ })
  const resolved = await resolveService(api, { namespace: 'shop', name: 'web' })
  expect(resolved.problems.map(({ file, message }) => `${file} ${message}`).sort()).toEqual([
    'api/configmap-coredns.json not read: you may not get configmaps in namespace kube-system (403)',
    'api/endpointslices.json not read: you may not list endpointslices in namespace kube-system (403)',
    'api/endpointslices.json not read: you may not list endpointslices in namespace shop (403)',
    'api/nodes.json not read: you may not list nodes (403)',
    'api/pods.json not read: you may not list pods in namespace kube-system (403)',
    'api/pods.json not read: you may not list pods in namespace shop (403)',
  ])
  const { cluster: known, endpointsOf } = parsed(resolved.files)
  expect([known.nodes, known.pods]).toEqual([null, null])
  // The Endpoints object stands in for the slices.
  expect(endpointsOf('shop', 'web')).toHaveLength(5)
})

test('no pod of the namespace at all: which is known, although the DNS has pods', async () => {
  const objects = objectsOf(capture).filter((one) => one.kind !== 'Pod' || one.metadata?.namespace !== 'shop')
  const { api } = await cluster({ objects })
  for (const resolve of [
    () => resolveService(api, { namespace: 'shop', name: 'empty' }),
    () => resolveAll(api, { namespace: 'shop' }),
  ]) {
    const { cluster: known } = parsed((await resolve()).files)
    expect(known.podsAreNone).toBe(true)
    expect(known.pods?.map(({ namespace }) => namespace)).toEqual(['kube-system', 'kube-system'])
  }
  // Nobody asked for pods of a service without a selector.
  const manual = parsed((await resolveService(api, { namespace: 'shop', name: 'manual' })).files)
  expect(manual.cluster.podsAreNone).toBeUndefined()
})

test('a service that claims the same address from outside comes too, and no other', async () => {
  const objects = objectsOf(capture).map((one): KubeObject => {
    if (one.kind !== 'Service' || one.metadata?.name !== 'web-np') return one
    return { ...one, spec: { ...(one.spec as object), externalIPs: ['203.0.113.10'] } } as KubeObject
  })
  const { api } = await cluster({ objects })
  const names = async (name: string) =>
    parsed((await resolveService(api, { namespace: 'shop', name })).files).cluster.services?.map((one) => one.name)
  expect(await names('web-lb')).toEqual(['web-lb', 'web-np', 'kube-dns'])
  expect(await names('web-np')).toEqual(['web-np', 'web-lb', 'kube-dns'])
  expect(await names('web')).toEqual(['web', 'kube-dns'])
  const narrow = await cluster({ objects, forbidden: /^\/api\/v1\/services$/ })
  const { problems } = await resolveService(narrow.api, { namespace: 'shop', name: 'web-lb' })
  expect(problems.map(({ message }) => message)).toEqual(['not read: you may not list services (403)'])
})

test('a cluster DNS without its usual label; and none', async () => {
  const relabelled = (ports: object[]) =>
    objectsOf(capture).map((one): KubeObject => {
      if (one.kind !== 'Service' || one.metadata?.name !== 'kube-dns') return one
      return {
        ...one,
        metadata: { ...one.metadata, labels: {} },
        spec: { ...(one.spec as object), ports },
      } as KubeObject
    })
  const resolved = async (ports: object[]) => {
    const { api } = await cluster({ objects: relabelled(ports) })
    return resolveService(api, { namespace: 'shop', name: 'web' })
  }
  const found = await resolved([{ name: 'dns', port: 53, protocol: 'UDP' }])
  expect(found.problems).toEqual([])
  expect(parsed(found.files).endpointsOf('kube-system', 'kube-dns')).not.toEqual([])
  const none = await resolved([{ name: 'https', port: 443, protocol: 'TCP' }])
  expect(none.problems.map(({ message }) => message)).toEqual(['the service of the cluster DNS was not found'])
  // That kube-system was seen is known all the same.
  expect(parsed(none.files).cluster.services?.map(({ namespace }) => namespace)).toEqual(['shop', 'kube-system'])
})

test('a service that may not be read is an error with the rule', async () => {
  const { api } = await cluster({ objects: [], forbidden: /services/ })
  const error = await failure<SvcpathError>(resolveService(api, { namespace: 'shop', name: 'web' }))
  expect(error.message).toBe('you may not get services in namespace shop (403)')
  expect(error.hint).toContain('resources: ["services"]')
  expect((await failure<SvcpathError>(resolveAll(api))).message).toBe('you may not list services (403)')
})

test('a cluster without slices', async () => {
  const { api } = await cluster({ objects: objectsOf(capture), absent: /endpointslices/ })
  const part = parsed((await resolveService(api, { namespace: 'shop', name: 'web' })).files)
  expect(part.endpointsOf('shop', 'web')).toHaveLength(5)
})

test('a service that is not there: near names, the same name elsewhere, an API that is none', async () => {
  const { api, calls } = await cluster({ objects: objectsOf(capture) })
  const hint = async (namespace: string, name: string) =>
    (await failure<SvcpathError>(resolveService(api, { namespace, name }))).hint
  expect(await hint('shop', 'wbe')).toContain('shop/web')
  expect(await hint('default', 'web')).toBe('did you mean shop/web?')
  expect(await hint('nowhere', 'qqqqqqqq')).toBe('namespace nowhere has no services')
  expect(await failure(resolveService(api, { namespace: 'shop', name: '../../nodes' }))).toMatchObject({ exitCode: 2 })
  expect(calls.every((call) => /\/(services|namespaces\?)/.test(call))).toBe(true)
  const other = await cluster({ objects: [], absent: /./ })
  const error = await failure<SvcpathError>(resolveService(other.api, { namespace: 'shop', name: 'web' }))
  expect(error.message).toContain('no Kubernetes API')
})

test('by address, node port and name in any namespace', async () => {
  const { api } = await cluster({ objects: objectsOf(capture) })
  const services = parsed(apiFiles(capture)).cluster.services ?? []
  const address = services.find((one) => one.name === 'web')?.clusterIPs[0] ?? ''
  const found = async (text: string, options: object = {}) => {
    const resolved = await resolveQuery(api, parseQuery(text), { namespace: null, everywhere: false, ...options })
    return parsed(resolved.files).cluster.services?.map((one) => one.name)[0]
  }
  expect(await found(address)).toBe('web')
  expect(await found('30080')).toBe('web-np')
  expect(await found('203.0.113.10')).toBe('web-lb')
  expect(await found('web')).toBe('web')
  expect(await found('kube-dns', { everywhere: true })).toBe('kube-dns')
  expect((await failure(found('10.9.9.9'))).message).toContain('no service 10.9.9.9')
  expect((await failure(found('30080', { namespace: 'default' }))).message).toContain('namespace default')
})

test('no secret of a pod is passed on, nor who changed what', async () => {
  const secret = 'hunter2'
  const pod = {
    ...{ apiVersion: 'v1', kind: 'Pod' },
    metadata: {
      ...{ name: 'p', namespace: 'shop', labels: { app: 'x' }, deletionTimestamp: '2026-01-01T00:00:00Z' },
      ...{ annotations: { 'kubectl.kubernetes.io/last-applied-configuration': secret }, managedFields: [secret] },
    },
    spec: {
      ...{ nodeName: 'n1', hostNetwork: true, dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'] } },
      ...{ readinessGates: [{ conditionType: 'g' }], volumes: [{ name: secret }] },
      containers: [
        {
          ...{ name: 'c', ports: [{ containerPort: 80 }], env: [{ name: 'A', value: secret }], args: [secret] },
          readinessProbe: { httpGet: { port: 80, httpHeaders: [{ name: 'A', value: secret }] }, periodSeconds: 3 },
          lifecycle: { preStop: { exec: { command: ['sh', '-c', `curl -u ${secret} x; sleep 5`] } } },
        },
      ],
      initContainers: [{ name: 'i', restartPolicy: 'Always', readinessProbe: { exec: { command: [secret] } } }],
    },
    status: {
      ...{ phase: 'Running', podIPs: [{ ip: '10.0.0.1' }], conditions: [{ type: 'Ready', status: 'False' }] },
      containerStatuses: [{ name: 'c', ready: false, state: { terminated: { reason: 'Error', message: secret } } }],
    },
  } as unknown as KubeObject
  const service = {
    ...{ apiVersion: 'v1', kind: 'Service', spec: { selector: { app: 'x' }, clusterIP: '10.1.1.1' } },
    metadata: {
      name: 'x',
      namespace: 'shop',
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': secret },
    },
  } as unknown as KubeObject
  const { api } = await cluster({ objects: [service, pod] })
  const resolved = await resolveService(api, { namespace: 'shop', name: 'x' })
  expect(JSON.stringify(resolved)).not.toContain(secret)
  const [kept] = JSON.parse(textOf(resolved, 'api/pods.json') ?? '').items
  expect(kept.spec).toEqual({
    ...{ nodeName: 'n1', hostNetwork: true, dnsPolicy: 'None', dnsConfig: { nameservers: ['1.1.1.1'] } },
    readinessGates: [{ conditionType: 'g' }],
    containers: [
      { name: 'c', ports: [{ containerPort: 80 }], readinessProbe: { httpGet: { port: 80 }, periodSeconds: 3 } },
    ],
    initContainers: [{ name: 'i', restartPolicy: 'Always', readinessProbe: { exec: {} } }],
  })
  expect(kept.status.containerStatuses).toEqual([
    { name: 'c', ready: false, state: { terminated: { reason: 'Error' } } },
  ])
  expect(kept.metadata.deletionTimestamp).toBe('2026-01-01T00:00:00Z')
})

test('pods that are asked for by name come too', async () => {
  const { api } = await cluster({ objects: objectsOf(capture) })
  const pods = [
    { namespace: 'shop', name: 'client' },
    { namespace: 'shop', name: 'gone' },
  ]
  const part = parsed((await resolveService(api, { namespace: 'shop', name: 'web' }, { pods })).files)
  expect(part.cluster.pods?.filter((one) => one.name === 'client')).toHaveLength(1)
})

test.each([{}, { metadata: {} }, { metadata: { name: 5 } }, { items: [{}] }, { items: [null] }])(
  'a server that answers %j to everything is no Kubernetes API, and ends nothing but the run',
  async (answer) => {
    const server = await startServer({ answer: (_, response) => reply(response, 200, answer) })
    try {
      const api = await connectTo(kubeconfig(server))
      const wanted = { namespace: 'shop', name: 'web' }
      await expect(resolveService(api, wanted)).rejects.toThrow('answers with something that is not the service')
      await expect(resolveAll(api)).rejects.toThrow(/GET .* brought/)
    } finally {
      await server.close()
    }
  },
)

describe('pods that hold the address of an endpoint', () => {
  const stranger = (address: string): KubeObject => ({
    ...{ apiVersion: 'v1', kind: 'Pod', metadata: { namespace: 'other', name: 'stranger', labels: { app: 'x' } } },
    ...{ spec: { nodeName: 'n3' }, status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] } },
  })

  test('are read whatever their labels', async () => {
    const { api } = await cluster({ objects: [...objectsOf(capture), stranger('10.244.1.4')] })
    const { files, problems } = await resolveService(api, { namespace: 'shop', name: 'web' })
    expect(problems).toEqual([])
    const pods = parsed(files).cluster.pods ?? []
    expect(pods.filter(({ ips }) => ips.includes('10.244.1.4')).map(({ name }) => name)).toContain('stranger')
    expect(new Set(pods.map(({ namespace, name }) => `${namespace}/${name}`)).size).toBe(pods.length)
  })

  test('are asked for to a bound, and the rest is said to be not asked', async () => {
    const addresses = Array.from({ length: 40 }, (_, i) => `10.244.9.${i + 1}`)
    const slice = {
      ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4', ports: [{ port: 8080 }] },
      metadata: { namespace: 'shop', name: 'web-many', labels: { 'kubernetes.io/service-name': 'web' } },
      endpoints: addresses.map((one, i) => ({
        ...{ addresses: [one], conditions: { ready: true } },
        targetRef: { kind: 'Pod', namespace: 'shop', name: `many-${i}` },
      })),
    }
    const others = objectsOf(capture).filter((one) => one.metadata?.labels?.['kubernetes.io/service-name'] !== 'web')
    const objects = [...others, slice as KubeObject, stranger('10.244.9.1')]
    const { api, calls } = await cluster({ objects })
    const { files, problems } = await resolveService(api, { namespace: 'shop', name: 'web' })
    expect(calls.filter((call) => call.includes('podIP'))).toHaveLength(24)
    expect(parsed(files).cluster.pods?.map(({ name }) => name)).toContain('stranger')
    expect(problems.map(({ message }) => message)).toEqual([
      'not checked: whether other pods hold the addresses of 16 more endpoints (SVP105)',
    ])
  })

  test('are not asked for where the address is a node’s', async () => {
    const { api, calls } = await cluster({ objects: objectsOf(capture) })
    await resolveService(api, { namespace: 'shop', name: 'hostweb' })
    expect(calls.filter((call) => call.includes('podIP'))).toEqual([])
  })
})

describe('MetalLB', () => {
  const of = (kind: string, name: string, rest: object): KubeObject => ({
    ...{ apiVersion: 'metallb.io/v1beta1', kind, metadata: { name, namespace: 'metallb-system' } },
    ...rest,
  })
  const labels = { 'metallb.io/service-name': 'web-lb', 'metallb.io/service-namespace': 'shop' }
  const status = of('ServiceL2Status', 'l2-a', {
    metadata: { name: 'l2-a', namespace: 'metallb-system', labels },
    status: { node: 'n2', serviceName: 'web-lb', serviceNamespace: 'shop' },
  })
  const others = [
    status,
    of('ServiceL2Status', 'l2-b', { status: { node: 'n1', serviceName: 'x', serviceNamespace: 'y' } }),
    of('L2Advertisement', 'a', { spec: { ipAddressPools: ['street'], interfaces: ['eth7'] } }),
  ]
  const given = (): KubeObject[] =>
    objectsOf(capture).map((one) =>
      one.kind === 'Service' && one.metadata?.name === 'web-lb'
        ? {
            ...one,
            metadata: { ...one.metadata, annotations: { 'metallb.io/ip-allocated-from-pool': 'street' } } as object,
          }
        : one,
    )
  const web = { namespace: 'shop', name: 'web-lb' }

  test('is asked about a service that has its address from it', async () => {
    const { api, calls } = await cluster({ objects: [...given(), ...others] })
    const resolved = await resolveService(api, web)
    expect(parsed(resolved.files).cluster.metalLB).toEqual({
      announcers: [{ namespace: 'shop', service: 'web-lb', node: 'n2' }],
      advertisements: [{ by: 'L2', pools: ['street'] }],
    })
    expect(JSON.stringify(resolved)).not.toContain('eth7')
    expect(calls.filter((call) => call.includes('metallb'))).toHaveLength(3)
    const all = await resolveAll(api, { namespace: 'shop' })
    expect(parsed(all.files).cluster.metalLB.announcers).toHaveLength(1)
  })

  test('is not asked about any other', async () => {
    const { api, calls } = await cluster({ objects: [...given(), ...others] })
    await resolveService(api, { namespace: 'shop', name: 'web' })
    expect(calls.filter((call) => call.includes('metallb'))).toEqual([])
  })

  test.each([[{ forbidden: /metallb/ }], [{ absent: /metallb/ }]])('is not known: %o', async (options) => {
    const { api } = await cluster({ objects: [...given(), ...others], ...options })
    const { files, problems } = await resolveService(api, web)
    expect(parsed(files).cluster.metalLB).toEqual({ announcers: null, advertisements: null })
    expect(problems).toEqual([])
  })
})

describe('the Endpoints object beside the slices', () => {
  const web = { namespace: 'shop', name: 'web' }
  const whole = parsed(apiFiles(capture))

  test('is read, and counts for nothing else', async () => {
    const { api } = await cluster({ objects: objectsOf(capture) })
    const { files } = await resolveService(api, web)
    const part = parsed(files)
    expect(part.endpointsObjectOf('shop', 'web')).toEqual(whole.endpointsObjectOf('shop', 'web'))
    expect(part.endpointsOf('shop', 'web')?.every(({ slice }) => slice !== undefined)).toBe(true)
  })

  test('is left out where there is no slice at all: kube-proxy knows of no endpoint then', async () => {
    const { api } = await cluster({ objects: objectsOf(capture).filter(({ kind }) => kind !== 'EndpointSlice') })
    expect(parsed((await resolveService(api, web)).files).endpointsOf('shop', 'web')).toEqual([])
  })

  test('may be forbidden', async () => {
    const { api } = await cluster({ objects: objectsOf(capture), forbidden: /\/endpoints$/ })
    const { files, problems } = await resolveService(api, web)
    expect(problems).toEqual([])
    expect(parsed(files).endpointsObjectOf('shop', 'web')).toBeNull()
  })
})

test('where NodeLocal DNSCache asks by a service of its own, the pods of the cache are read, too', async () => {
  const objects = objectsOf(capture)
  const [dns, pod] = [
    objects.find(({ kind, metadata }) => kind === 'Service' && metadata?.name === 'kube-dns')!,
    objects.find(({ kind }) => kind === 'Pod')!,
  ]
  const upstream = { ...dns, metadata: { ...dns.metadata, name: 'kube-dns-upstream' } }
  const cache = {
    ...pod,
    metadata: { name: 'node-local-dns-1', namespace: 'kube-system', labels: { 'k8s-app': 'node-local-dns' } },
  }
  const service = { namespace: 'shop', name: 'web' }
  const podsWith = async (all: typeof objects, forbidden?: RegExp) => {
    const { api } = await cluster({ objects: all, ...(forbidden ? { forbidden } : {}) })
    const { files } = await resolveService(api, service)
    return parsed(files).cluster.pods?.map(({ name }) => name) ?? []
  }
  expect(await podsWith([...objects, upstream, cache])).toContain('node-local-dns-1')
  expect(await podsWith([...objects, cache])).not.toContain('node-local-dns-1')
  // Who may not read them lacks only them.
  const refused = await podsWith([...objects, upstream, cache], /kube-system\/pods$/)
  expect(refused.some((name) => name.startsWith('web-'))).toBe(true)
  expect(refused).not.toContain('node-local-dns-1')
})
