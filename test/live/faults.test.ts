/** What one node does wrong costs that node only: the others are read, and the answer says which was not and why. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { KubeObject } from '../../src/kube/api.ts'
import type { PathReport } from '../../src/model/report.ts'
import type { LabApi } from '../lab/api/contract.ts'
import { scratch } from '../scratch.ts'
import { smallCluster } from './small-cluster.ts'

const folder = scratch('faults')
afterAll(() => folder.remove())

interface Words {
  file: string
  args: string[]
}
type Exec = (node: string, command: readonly string[]) => Words

const plain: Exec = (_node, [file = '', ...args]) => ({ file, args })
const shell = (script: string): Words => ({ file: 'sh', args: ['-c', script] })

type Change = NonNullable<Parameters<typeof smallCluster>[0]>['change']

/** A cluster whose nodes are all this machine, but for what `exec` makes of n2. */
const clusterOf = (exec: Exec, rename: Change = (objects) => objects) =>
  smallCluster({
    exec: (pod, _container, command) => exec((pod.spec as { nodeName: string }).nodeName, command),
    change: rename,
  })

/** n2 behaves so; n1 and n3 are read all the same. */
async function withFault(
  exec: Exec,
  { rename }: { rename?: Change } = {},
  prepare = (_api: LabApi) => {},
  limit = '300s',
) {
  const cluster = await clusterOf(exec, rename)
  prepare(cluster.api)
  try {
    const ran = await cluster.svcpath('web', '--via', 'exec', '--no-dns', '--node-timeout', limit, '-o', 'json')
    return { ...ran, report: JSON.parse(ran.out) as PathReport }
  } finally {
    await cluster.close()
  }
}

/** This machine is every node here, and may itself forward nothing, which is worse than that n2 is not known. */
const partial = ({ findings }: PathReport): number => (findings.some(({ severity }) => severity === 'error') ? 3 : 4)

describe('one node of three', () => {
  test.each<[string, (command: readonly string[]) => Words, RegExp]>([
    [
      'answers garbage',
      () => shell('cat >/dev/null; head -c 300000 /dev/urandom'),
      /answered nothing that the script prints/,
    ],
    ['answers nothing', () => shell('cat >/dev/null'), /answered nothing that the script prints/],
    ['has no shell', () => ({ file: '/nonexistent/sh', args: [] }), /has no shell/],
    ['may not run it', () => shell('exit 126'), /no shell that runs/],
    [
      'forges frames',
      () =>
        shell(
          'cat >/dev/null; for i in 1 2 3; do echo "0123456789abcdef0123456789abcdef begin iptables-save.txt"; echo "*nat"; done',
        ),
      /answered nothing that the script prints/,
    ],
  ])('%s', async (_, words, why) => {
    const ran = await withFault((node, command) => (node === 'n2' ? words(command) : plain(node, command)))
    expectOneUnseen(ran, why)
  })

  test('hangs', async () => {
    const hangs: Exec = (node, command) => (node === 'n2' ? shell('exec sleep 1000') : plain(node, command))
    // The others have the same time: as much as it takes them here.
    for (let seconds = 5; ; seconds *= 2) {
      const ran = await withFault(hangs, {}, () => {}, `${seconds}s`)
      const read = ran.report.nodes.filter(({ entries }) => entries.length > 0)
      if (read.length === 2 || seconds > 60) return expectOneUnseen(ran, /within \d+ s|no answer/)
    }
  })

  function expectOneUnseen({ code, report, err }: Awaited<ReturnType<typeof withFault>>, why: RegExp): void {
    expect(code).toBe(partial(report))
    const reasons = report.reasons.filter(({ node }) => node === 'n2')
    expect(reasons).toHaveLength(1)
    expect(reasons[0]).toMatchObject({ verdict: 'unknown', message: expect.stringMatching(why) })
    expect(err).toMatch(why)
    for (const name of ['n1', 'n3'])
      expect(report.nodes.find((node) => node.name === name)!.entries.length).toBeGreaterThan(0)
  }

  test('dies in the midst of its answer: what came counts for nothing more than it is', async () => {
    const { code, report, err } = await withFault((node, command) =>
      node === 'n2' ? shell('sh -s | head -c 2000') : plain(node, command),
    )
    expect(code).not.toBe(0)
    expect(report.verdict).not.toBe('reachable')
    expect(err).not.toMatch(/ {4}at /)
  })

  test('sends two hundred megabytes: cut off, and said', async () => {
    const { code, report } = await withFault((node, command) =>
      node === 'n2'
        ? shell('cat >/dev/null; yes 0123456789012345678901234567890123456789 | head -c 200000000')
        : plain(node, command),
    )
    expect(code).toBe(partial(report))
    expect(report.nodes.find(({ name }) => name === 'n2')!.entries).toEqual([])
  })

  test.each(['before', 'midway'] as const)('has its exec dropped by the API (%s)', async (drop) => {
    const { code, report } = await withFault(plain, {}, (api) =>
      api.faults.push({ match: /kube-proxy-n2\/exec/, drop }),
    )
    expect(code).toBe(partial(report))
    expect(report.reasons.map(({ node, verdict }) => [node, verdict])).toContainEqual(['n2', 'unknown'])
  })

  test.each([403, 404, 429, 500])('has its exec answered with %s', async (status) => {
    const { code, report } = await withFault(plain, {}, (api) =>
      api.faults.push({ match: /kube-proxy-n2\/exec/, status }),
    )
    expect(code).toBe(partial(report))
    expect(report.reasons.filter(({ node }) => node === 'n2')).toHaveLength(1)
  })

  test('has a name for a shell', async () => {
    const evil = `$(touch ${folder.path}/owned)\`touch ${folder.path}/owned\`'"`
    const rename = (objects: KubeObject[]): KubeObject[] =>
      JSON.parse(JSON.stringify(objects).replaceAll('"n2"', JSON.stringify(evil)))
    const { out, err } = await withFault(plain, { rename })
    // It is none that the API takes: what has it is left out, and the report says so.
    expect(out).toMatch(/is no name|without a valid name/)
    expect(err).not.toMatch(/ {4}at /)
    expect(existsSync(join(folder.path, 'owned'))).toBe(false)
  })
})

test('nobody can be reached: unknown, with each node’s reason, and never reachable', async () => {
  const { code, report } = await withFault(() => shell('exit 127'))
  expect([code, report.verdict]).toEqual([4, 'unknown'])
  expect(report.reasons.map(({ node }) => node)).toEqual(['n1', 'n2', 'n3'])
})

test.each([
  [401, /does not accept the credentials/],
  [403, /403/],
  [429, /busy|asks to come back later/],
  [500, /failed/],
])('an API that answers everything with %s', async (status, words) => {
  const cluster = await clusterOf(plain)
  cluster.api.faults.push({ match: /./, status })
  const { code, out, err } = await cluster.svcpath('web', '--request-timeout', '3s')
  await cluster.close()
  expect([code, out]).toEqual([1, ''])
  expect(err).toMatch(words)
  expect(err).not.toMatch(/ {4}at |Bearer|token: /)
})
