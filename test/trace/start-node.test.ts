/** A client that is named by its address is walked where its packets start. */
import { describe, expect, test } from 'vitest'
import type { Observation } from '../../src/model/observation.ts'
import { startNode } from '../../src/trace/start-node.ts'
import { capturePath } from '../fixtures.ts'
import { observe, observeFiles, traceIn } from '../observations.ts'

const BRIDGE = 'k8s-1.36-iptables-nft-dualstack-bridge'
const PTP = 'k8s-1.36-nftables-dualstack-ptp'
const load = (capture: string) => observe(capturePath(capture))

const without = (seen: Observation, ...parts: ('nodes' | 'pods')[]): Observation => ({
  ...seen,
  cluster: { ...seen.cluster, ...Object.fromEntries(parts.map((part) => [part, null])) },
})

describe.each([BRIDGE, PTP])('%s', (capture) => {
  test.each([
    ['10.244.2.77', 'n2'],
    ['fd00:10:244:2::77', 'n2'],
    ['10.244.3.2', 'n3'],
    ['172.30.0.11', 'n1'],
    ['192.0.2.7', null],
    ['no address', null],
  ])('%s is of %s', async (address, node) => {
    expect(startNode(await load(capture), address)).toBe(node)
  })

  test.each(['10.244.2.77', 'fd00:10:244:2::77'])('%s meets the cluster IP on n2 alone', async (address) => {
    const report = traceIn(await load(capture), 'shop/web-dual', { from: { kind: 'address', address } })
    const met = report.nodes.filter(({ entries }) => entries.some(({ kind }) => kind === 'clusterIP'))
    expect(met.map(({ name }) => name)).toEqual(['n2'])
  })
})

test('a node port of another node is met as well', async () => {
  const from = { kind: 'address', address: '10.244.2.77' } as const
  const { nodes } = traceIn(await load(BRIDGE), 'shop/web-np', { from })
  expect(nodes.map(({ name, entries }) => [name, entries.map(({ kind }) => kind)])).toEqual([
    ['n1', ['nodePort']],
    ['n2', ['clusterIP', 'nodePort']],
    ['n3', ['nodePort']],
  ])
})

test('without the API’s nodes a pod of that address tells, and else the bridge that leads there', async () => {
  const seen = await load(BRIDGE)
  const pod = seen.cluster.pods!.find(({ node, hostNetwork }) => node === 'n3' && !hostNetwork)!
  expect(startNode(without(seen, 'nodes'), pod.ips[0]!)).toBe('n3')
  expect(startNode(without(seen, 'nodes', 'pods'), '10.244.2.77')).toBe('n2')
  // The default route leads there from everywhere.
  expect(startNode(without(seen, 'nodes', 'pods'), '192.0.2.7')).toBeNull()
})

test('of a node without a name nobody can say that a packet does not start there', async () => {
  const nodes = JSON.stringify({
    kind: 'List',
    items: [{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n2' }, spec: { podCIDRs: ['10.244.2.0/24'] } }],
  })
  const rules = `*nat
-A KUBE-SERVICES -d 10.96.10.20/32 -p tcp -m comment --comment "shop/web cluster IP" -m tcp --dport 80 -j KUBE-SVC-E3PXEPMWAWIUT6ZV
-A KUBE-SVC-E3PXEPMWAWIUT6ZV -m comment --comment "shop/web -> 10.244.1.5:8080" -j KUBE-SEP-JEWKWDKY4ODQIXQB
-A KUBE-SEP-JEWKWDKY4ODQIXQB -p tcp -m comment --comment "shop/web" -m tcp -j DNAT --to-destination 10.244.1.5:8080
`
  const seen = await observeFiles({ 'nodes.json': nodes, 'rules.txt': rules })
  const { nodes: walked } = traceIn(seen, 'web', { from: { kind: 'address', address: '10.244.2.9' } })
  expect(walked.map(({ entries }) => entries.length)).toEqual([1])
})
