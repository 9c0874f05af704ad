/** What is right to say of every service of every real capture, written down by hand. What is not here must not be found. */
import { describe, expect, test } from 'vitest'
import { allServices } from '../../src/ask/find.ts'
import { checkServices } from '../../src/report/check.ts'
import { CAPTURES, capturePath, IPVS_CAPTURES } from '../fixtures.ts'
import { observe } from '../observations.ts'

const NODES = ['n1', 'n2', 'n3']
const on = (code: string, nodes: readonly string[] = NODES): string[] => nodes.map((node) => `${code} ${node}`)

/** A selector that matches nothing; and 192.0.2.50 (TEST-NET-1), which no node has a route to. */
const EVERYWHERE: Record<string, string[]> = { 'shop/empty': ['SVP101'], 'shop/manual': on('SVP501') }

/** Traffic policy Local with the one endpoint on n2: the other nodes drop. */
const LOCAL = { 'shop/web-local': ['SVP311'], 'shop/web-internal-local': ['SVP311'] }

/** Its target port, 9999, is none that its pods declare; nothing listens there. */
const WRONG_PORT = { 'shop/wrong-port': ['SVP110'] }

const HEALTHY = { ...EVERYWHERE, ...LOCAL, ...WRONG_PORT }

/** n2's kube-proxy hung, then all pods of `web` were replaced: what leads to them is stale there, the rest will be. */
const STUCK = Object.fromEntries(
  [
    'default/kubernetes',
    'kube-system/kube-dns',
    ...services(
      'hostweb web web-dual web-extip web-headless web-lb web-lb-local web-named web-np web-sticky wrong-port',
    ),
  ].map((name) => [name, on('SVP316', ['n2'])]),
)

/** n1 drops what it forwards, n2 bridges past its rules, n3 has the rules of both back ends. */
const MIXED: Record<string, string[]> = {
  'default/kubernetes': ['SVP403 n1', 'SVP306 n3'],
  'kube-system/kube-dns': ['SVP403 n1', 'SVP601 n1', 'SVP402 n2', 'SVP306 n3'],
  // Its pod is on n3's own network: no bridge.
  'shop/hostweb': ['SVP403 n1', 'SVP306 n3'],
  // Its pods are called past all service rules.
  'shop/web-headless': ['SVP403 n1'],
  'shop/web-internal-local': ['SVP402 n2', 'SVP306 n3', 'SVP311'],
  'shop/web-local': ['SVP403 n1', 'SVP402 n2', 'SVP306 n3', 'SVP311'],
  'shop/empty': ['SVP101', 'SVP306 n3'],
  'shop/manual': [...on('SVP501'), 'SVP306 n3'],
  ...Object.fromEntries(
    services('web web-dual web-extip web-lb web-lb-local web-named web-np web-sticky').map((name) => [
      name,
      ['SVP403 n1', 'SVP402 n2', 'SVP306 n3'],
    ]),
  ),
  'shop/wrong-port': ['SVP403 n1', 'SVP402 n2', 'SVP306 n3', 'SVP110'],
}

function services(names: string): string[] {
  return names.split(' ').map((name) => `shop/${name}`)
}

const RIGHT: Record<string, Record<string, string[]>> = {
  'broken-mixed-backends-and-kernel': MIXED,
  'broken-n2-kube-proxy-stuck': {
    ...STUCK,
    'shop/wrong-port': ['SVP110', 'SVP316 n2'],
    'shop/empty': ['SVP101', 'SVP316 n2'],
    'shop/manual': [...on('SVP501'), 'SVP316 n2'],
    'shop/web-local': ['SVP311', 'SVP316 n2'],
    'shop/web-internal-local': ['SVP311', 'SVP316 n2'],
  },
  // A kube-proxy of 1.20 reads no slice that was made by hand, and rejects; and it knows no internalTrafficPolicy.
  'k8s-1.20-iptables-legacy-bridge': {
    'shop/empty': ['SVP101'],
    'shop/manual': on('SVP310'),
    'shop/web-local': ['SVP311'],
    ...WRONG_PORT,
  },
  'k8s-1.36-iptables-legacy-bridge': HEALTHY,
  'k8s-1.36-iptables-nft-bridge': HEALTHY,
  'k8s-1.36-iptables-nft-dualstack-bridge': HEALTHY,
  'k8s-1.36-nftables-dualstack-ptp': HEALTHY,
  // Weight 0 on n1 is how IPVS lets an endpoint go; n2's kube-proxy hangs; n3 lost the address of `web` alone.
  'broken-ipvs-graceful-stale-noaddr': {
    ...Object.fromEntries(
      [
        'default/kubernetes',
        'kube-system/kube-dns',
        ...services(
          'hostweb web-dual web-extip web-headless web-lb web-lb-local web-named web-np web-sticky wrong-port',
        ),
      ].map((name) => [name, ['SVP316 n2']]),
    ),
    'shop/web': ['SVP316 n2', 'SVP327 n3'],
    'shop/wrong-port': ['SVP110', 'SVP316 n2'],
    'shop/empty': ['SVP101', 'SVP316 n2'],
    'shop/manual': [...on('SVP501'), 'SVP316 n2'],
    'shop/web-local': ['SVP311', 'SVP316 n2'],
    'shop/web-internal-local': ['SVP311', 'SVP316 n2'],
  },
  'k8s-1.20-ipvs': { ...EVERYWHERE, 'shop/web-local': ['SVP311'], ...WRONG_PORT },
  'k8s-1.32-ipvs': HEALTHY,
  'k8s-1.32-ipvs-dualstack-lc': HEALTHY,
  // Endpoints of `big` are addresses of no network (10.200.0.0/16): 5,000 times SVP501.
  'k8s-1.36-iptables-nft-5000-services': {
    'shop/empty': ['SVP101'],
    'shop/manual': ['SVP501 n1'],
    'shop/web-local': ['SVP311'],
    'shop/web-internal-local': ['SVP311'],
    ...WRONG_PORT,
  },
}

