/** `probe --kernel-trace` in the lab: the kernel's own account of real connections, beside the walk. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProbeReport } from '../../src/model/probe/report.ts'
import { LabCluster } from '../lab/cluster/cluster.ts'
import { isLeftOut } from '../needs.ts'

const NODES = ['n1', 'n2', 'n3'] as const

const RULES = [
  ['k8s-1.36-iptables-nft-bridge', { command: 'iptables-nft-restore', file: 'iptables-save.txt' }],
  ['k8s-1.36-nftables-dualstack-ptp', { command: 'nft -f /dev/stdin', file: 'nft.txt' }],
] as const

describe.skipIf(isLeftOut('cluster')).each(RULES)(
  'the kernel trace of a probe in %s',
  { timeout: 240_000 },
  (capture, restore) => {
    let lab: LabCluster

    beforeAll(async () => {
      lab = await LabCluster.start({ capture, restore })
      // What has no route is not sent, so no rule sees it.
      for (const node of NODES) lab.machine(node).run('ip route add default via 172.30.0.4')
    })
    afterAll(() => lab?.stop())

    test.each(['web', 'web-np', 'web-local', 'web-sticky', 'web-lb', 'web-headless'])(
      '%s: as the walk says',
      async (service) => {
        const words = [
          'probe',
          service,
          '-n',
          'shop',
          '-o',
          'json',
          '-q',
          '--count',
          '2',
          '--timeout',
          '1s',
          '--kernel-trace',
        ]
        const { out, err } = await lab.svcpath(words)
        expect(err).toContain('--kernel-trace adds an nft table svcpath-trace-')
        const report = JSON.parse(out) as ProbeReport
        const entries = report.places.flatMap((place) =>
          place.entries.flatMap((entry) => {
            // What a pod sends to itself comes to no rule of the node.
            const { pod = null } = entry.kind === 'podIP' ? entry.endpoints[0]! : {}
            return pod && `${pod.namespace}/${pod.name}` === place.name ? [] : [{ place: place.kind, entry }]
          }),
        )
        const told = entries.map(({ place, entry: { kind, address, made, kernelTrace: trace } }) => {
          return {
            place,
            kind,
            address,
            told: trace && [trace.same, trace.different, trace.unknown],
            made,
            why: trace?.shown[0]?.reason,
          }
        })
        expect(told).toEqual(told.map((one) => ({ ...one, told: [one.made, 0, 0], why: null })))
        expect(told.length).toBeGreaterThan(0)
        expect(report.notes.filter((note) => note.includes('trace'))).toEqual([])
        // Nor do the connections disagree: an answer that goes past the node which translated is foretold, too.
        expect(report.findings.filter(({ code }) => code === 'SVP606')).toEqual([])
        for (const node of NODES) expect(lab.machine(node).run('nft list tables')).not.toContain('svcpath')
      },
    )
  },
)
