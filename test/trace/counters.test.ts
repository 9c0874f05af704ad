import { describe, expect, test } from 'vitest'
import { captureFiles } from '../fixtures.ts'
import { entryOf, nodeOf, trace } from '../observations.ts'

/** traffic.txt: `service count pod`, the ground truth of the requests that were made before the capture. */
const traffic = new Map(
  (await captureFiles((path) => path.endsWith('traffic.txt'))).map(({ capture, text }) => {
    const lines = text
      .trim()
      .split('\n')
      .map((line) => line.trim().split(/\s+/) as [string, string, string])
    return [capture, lines.map(([service, count, pod]) => ({ service, count: Number(count), pod }))] as const
  }),
)

const sum = (values: number[]) => values.reduce((a, b) => a + b, 0)

const CLUSTER_IP_SERVICES = [
  'web',
  'web-named',
  'web-np',
  'web-sticky',
  'web-local',
  'web-extip:8088',
  'hostweb',
  'web-lb',
]
const iptablesCaptures = [...traffic.keys()].filter((capture) => capture.includes('iptables'))

describe.each(iptablesCaptures)('%s: the counters are the traffic', (capture) => {
  const truth = traffic.get(capture)!
  const counted = (service: string) => truth.filter((line) => line.service === service)

  test.each(CLUSTER_IP_SERVICES)('%s from the client on n1', async (label) => {
    const [name, port = '80'] = label.split(':')
    const report = await trace(capture, `shop/${name}`)
    const entry = entryOf(nodeOf(report, 'n1'), 'clusterIP', Number(port))
    expect(entry.hits?.packets).toBe(20)
    // Requests from outside to the node port go by the same endpoint chains.
    const lines = [...counted(label), ...(name === 'web-np' ? counted('nodeport-from-outside') : [])]
    for (const endpoint of entry.endpoints) {
      const expected = sum(
        lines.filter(({ pod }) => endpoint.pod?.name === pod || pod === 'n3').map(({ count }) => count),
      )
      expect([endpoint.pod?.name, endpoint.hits?.packets]).toEqual([endpoint.pod?.name, expected])
    }
    expect(sum(entry.endpoints.map((endpoint) => endpoint.hits!.packets))).toBe(sum(lines.map(({ count }) => count)))
  })

  test('ten requests from outside to n1:30080, three to n2:30081', async () => {
    const np = entryOf(nodeOf(await trace(capture, 'shop/web-np'), 'n1'), 'nodePort')
    expect([np.port, np.hits?.packets]).toEqual([30080, 10])
    const local = await trace(capture, 'shop/web-local')
    expect(entryOf(nodeOf(local, 'n2'), 'nodePort').hits?.packets).toBe(3)
    expect(entryOf(nodeOf(local, 'n2'), 'nodePort').endpoints[0]!.hits?.packets).toBe(3)
  })

  test('summed over nodes, with each share seen and due', async () => {
    const report = await trace(capture, 'shop/web-local')
    expect(report.connections).toBe(23)
    expect(report.endpoints).toMatchObject([{ connections: 23, share: 1, due: 1 }])
    const web = await trace(capture, 'shop/web')
    expect(web.connections).toBe(20)
    for (const endpoint of web.endpoints) {
      const seen = sum(
        counted('web')
          .filter(({ pod }) => pod === endpoint.pod?.name)
          .map(({ count }) => count),
      )
      expect(endpoint.connections).toBe(seen)
      expect(endpoint.share).toBeCloseTo(seen / 20, 9)
      expect(endpoint.due).toBeCloseTo(0.2, 6)
    }
  })
})

test('ip6tables counts the IPv6 requests to web-dual by themselves', async () => {
  const capture = 'k8s-1.36-iptables-nft-dualstack-bridge'
  const lines = traffic.get(capture)!.filter(({ service }) => service === 'web-dual-ipv6')
  expect(sum(lines.map(({ count }) => count))).toBeGreaterThan(0)
  const n1 = nodeOf(await trace(capture, 'shop/web-dual'), 'n1')
  const [four, six] = n1.entries
  expect([four!.hits?.packets, six!.hits?.packets]).toEqual([0, sum(lines.map(({ count }) => count))])
  for (const endpoint of six!.endpoints) {
    const expected = sum(lines.filter(({ pod }) => pod === endpoint.pod?.name).map(({ count }) => count))
    expect([endpoint.address, endpoint.hits?.packets]).toEqual([endpoint.address, expected])
  }
})

describe('nftables: kube-proxy keeps no counters', () => {
  const capture = 'k8s-1.36-nftables-dualstack-ptp'

  test('hits are null and conntrack entries stand in', async () => {
    const truth = traffic.get(capture)!.filter(({ service }) => service === 'web')
    const entry = entryOf(nodeOf(await trace(capture, 'shop/web'), 'n1'), 'clusterIP')
    expect(entry.hits).toBeNull()
    expect(entry.conntrack).toBe(20)
    for (const endpoint of entry.endpoints) {
      expect(endpoint.hits).toBeNull()
      const expected = sum(truth.filter(({ pod }) => pod === endpoint.pod?.name).map(({ count }) => count))
      expect([endpoint.pod?.name, endpoint.connections, endpoint.conntrack.length]).toEqual([
        endpoint.pod?.name,
        expected,
        expected,
      ])
    }
  })

  test('node port entries of conntrack are those to this node', async () => {
    expect(entryOf(nodeOf(await trace(capture, 'shop/web-np'), 'n1'), 'nodePort').conntrack).toBe(10)
    expect(entryOf(nodeOf(await trace(capture, 'shop/web-np'), 'n2'), 'nodePort').conntrack).toBe(0)
  })
})
