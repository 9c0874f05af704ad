import { describe, expect, test } from 'vitest'
import type { Pod } from '../../src/model/cluster.ts'
import type { Link } from '../../src/model/node.ts'
import type { DnsAnswer, Observation } from '../../src/model/observation.ts'
import type { PathReport } from '../../src/model/report.ts'
import { terminal } from '../../src/render/terminal.ts'
import { renderTree } from '../../src/render/tree.ts'
import { capturePath } from '../fixtures.ts'
import { observe, traceIn } from '../observations.ts'

const NAME = 'web.shop.svc.cluster.local'
const PODS = ['kube-system/coredns-a', 'kube-system/coredns-b'] as const

const answer = (pod: string, changes: Partial<DnsAnswer> = {}): DnsAnswer => ({
  ...{ pod, name: NAME, type: 'A', rcode: 'NOERROR', error: null, values: [] },
  ...changes,
})

/** The trace of a service of a healthy cluster whose DNS pods answered so; `right` is shop/web's own address. */
async function traced(
  answersFor: (right: string) => DnsAnswer[],
  { service = 'shop/web', bend = (observed: Observation): Observation => observed } = {},
): Promise<PathReport> {
  const observed = await observe(capturePath('k8s-1.36-iptables-nft-bridge'))
  const web = observed.cluster.services!.find(({ namespace, name }) => `${namespace}/${name}` === 'shop/web')!
  return traceIn(bend({ ...observed, dnsAnswers: answersFor(web.clusterIPs[0]!) }), service)
}

const shown = (report: PathReport): string => renderTree(report, { ...terminal({}, { NO_COLOR: '1' }), width: null })

test('every pod answers right: reachable, and said', async () => {
  const report = await traced((right) => PODS.map((pod) => answer(pod, { values: [right] })))
  expect(report).toMatchObject({ verdict: 'reachable', reasons: [] })
  expect(report.dns).toMatchObject({ verdict: 'reachable', servers: [{ right: true }, { right: true }] })
  expect(shown(report)).toContain('2 of 2 pods answer so')
})

describe('one pod of two is wrong: degraded, and it is named', () => {
  test.each<[string, Partial<DnsAnswer>, string]>([
    ['an old address', { values: ['10.96.99.99'] }, '10.96.99.99'],
    ['one address too many', { values: ['10.96.0.1', '10.96.99.99'] }, '10.96.0.1, 10.96.99.99'],
    ['no address', {}, 'no address'],
    ['no such name', { rcode: 'NXDOMAIN' }, 'NXDOMAIN'],
    ['a failure', { rcode: 'SERVFAIL' }, 'SERVFAIL'],
  ])('%s', async (_, wrong, said) => {
    const report = await traced((right) => [answer(PODS[0], { values: [right] }), answer(PODS[1], wrong)])
    expect(report.dns!.verdict).toBe('degraded')
    expect(report.verdict).toBe('degraded')
    expect(report.reasons.map(({ message }) => message)).toEqual([
      `the DNS pod ${PODS[1]} answers ${NAME} A with: ${said}`,
    ])
  })
})

test('all are wrong: the DNS leg is broken', async () => {
  const report = await traced(() => PODS.map((pod) => answer(pod, { rcode: 'NXDOMAIN' })))
  expect(report.dns!.verdict).toBe('broken')
})

test('a pod that could not be asked is no fault of the service, and no proof that it is well', async () => {
  const error = 'pods "coredns-b" is forbidden'
  const report = await traced((right) => [
    answer(PODS[0], { values: [right] }),
    answer(PODS[1], { rcode: null, error }),
  ])
  expect(report).toMatchObject({ verdict: 'reachable', reasons: [] })
  expect(report.dns!.verdict).toBe('unknown')
  expect(shown(report)).toContain(`1 of 2 pods answer so; ${PODS[1]}: ${error}`)
})

test('where the domain was only guessed, a name that is not there proves nothing', async () => {
  const noDomain = (observed: Observation) => ({
    ...observed,
    resolvConfs: [],
    cluster: { ...observed.cluster, dnsDomain: null },
  })
  const report = await traced(() => PODS.map((pod) => answer(pod, { rcode: 'NXDOMAIN' })), { bend: noDomain })
  expect(report).toMatchObject({ verdict: 'reachable', reasons: [] })
  expect(report.dns).toMatchObject({ verdict: 'unknown', servers: [{ right: null }, { right: null }] })
})

test('answers about another service are nobody’s', async () => {
  const report = await traced((right) => [answer(PODS[0], { values: [right] })], { service: 'shop/web-np' })
  expect(report.dns).toMatchObject({ servers: null, answers: null })
})

describe('a cache on the node', () => {
  const pod = (node: string, ready: boolean): Pod => ({
    ...{ namespace: 'kube-system', name: `node-local-dns-${node}`, ips: [], node, hostNetwork: true, phase: 'Running' },
    ...{ ready, terminating: false, labels: { 'k8s-app': 'node-local-dns' }, containerPorts: [] },
  })
  const cached =
    (nodes: readonly string[], address: string, pods: readonly Pod[] = [], nameserver: string | null = null) =>
    (observed: Observation): Observation => ({
      ...observed,
      resolvConfs: nameserver
        ? [{ nameservers: [nameserver], search: ['svc.cluster.local'], ndots: 5, origin: 'resolv.conf' }]
        : [],
      cluster: { ...observed.cluster, pods: [...observed.cluster.pods!, ...pods] },
      nodes: observed.nodes.map((node) =>
        nodes.includes(node.name) ? { ...node, links: [...node.links!, nodeLocal(address)] } : node,
      ),
    })
  const nodeLocal = (address: string): Link => ({
    ...{
      index: 90,
      name: 'nodelocaldns',
      kind: 'dummy',
      mac: null,
      mtu: 1500,
      up: true,
      master: null,
      peerIndex: null,
    },
    addresses: [{ address, prefix: 32 }],
  })
  const NODES = ['n1', 'n2', 'n3']
  const trace = (bend: (observed: Observation) => Observation) =>
    traced((right) => PODS.map((name) => answer(name, { values: [right] })), { bend })

  test('that a client asks is told, and whom it asks', async () => {
    const link = cached(NODES, '169.254.20.10', [pod('n1', true), pod('n2', false), pod('n3', true)], '169.254.20.10')
    const report = await trace(link)
    expect(report.dns!.cache).toEqual({ address: '169.254.20.10', ready: 2, total: 3 })
    expect(shown(report)).toContain(
      'resolver DNS cache of the node 169.254.20.10: 2 of 3 pods ready; it queries kube-system/kube-dns, 2 of 2 pods ready',
    )
    const unread = await trace(cached([], '', [], '169.254.20.10'))
    expect(unread.dns!.cache).toEqual({ address: '169.254.20.10', ready: null, total: null })
    expect(shown(unread)).toContain('the node 169.254.20.10: it queries kube-system/kube-dns, 2 of 2 pods ready')
  })

  test('stands before the cluster DNS for every client where each node has one at its address', async () => {
    expect((await trace(cached(NODES, '10.96.0.10'))).dns!.cache).toMatchObject({ address: '10.96.0.10' })
    for (const none of [
      cached(['n1', 'n2'], '10.96.0.10'),
      cached(NODES, '169.254.20.10'),
      cached(NODES, '10.96.0.10', [], '8.8.8.8'),
    ])
      expect((await trace(none)).dns).not.toHaveProperty('cache')
  })
})
