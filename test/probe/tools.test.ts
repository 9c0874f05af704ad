/** Each tool that can make connections, alone on a node of the lab; and a script that is killed. */
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { probeScript } from '../../src/collect/probe/script.ts'
import type { ProbeReport } from '../../src/model/probe/report.ts'
import { LabCluster } from '../lab/cluster/cluster.ts'
import { isLeftOut } from '../needs.ts'

let lab: LabCluster
const there = () => lab.pods('shop', 'web-').find(({ node }) => node === 'n2')!

/** What would come first is there, and cannot be run. Only n1 sees it so. */
const hide = (tools: readonly string[]) =>
  tools
    .map((tool) => `for file in $(which -a ${tool} 2>/dev/null); do mount --bind /mnt/nothing "$file"; done`)
    .join('\n')

const show = () =>
  lab
    .machine('n1')
    .run('grep -F /nothing /proc/self/mountinfo | cut -d\' \' -f5 | while read -r one; do umount "$one"; done')

describe.skipIf(isLeftOut('cluster'))('tools', () => {
  beforeAll(async () => {
    lab = await LabCluster.start({ capture: 'k8s-1.36-iptables-nft-dualstack-bridge' })
    for (const node of ['n1', 'n2', 'n3'] as const)
      lab.machine(node).run('ip route add default via 172.30.0.4; ip -6 route add default via fd00:172:30::4')
    lab.machine('n1').run('mount -t tmpfs none /mnt; : > /mnt/nothing')
  })
  afterAll(() => lab?.stop())

  /** From a pod and from its node, to both addresses of a service. */
  const probe = async () => {
    const words = ['probe', 'web-dual', '-n', 'shop', '--from', 'pod/client', '--from', 'node/n1', '--count', '6']
    const { out, err } = await lab.svcpath([...words, '--timeout', '4s', '--rate', '10', '-o', 'json', '-q'])
    if (!out.startsWith('{')) throw new Error(err)
    return JSON.parse(out) as ProbeReport
  }
  const entriesOf = ({ places }: ProbeReport) => places.flatMap(({ entries }) => entries)
  /** What the endpoint on n2 refuses in both families, and what becomes of that. */
  const refusing = async (): Promise<ProbeReport> => {
    const n2 = lab.machine('n2')
    const rule = '-p tcp --dport 8080 -j REJECT --reject-with tcp-reset'
    n2.run(`iptables-nft -I INPUT ${rule}; ip6tables-nft -I INPUT ${rule}`, there().name)
    try {
      return await probe()
    } finally {
      n2.run('iptables-nft -F INPUT; ip6tables-nft -F INPUT', there().name)
    }
  }
  const deathsOf = (report: ProbeReport) =>
    new Set(
      entriesOf(report).flatMap(({ deaths }) => deaths.map(({ kind, node, result }) => `${kind} ${node} ${result}`)),
    )

  test.each<[tool: string, hidden: readonly string[]]>([
    ['python3', []],
    ['perl', ['python3']],
    ['curl', ['python3', 'perl', 'ncat', 'nc']],
    ['bash', ['python3', 'perl', 'ncat', 'nc', 'curl']],
  ])('%s: what gets through in both families, and what is refused', async (tool, hidden) => {
    lab.machine('n1').run(hide(hidden))
    try {
      const well = await probe()
      expect(well.places.map((place) => place.tool)).toEqual([tool, tool])
      expect([well.made, well.through]).toEqual([24, 24])
      // bash, too, shows the port of a connection that is open.
      expect(entriesOf(well).flatMap(({ connections }) => connections.map(({ endpoint }) => endpoint))).not.toContain(
        null,
      )
      const refused = await refusing()
      const expected = tool === 'bash' ? 'unplaced null refused' : 'refused n2 refused'
      expect(deathsOf(refused)).toEqual(new Set([expected]))
      expect(refused.findings.map(({ code }) => code)).not.toContain('SVP606')
    } finally {
      show()
    }
  })

  describe.skipIf(isLeftOut('netcats'))('netcat', () => {
    /** This one, by its own name or as nc, and no other tool. */
    const only = (file: string, name: string) =>
      [
        `cp ${file} /mnt/netcat`,
        hide(['python3', 'perl', ...(name === 'ncat' ? [] : ['ncat'])]),
        ...(name === 'ncat' ? [] : [`mount --bind /mnt/netcat "$(readlink -f "$(command -v nc)")"`]),
      ].join('\n')

    test.each([
      ['nc.openbsd', 'nc'],
      ['ncat', 'nc'],
      ['ncat', 'ncat'],
    ])('%s as %s: what gets through in both families, and what is refused', async (file, name) => {
      const n1 = lab.machine('n1')
      n1.run(only(`$(readlink -f "$(command -v ${file})")`, name))
      try {
        const well = await probe()
        expect(well.places.map((place) => place.tool)).toEqual(['nc', 'nc'])
        expect([well.made, well.through]).toEqual([24, 24])
        expect(entriesOf(well).flatMap(({ connections }) => connections.map(({ endpoint }) => endpoint))).not.toContain(
          null,
        )
        expect(deathsOf(await refusing())).toEqual(new Set(['refused n2 refused']))
      } finally {
        n1.run('grep -F /netcat /proc/self/mountinfo | cut -d" " -f5 | while read -r one; do umount "$one"; done')
        show()
      }
    })

    test('nc.traditional as nc, which knows no IPv6: of that nothing is claimed', async () => {
      const n1 = lab.machine('n1')
      n1.run(only('$(readlink -f "$(command -v nc.traditional)")', 'nc'))
      try {
        const told = entriesOf(await probe()).map(({ address, through, failed, unknown }) => [
          address.includes(':') ? 6 : 4,
          ...[through, failed, unknown],
        ])
        expect(told).toEqual([
          [4, 6, 0, 0],
          [6, 0, 0, 6],
          [4, 6, 0, 0],
          [6, 0, 0, 6],
        ])
        const refused = deathsOf(await refusing())
        expect(refused).toEqual(new Set(['refused n2 refused']))
      } finally {
        n1.run('grep -F /netcat /proc/self/mountinfo | cut -d" " -f5 | while read -r one; do umount "$one"; done')
        show()
      }
    })
  })

  test('curl asks where there is no python3', async () => {
    lab.machine('n1').run(hide(['python3', 'perl']))
    try {
      const words = [
        'probe',
        'web',
        '-n',
        'shop',
        '--from',
        'pod/client',
        '--count',
        '4',
        '--http',
        '/',
        '-o',
        'json',
        '-q',
      ]
      const [place] = (JSON.parse((await lab.svcpath(words)).out) as ProbeReport).places
      const [entry] = place!.entries
      expect([place!.tool, entry!.through, entry!.answers]).toEqual(['curl', 4, [{ status: 200, count: 4 }]])
    } finally {
      show()
    }
  })

  test('busybox nc, which cannot choose its port: what a node got through counts, what a pod got is not known', async () => {
    const n1 = lab.machine('n1')
    n1.run(hide(['python3', 'perl', 'ncat', 'curl', 'nc', 'bash']))
    try {
      const words = ['probe', 'web', '-n', 'shop', '--from', 'pod/client', '--from', 'node/n1', '--count', '4']
      const report = JSON.parse((await lab.svcpath([...words, '-o', 'json', '-q'])).out) as ProbeReport
      const told = report.places.map(({ kind, tool, entries: [entry] }) => [kind, tool, entry!.through, entry!.unknown])
      expect(told).toEqual([
        ['pod', 'busybox nc', 0, 4],
        ['node', 'busybox nc', 4, 0],
      ])
    } finally {
      show()
    }
  })

  test('a script that is killed at any moment leaves nothing behind its time', async () => {
    const n3 = lab.machine('n3')
    const attempts = Array.from({ length: 20 }, (_, id) => {
      return { id, protocol: 'tcp' as const, address: '10.244.2.99', port: 80, sourcePort: 62000 + id, payload: '' }
    })
    const places = [{ place: { kind: 'node' as const, name: 'n3', node: 'n3', addresses: [] }, attempts, spare: [] }]
    const request = {
      places,
      ports: { from: 62000, to: 62100 },
      endpoints: [],
      timeoutMs: 1000,
      rate: 20,
      request: null,
      watchMs: 3000,
    }
    const script = probeScript(request, '0123456789abcdef'.repeat(2))
    const own = () =>
      n3.run("ps -eo args | grep -E '^(.*conntrack -E|.*import errno, os|timeout |sh -s|awk)' | grep -v grep || :")
    const before = own()
    let most = 0
    for (let i = 0; i < 15; i++) {
      const [file, ...args] = n3.words(['sh', '-c', 'echo $$ >&2; exec sh -s'])
      const child = spawn(file!, args, { stdio: ['pipe', 'pipe', 'pipe'] })
      const pid = await new Promise<string>((resolve) =>
        child.stderr.once('data', (text: Buffer) => resolve(String(text).trim())),
      )
      child.stdin.end(script)
      child.stdout.resume()
      await sleep(i * 150)
      n3.run(`kill -9 ${pid}`)
      most = Math.max(most, own().length)
    }
    expect(most).toBeGreaterThan(before.length)
    await expect.poll(own, { timeout: 60_000, interval: 1000 }).toBe(before)
  })
})
