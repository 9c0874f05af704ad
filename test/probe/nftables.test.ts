/** The same with kube-proxy's nftables mode, and by other ways onto the nodes. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProbeReport } from '../../src/model/probe/report.ts'
import { LabCluster } from '../lab/cluster/cluster.ts'
import { isLeftOut } from '../needs.ts'

describe.skipIf(isLeftOut('cluster'))('probe in the lab, in nftables mode', () => {
  let lab: LabCluster
  beforeAll(async () => {
    lab = await LabCluster.start({
      capture: 'k8s-1.36-nftables-dualstack-ptp',
      restore: { command: 'nft -f -', file: 'nft.txt' },
    })
    for (const node of ['n1', 'n2', 'n3'] as const)
      lab
        .machine(node)
        .run(
          'mount -t tmpfs none /mnt; ip route add default via 172.30.0.4; ip -6 route add default via fd00:172:30::4; nft list ruleset > /mnt/saved',
        )
  })
  afterAll(() => lab?.stop())

  const probe = async (service: string, ...words: string[]) => {
    const all = ['probe', service, '-n', 'shop', '--count', '10', '--timeout', '1s', '-o', 'json', '-q', ...words]
    const { out, err, code } = await lab.svcpath(all)
    if (!out.startsWith('{')) throw new Error(err)
    const report = JSON.parse(out) as ProbeReport
    const entries = report.places.flatMap((place) => place.entries)
    return { code, report, entries }
  }

  test('everything gets through to both addresses, and is recognised', async () => {
    const { entries, report } = await probe('web-dual')
    expect(new Set(entries.map(({ address }) => address.includes(':')))).toEqual(new Set([true, false]))
    for (const { made, through, counted, connections, endpoints } of entries) {
      expect([made, through]).toEqual([10, 10])
      expect(connections.filter(({ endpoint }) => endpoint === null)).toEqual([])
      // kube-proxy's rules keep no counters here.
      expect([counted, ...endpoints.map((one) => one.counted)].filter((one) => one !== null)).toEqual([])
    }
    expect(report.findings.map(({ code }) => code)).not.toContain('SVP606')
  })

  test('without the services in its map its last check refuses what is sent to them', async () => {
    const n1 = lab.machine('n1')
    n1.run('nft flush map ip kube-proxy service-ips')
    try {
      const { code, entries } = await probe('web', '--from', 'pod/client')
      const own = entries.flatMap((entry) => entry.deaths)
      expect([code, [...new Set(own.map(({ kind, node, by }) => `${kind} ${node} ${by}`))]]).toEqual([
        3,
        ['node n1 walk'],
      ])
    } finally {
      n1.run('nft flush ruleset; nft -f /mnt/saved')
    }
  })

  test.each([
    ['debug', []],
    ['ssh', ['--ssh-config', 'CONFIG']],
  ] as const)('by %s', async (via, words) => {
    const own = words.map((one) => (one === 'CONFIG' ? lab.ssh.config : one))
    const { entries } = await probe('web-dual', '--from', 'pod/client', '--from', 'node/n2', '--via', via, ...own)
    expect(entries.map(({ made, through }) => [made, through])).toEqual(Array(4).fill([10, 10]))
    expect(await lab.debugPods()).toEqual([])
  })
})
