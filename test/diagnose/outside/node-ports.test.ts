/** SVP321, 324, 325, 334 and 705: what is bent, and exactly what is found of it. */
import { expect, test } from 'vitest'
import { findingsIn, named, objects } from '../bend.ts'
import { all, asBending, type Bend, edit, NFT, type Row, text } from '../bendings.ts'
import { annotated, health, healthy, hostPort, ipMode, kubeRouter, metalLB, policy, portmap } from './bendings.ts'

const ours = /^SVP(321|324|325|334|705)$/
const local = (files: Bend) => ({ service: 'shop/web-lb-local', files })
const PROXY = { 'service.beta.kubernetes.io/do-loadbalancer-enable-proxy-protocol': 'true' }
const WEB = { matchLabels: { app: 'web' } }
const POOL = { ipAddressPools: ['street'] }
const unready =
  (node: string): Bend =>
  (files) =>
    objects(files, 'endpointslices', (items) => {
      for (const { metadata, endpoints } of items)
        if (metadata.labels?.['kubernetes.io/service-name'] === 'web-lb-local')
          for (const one of endpoints) if (one.nodeName === node) one.conditions = { ready: false, serving: false }
    })

const ROWS: readonly Row[] = [
  // The health-check node port.
  ['nobody listens at it', local(health('n2', 'listening 0')), ['SVP321 n2']],
  ['nobody listens on a node without endpoints', local(all(health('n2', 'listening 0'), unready('n2'))), []],
  ['it counts none', local(health('n2', ...healthy(0))), ['SVP321 n2']],
  ['it counts another number', local(health('n2', ...healthy(1))), []],
  ['it counts some where there is none', local(all(health('n2', ...healthy(2)), unready('n2'))), ['SVP321 n2']],
  ['it answers for another service', local(health('n2', ...healthy(2, 'other'))), ['SVP321 n2']],
  ['the proxy is not well', local(health('n2', ...healthy(2, 'web-lb-local', false))), ['SVP321 n2']],
  ['it says 503', local(health('n2', 'listening 1', 'asked 172.30.0.12', 'status 503')), ['SVP321 n2']],
  [
    'it says 503 without endpoints',
    local(all(health('n2', 'listening 1', 'asked 1.2.3.4', 'status 503'), unready('n2'))),
    [],
  ],
  ['another program', local(health('n2', 'listening 1', 'asked 172.30.0.12', 'other')), ['SVP321 n2']],
  ['it gives no answer in time', local(health('n2', 'listening 1', 'asked 172.30.0.12', 'silent')), []],
  ['nobody could be asked', local(health('n2', 'listening 1')), []],
  [
    'the policy is Cluster',
    local(
      all(health('n2', 'listening 0'), (files) =>
        objects(files, 'services', (items) => {
          named(items, 'web-lb-local').spec.externalTrafficPolicy = 'Cluster'
        }),
      ),
    ),
    [],
  ],
  // Past the load balancer.
  ['PROXY protocol', local(annotated('web-lb-local', PROXY)), ['SVP324']],
  [
    'a certificate',
    local(annotated('web-lb-local', { 'load-balancer.hetzner.cloud/http-certificates': 'a' })),
    ['SVP324'],
  ],
  [
    'PROXY protocol is off',
    local(annotated('web-lb-local', { 'load-balancer.hetzner.cloud/uses-proxyprotocol': 'false' })),
    [],
  ],
  [
    'TLS is let through',
    local(annotated('web-lb-local', { 'service.beta.kubernetes.io/do-loadbalancer-tls-passthrough': 'true' })),
    [],
  ],
  [
    'a certificate of the pods',
    local(annotated('web-lb-local', { 'service.beta.openshift.io/serving-cert-secret-name': 'a' })),
    [],
  ],
  ['ipMode Proxy', local(all(annotated('web-lb-local', PROXY), ipMode('web-lb-local', 'Proxy'))), []],
  ['ranges of sources', { service: 'shop/web-lb', files: annotated('web-lb', PROXY) }, []],
  // Host ports.
  ['no rule leads to it', hostPort('10.244.2.2'), ['SVP325 n2']],
  ['portmap leads to it', all(hostPort('10.244.2.2'), portmap('n2', '10.244.2.2')), []],
  ['portmap leads to another port', all(hostPort('10.244.2.2'), portmap('n2', '10.244.2.2', 9090)), ['SVP325 n2']],
  ['portmap leads to another pod', all(hostPort('10.244.2.2'), portmap('n2', '10.244.2.4')), ['SVP325 n2']],
  [
    'a DNAT that is not understood',
    all(
      hostPort('10.244.2.2'),
      edit(
        'nodes/n2/iptables-save.txt',
        /(\*nat\n(?::.*\n)+)/,
        '$1[0:0] -A PREROUTING -p tcp -j NETMAP --to 10.244.2.0/24\n',
      ),
    ),
    [],
  ],
  [
    'Cilium is there',
    all(
      hostPort('10.244.2.2'),
      text('nodes/n2/cilium-status.json', '{"cilium":{"state":"Ok"},"kube-proxy-replacement":{"mode":"True"}}'),
    ),
    [],
  ],
  [
    'Cilium is there beside kube-proxy, and its agent was not asked',
    {
      files: hostPort('10.244.2.2'),
      seen: (observation) => ({
        ...observation,
        nodes: observation.nodes.map((node) => ({
          ...node,
          links: node.links?.map((link) => (link.name === 'cni0' ? { ...link, name: 'cilium_host' } : link)) ?? null,
        })),
      }),
    },
    [],
  ],
  ['a pod of the node itself', hostPort('10.244.2.2', ({ spec }) => Object.assign(spec, { hostNetwork: true })), []],
  [
    'a pod that has ended',
    hostPort('10.244.2.2', (pod) => Object.assign((pod as unknown as { status: object }).status, { phase: 'Failed' })),
    [],
  ],
  // MetalLB.
  ['no advertisement', local(metalLB({})), ['SVP334']],
  ['one for another pool', local(metalLB({ l2: [{ ipAddressPools: ['lane'] }] })), ['SVP334']],
  ['one for it by BGP', local(metalLB({ bgp: [POOL] })), []],
  ['one for all', local(metalLB({ l2: [{}] })), []],
  [
    'one that selects by labels',
    local(metalLB({ l2: [{ ipAddressPoolSelectors: [{ matchLabels: { a: 'b' } }] }] })),
    [],
  ],
  ['those of BGP are not known', local(metalLB({ bgp: null })), []],
  ['nobody announces it', local(metalLB({ l2: [POOL], node: null })), ['SVP334']],
  ['nobody by layer 2, but BGP may', local(metalLB({ l2: [POOL], bgp: [{}], node: null })), []],
  ['who announces it is not known', local(metalLB({ l2: [POOL] })), []],
  ['a node with an endpoint', local(metalLB({ l2: [POOL], node: 'n2' })), []],
  ['a node without one', local(all(metalLB({ l2: [POOL], node: 'n2' }), unready('n2'))), ['SVP334']],
  // kube-router.
  ['no chain for the second pod', all(policy(WEB), kubeRouter('10.244.2.2')), ['SVP705 n2']],
  ['a chain for both', all(policy(WEB), kubeRouter('10.244.2.2', '10.244.2.4')), []],
  ['no policy selects them', all(policy({ matchLabels: { app: 'api' } }), kubeRouter('10.244.2.2')), []],
  ['a policy for what goes out', all(policy(WEB, ['Egress']), kubeRouter('10.244.2.2')), []],
  ['no kube-router', policy(WEB), []],
  ['kube-router without any pod', all(policy(WEB), kubeRouter()), []],
  ['a dual-stack cluster', { capture: NFT, service: 'shop/web-dual', files: policy(WEB) }, []],
]

