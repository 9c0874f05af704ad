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
        .run('mount -t tmpfs none /mnt; ip route add default via 172.30.0.4; nft list ruleset > /mnt/saved')
  })
  afterAll(() => lab?.stop())

  const probe = async (...words: string[]) => {
    const all = ['probe', 'web', '-n', 'shop', '--count', '10', '--timeout', '1s', '-o', 'json', '-q', ...words]
    const { out, err, code } = await lab.svcpath(all)
    if (!out.startsWith('{')) throw new Error(err)
    const report = JSON.parse(out) as ProbeReport
    const entries = report.places.flatMap((place) => place.entries)
    return { code, report, entries }
  }

  test('everything gets through to the IPv4 address, and is recognised', async () => {
    const { entries, report } = await probe()
    // The lab's pods have no IPv6 addresses.
    const own = entries.filter(({ address }) => !address.includes(':'))
    expect(own.length).toBeGreaterThan(0)
    for (const { made, through, connections } of own) {
      expect([made, through]).toEqual([10, 10])
      expect(connections.filter(({ endpoint }) => endpoint === null)).toEqual([])
    }
    expect(report.findings.map(({ code }) => code)).not.toContain('SVP606')
  })

  test('without the services in its map its last check refuses what is sent to them', async () => {
    const n1 = lab.machine('n1')
    n1.run('nft flush map ip kube-proxy service-ips')
    try {
      const { code, entries } = await probe('--from', 'pod/client')
      const own = entries.filter(({ address }) => !address.includes(':')).flatMap((entry) => entry.deaths)
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
    const { entries } = await probe('--from', 'pod/client', '--from', 'node/n2', '--via', via, ...own)
    const four = entries.filter(({ address }) => !address.includes(':'))
    expect(four.map(({ made, through }) => [made, through])).toEqual(four.map(() => [10, 10]))
    expect(await lab.debugPods()).toEqual([])
  })
})
