/**
 * The plugin is killed at random moments of a probe, by every way onto the nodes, with and without a kernel trace: no process, no table and no file stays on
 * a node, and no pod has no deadline. SVCPATH_KILLS times (default a few).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LabCluster } from '../lab/cluster/cluster.ts'
import { isLeftOut } from '../needs.ts'

const KILLS = Number(process.env.SVCPATH_KILLS ?? 12)
const NODES = ['n1', 'n2', 'n3'] as const
/** A probe like this one takes about so long. */
const LONG_MS = 7000
/** Whatever is started on a node ends by itself within this time. */
const MOST_MS = 180_000

describe.skipIf(isLeftOut('cluster'))('a probe that is killed', { timeout: 3_600_000 }, () => {
  let lab: LabCluster
  beforeAll(async () => {
    lab = await LabCluster.start({ capture: 'k8s-1.36-iptables-nft-dualstack-bridge' })
    // Nobody else writes there, so whatever is found there is of the probe.
    for (const node of NODES)
      lab
        .machine(node)
        .run(`for folder in ${FOLDERS}; do [ ! -d $folder ] || mount -t tmpfs none $folder; done; rm -f /run/*.lock`)
  })
  afterAll(() => lab?.stop())

  const left = () =>
    NODES.map((node) =>
      lab.machine(node).run(`
        ps -eo args= | grep -v -e '<defunct>' -e '^ps ' -e '^sh -e' -e '^sort' -e '^grep ' | sort
        nft list tables | grep svcpath || :
        find ${FOLDERS} /run ! -type d ! -name xtables.lock 2>/dev/null | sort`),
    )

  const WAYS: readonly (readonly [name: string, words: () => readonly string[]])[] = [
    ['exec', () => ['--via', 'exec']],
    ['debug', () => ['--via', 'debug']],
    ['ssh', () => ['--via', 'ssh', '--ssh-config', lab.ssh.config]],
  ]

  test(`at ${KILLS} moments leaves nothing on a node, and no pod without a deadline`, async () => {
    const before = left()
    let [seen, traced] = [0, 0]
    for (let i = 0; i < KILLS; i++) {
      const [, words] = WAYS[i % WAYS.length]!
      const trace = i % 2 === 0 ? ['--kernel-trace'] : []
      const probe = ['probe', 'web-dual', '-n', 'shop', '--count', '20', '--timeout', '1s', '-q', ...words(), ...trace]
      const child = lab.spawn(probe)
      const ended = new Promise((resolve) => child.once('exit', resolve))
      await sleep(Math.random() * LONG_MS)
      const now = left()
      if (now.join() !== before.join()) seen++
      if (now.join().includes('svcpath-trace')) traced++
      child.kill('SIGKILL')
      await ended
    }
    // Some were killed while the nodes were at work, and while a table was there.
    expect(seen).toBeGreaterThan(0)
    if (KILLS >= 50) expect(traced).toBeGreaterThan(0)
    await expect.poll(left, { timeout: MOST_MS, interval: 1000 }).toEqual(before)
    const deadlines = await lab.debugDeadlines()
    expect(deadlines.filter((one) => one === null || one > 1800)).toEqual([])
  })
})

const FOLDERS = '/tmp /var/tmp /dev/shm /root'