/**
 * Codes of every service that rules lead to. kube-proxy's IPVS mode took 4 to 40 s for each of its syncs in the lab: no bucket below 4.096 s has
 * half of them.
 */
const OF_ALL: Record<string, string[]> = {
  'broken-ipvs-graceful-stale-noaddr': on('SVP320', ['n1', 'n3']),
  'k8s-1.20-ipvs': on('SVP320'),
  'k8s-1.32-ipvs': on('SVP320'),
  'k8s-1.32-ipvs-dualstack-lc': on('SVP320'),
}

/** No rule of a node has anything to do with them. */
const WITHOUT_RULES = ['shop/ext', 'shop/web-headless']

/** Pods of `web` are killed 1 s after they are to stop, long before the nodes of these captures know it. */
const KILLED = services('web web-dual web-extip web-lb web-lb-local web-named web-np web-sticky wrong-port')

test('every capture is told of', () => {
  expect(Object.keys(RIGHT).sort()).toEqual([...CAPTURES, ...IPVS_CAPTURES].sort())
})

describe.each(Object.entries(RIGHT))('%s', (capture, right) => {
  test('what deserves a finding has it, and nothing else', async () => {
    const observation = await observe(capturePath(capture))
    const wanted = allServices(observation).filter(({ namespace }) => namespace !== 'big')
    const nodes = capture.includes('5000') ? ['n1'] : []
    const report = checkServices(observation, wanted, { nodes, failOn: 'error', ignored: [], dns: false })
    const found = report.services.map(({ namespace, name, findings }) => {
      const codes = findings.map(({ code, node }) => (node ? `${code} ${node}` : code))
      return [`${namespace}/${name}`, codes.sort()] as const
    })
    const ofAll = OF_ALL[capture] ?? []
    const expected = found.map(([name]) => [
      name,
      [
        ...(right[name] ?? []),
        ...(WITHOUT_RULES.includes(name) ? [] : ofAll),
        ...(KILLED.includes(name) && ofAll.length > 0 ? ['SVP112'] : []),
      ].sort(),
    ])
    expect(found).toEqual(expected)
    // Nothing of a whole capture is unknown, nor told by the trace alone.
    expect(
      report.services.flatMap(({ name, unknowns }) => unknowns.map(({ message }) => `${name}: ${message}`)),
    ).toEqual([])
  })
})

test('n2’s standstill is the cause, and what it leads to stands below it', async () => {
  const observation = await observe(capturePath('broken-n2-kube-proxy-stuck'))
  const web = allServices(observation).filter(({ name }) => name === 'web')
  const [checked] = checkServices(observation, web, { nodes: [], failOn: 'error', ignored: [], dns: true }).services
  const [finding] = checked!.findings
  expect(finding).toMatchObject({ code: 'SVP316', node: 'n2', severity: 'error', clients: ['pods on n2'] })
  expect(finding!.consequences.map((one) => one.slice(0, 6))).toEqual(['SVP303', 'SVP304', 'SVP309'])
  expect(finding!.evidence.some(({ text }) => text.includes('--to-destination 10.244.2.4:8080'))).toBe(true)
  expect(checked).toMatchObject({ outcome: 'failed', converged: 2, nodes: 3 })
})