test.each(ROWS)('%s', async (_what, bending, expected) => {
  const found = (await findingsIn(asBending(bending))).filter(({ code }) => ours.test(code))
  expect(found.map(({ code, node }) => (node ? `${code} ${node}` : code))).toEqual(expected)
  for (const { message, fix } of found) expect(`${message} ${fix}`).not.toMatch(/undefined|null|NaN|\[object/)
})

test('MetalLB asks no health-check node port', async () => {
  const found = await findingsIn(local(all(metalLB({ l2: [{}] }), health('n2', 'listening 0'))))
  expect(found.find(({ code }) => code === 'SVP321')?.severity).toBe('warning')
})

test('only a missing advertisement is certain', async () => {
  const severity = async (files: Bend) =>
    (await findingsIn(local(files))).find(({ code }) => code === 'SVP334')?.severity
  expect(await severity(metalLB({}))).toBe('error')
  expect(await severity(metalLB({ l2: [POOL], node: null }))).toBe('warning')
})

test('the age of a pod without a chain', async () => {
  const found = await findingsIn({
    files: all(policy(WEB), kubeRouter('10.244.2.2')),
    seen: (observation) => ({ ...observation, observedAt: '2026-11-21T09:29:22Z' }),
  })
  expect(found.find(({ code }) => code === 'SVP705')?.message).toContain('web-66877cb9fb-brjh6 (12 s old)')
})

test('what could not be asked live is not known', async () => {
  const missing = async (files: Bend) =>
    (await findingsIn({ ...local(files), source: 'live' }))
      .filter(({ code, message }) => code === 'SVP802' && /SVP(321|334)/.test(message))
      .map(({ node, message }) => [node, /SVP\d+/.exec(message)?.[0]])
  expect(await missing(metalLB({ bgp: null }))).toContainEqual([null, 'SVP334'])
  expect(await missing(metalLB({}))).not.toContainEqual([null, 'SVP334'])
  expect(await missing(health('n2', 'listening 1', 'asked 172.30.0.12', 'silent'))).toContainEqual(['n2', 'SVP321'])
  expect(await missing(health('n2', 'listening 0'))).not.toContainEqual(['n2', 'SVP321'])
})
