/** The suite on the lab: what any cluster must show, on the real kernel of this machine, with each back end of kube-proxy. */
import { expect, test } from 'vitest'
import type { EntryPath, PathReport } from '../../src/model/report.ts'
import { LabCluster, type LabOptions } from '../lab/cluster/cluster.ts'
import { isLeftOut } from '../needs.ts'
import { type ClusterUnderTest, suite } from './suite.ts'

const skipped = isLeftOut('cluster')

async function start(options: LabOptions): Promise<{ lab: LabCluster; cluster: ClusterUnderTest }> {
  const lab = await LabCluster.start(options)
  const client = lab.pod('shop', 'client')
  const pods = lab.pods('shop', 'web-').map(({ name }) => name)
  const cluster: ClusterUnderTest = {
    service: { namespace: 'shop', name: 'web', port: 80 },
    pods,
    client: { namespace: 'shop', name: client.name, node: client.node },
    ways: [['--via', 'ssh', '--ssh-config', lab.ssh.config]],
    counts: () => !options.capture.includes('nftables'),
    svcpath: (...words) => lab.svcpath(words),
    connect: async (count) => {
      const report = await lab.svcpath(['web', '-n', 'shop', '-o', 'json'])
      const [address] = (JSON.parse(report.out) as PathReport).service.clusterIPs
      return lab.connect(client, address!, 80, count)
    },
    debugPods: () => lab.debugPods(),
    stop: async () => lab.stop(),
  }
  return { lab, cluster }
}

const LABS: (readonly [string, LabOptions, readonly string[]])[] = [
  ['iptables by nft', { capture: 'k8s-1.36-iptables-nft-bridge' }, ['auto', 'exec', 'debug', 'ssh']],
  [
    'iptables by the legacy back end',
    {
      capture: 'k8s-1.36-iptables-legacy-bridge',
      restore: { command: 'iptables-legacy-restore', file: 'iptables-save.txt' },
    },
    ['ssh'],
  ],
  [
    'nftables',
    { capture: 'k8s-1.36-nftables-dualstack-ptp', restore: { command: 'nft -f -', file: 'nft.txt' } },
    ['exec'],
  ],
]

if (!skipped)
  for (const [name, options, ways] of LABS) suite(`lab: ${name}`, async () => (await start(options)).cluster, ways)

test.skipIf(skipped)('every connection is told where it went, whichever way it came in', async () => {
  const { lab } = await start({ capture: 'k8s-1.36-iptables-nft-bridge' })
  try {
    const client = lab.pod('shop', 'client')
    const report = async (service: string): Promise<PathReport> =>
      JSON.parse((await lab.svcpath([service, '-n', 'shop', '-o', 'json'])).out)
    const hits = (one: PathReport, node: string, fits: (entry: EntryPath) => boolean) => {
      const entries = one.nodes.find(({ name }) => name === node)!.entries.filter(fits)
      const all = entries
        .flatMap(({ endpoints }) => endpoints)
        .flatMap(({ pod, hits: own }) => (own?.packets ? [[pod?.name ?? '', own.packets] as const] : []))
      return Object.fromEntries(all)
    }
    const sent = (counts: Map<string, number>) => Object.fromEntries(counts)
    const addressOf = async (service: string) => (await report(service)).service.clusterIPs[0]!

    const sticky = lab.connect(client, await addressOf('web-sticky'), 80, 8)
    expect(sticky.size).toBe(1)
    expect(hits(await report('web-sticky'), 'n1', ({ kind }) => kind === 'clusterIP')).toEqual(sent(sticky))

    // From outside to a node port: masqueraded, and so answered by way of that node.
    const outside = lab.connect('op', '172.30.0.11', 30080, 12)
    expect(hits(await report('web-np'), 'n1', ({ kind }) => kind === 'nodePort')).toEqual(sent(outside))

    const local = lab.connect('op', '172.30.0.12', 30081, 3)
    const webLocal = await report('web-local')
    expect(hits(webLocal, 'n2', ({ kind }) => kind === 'nodePort')).toEqual(sent(local))
    expect([...lab.connect('op', '172.30.0.11', 30081, 1, 3).keys()]).toEqual([''])
    expect(
      webLocal.nodes.find(({ name }) => name === 'n1')!.entries.find(({ kind }) => kind === 'nodePort'),
    ).toMatchObject({ outcome: 'drop' })

    expect([...lab.connect(client, await addressOf('empty'), 80, 1, 3).keys()]).toEqual([''])
    const empty = await report('empty')
    expect(empty.nodes[0]!.entries[0]).toMatchObject({ outcome: 'reject', verdict: 'broken' })

    // The kernel's own table of connections tells the same.
    const wide = await lab.svcpath(['web-np', '-n', 'shop', '-o', 'json', '--node', 'n1'])
    const [pod] = [...outside.keys()]
    const entry = (JSON.parse(wide.out) as PathReport).nodes[0]!.entries.find(({ kind }) => kind === 'nodePort')!
    const tracked = entry.endpoints.find((one) => one.pod?.name === pod)!
    expect(tracked.conntrack?.length ?? 0).toBeGreaterThan(0)
  } finally {
    lab.stop()
  }
})
