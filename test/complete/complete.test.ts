/** What a shell may complete `kubectl svcpath …` to. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import Check from '../../commands/check.ts'
import Diff from '../../commands/diff.ts'
import Explain from '../../commands/explain.ts'
import Trace from '../../commands/trace.ts'
import { complete, type Names } from '../../src/complete/complete.ts'
import { bin } from '../bin.ts'
import { startApi } from '../lab/api/server.ts'
import { planOf } from '../lab/cluster/objects.ts'

const asked: unknown[] = []
const names: Names = {
  services: async (flags, everywhere) => {
    asked.push([flags, everywhere])
    return everywhere ? ['shop/web', 'kube-system/kube-dns'] : ['web', 'web-np', 'api', 'bad name', '\u001b[31m']
  },
  namespaces: async () => ['shop', 'kube-system'],
  nodes: async () => ['n1', 'n2'],
  contexts: async () => ['prod', 'test'],
  fronts: async (kind, { namespace = 'default' }) => [`${kind}-of-${namespace}`, 'edge'],
  recorded: async (files) => ({
    fronts: ['shop/ingress/store', 'other/ingress/old', 'shop/gateway/edge'],
    services: ['shop/web', 'shop/api', 'kube-system/kube-dns'],
    nodes: files.map((one) => `node-of-${one}`),
  }),
}
const verbs = { trace: Trace, check: Check, explain: Explain, diff: Diff }
const words = async (...typed: string[]) => (await complete(typed, verbs, names)).map((line) => line.split('\t')[0])

test.each<[string[], string[]]>([
  [['we'], ['web', 'web-np', ':4']],
  [['ing/e'], ['ing/edge', ':4']],
  [
    ['-n', 'shop', 'httproute/'],
    ['httproute/HTTPRoute-of-shop', 'httproute/edge', ':4'],
  ],
  [
    ['check', 'web', 'infra/gateway/G'],
    ['infra/gateway/Gateway-of-infra', ':4'],
  ],
  [
    ['-f', 'a.tgz', '-n', 'shop', 'ingress/'],
    ['ingress/store', ':4'],
  ],
  [
    ['-f', 'a.tgz', 'ingress/'],
    ['ingress/store', 'ingress/old', ':4'],
  ],
  [['ch'], ['check', ':4']],
  [['diff', ''], [':0']],
  [
    ['diff', 'before.tgz', 'we'],
    ['web', 'web-np', ':4'],
  ],
  [['diff', 'before.tgz', 'after'], [':0']],
  [['diff', 'before.tgz', 'after.tgz', 'w'], [':4']],
  [
    ['diff', 'before.tgz', '-o', 'm'],
    ['markdown', ':4'],
  ],
  [
    ['trace', 'a'],
    ['api', ':4'],
  ],
  [['web', ''], [':4']],
  [
    ['check', 'web', 'w'],
    ['web-np', ':4'],
  ],
  [
    ['-n', ''],
    ['shop', 'kube-system', ':4'],
  ],
  [
    ['web', '-n', 'sh'],
    ['shop', ':4'],
  ],
  [['--no-d'], ['--no-dns', ':4']],
  [
    ['-f', 'a.tgz', 'shop/'],
    ['shop/web', 'shop/api', ':4'],
  ],
  [
    ['-f', 'a.tgz', '-n', 'shop', 'w'],
    ['web', ':4'],
  ],
  [
    ['check', 'shop/web', '-f', 'a.tgz', 'shop/'],
    ['shop/api', ':4'],
  ],
  [
    ['-f', 'a', '-f', 'b', '--node', ''],
    ['node-of-a', 'node-of-b', ':4'],
  ],
  [['--namespace=k'], ['--namespace=kube-system', ':4']],
  [
    ['--context', ''],
    ['prod', 'test', ':4'],
  ],
  [
    ['web', '--node', 'n'],
    ['n1', 'n2', ':4'],
  ],
  [
    ['web', '--via', 'e'],
    ['exec', ':4'],
  ],
  [
    ['web', '-o', 'j'],
    ['json', 'jsonpath=', ':4'],
  ],
  [
    ['check', '-o', 'j'],
    ['json', 'junit', 'jsonpath=', ':4'],
  ],
  [
    ['explain', 'SVP30'],
    ['SVP301', 'SVP302', 'SVP303', 'SVP304', 'SVP305', 'SVP306', 'SVP307', 'SVP308', 'SVP309', ':4'],
  ],
  [
    ['check', '--ignore', 'SVP20'],
    ['SVP201', 'SVP202', 'SVP203', 'SVP204', 'SVP205', 'SVP206', 'SVP207', 'SVP208', ':4'],
  ],
  [
    ['explain', 'SVP801', 'SVP80'],
    ['SVP802', 'SVP803', 'SVP804', ':4'],
  ],
  [['web', '-f', ''], [':0']],
  [['-f', 'a.tgz', 'w'], [':4']],
  [
    ['check', '--fail'],
    ['--fail-on', ':4'],
  ],
  [['web', '--port', ''], [':4']],
  [
    ['-nshop', 'web-'],
    ['web-np', ':4'],
  ],
  [
    ['-n=shop', 'web-'],
    ['web-np', ':4'],
  ],
  [
    ['-Av', 'kube-system/'],
    ['kube-system/kube-dns', ':4'],
  ],
  [['-n=s'], ['-n=shop', ':4']],
  [['-ns'], ['-nshop', ':4']],
  [
    ['check', '-oj'],
    ['-ojson', '-ojunit', '-ojsonpath=', ':4'],
  ],
  [
    ['--', 'web-'],
    ['web-np', ':4'],
  ],
  [['web', '--', '-'], [':4']],
  [['shop/web-'], ['shop/web-np', ':4']],
  [['svc/web-'], ['svc/web-np', ':4']],
  [['-n', 'kube-system', 'ch'], [':4']],
  [
    ['help', 'ch'],
    ['check', ':4'],
  ],
  [
    ['check', '--ignore', 'SVP201,SVP20'],
    [
      'SVP201,SVP202',
      'SVP201,SVP203',
      'SVP201,SVP204',
      'SVP201,SVP205',
      'SVP201,SVP206',
      'SVP201,SVP207',
      'SVP201,SVP208',
      ':4',
    ],
  ],
  [
    ['-A', 'kube-system/'],
    ['kube-system/kube-dns', ':4'],
  ],
])('%j', async (typed, expected) => {
  expect(await words(...typed)).toEqual(expected)
})

test('the cluster and namespace of the line are the ones asked', async () => {
  asked.length = 0
  await words('-n', 'shop', '--context=test', '--as', 'me', 'w')
  expect(asked).toEqual([[{ namespace: 'shop', context: 'test', as: 'me' }, false]])
})

test('whatever is typed, it ends with a directive and holds no control character', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.string(), fc.constantFrom('-n', '--', '-', '--context=', 'check', '-o'))),
      async (typed) => {
        const lines = await complete(typed, verbs, names)
        expect(lines.at(-1)).toMatch(/^:[04]$/)
        for (const line of lines) expect(line).not.toMatch(/[^\t\P{Cc}]/u)
      },
    ),
  )
})

test('names come from the live API, and from none without a word', async () => {
  const { objects } = await planOf('k8s-1.36-iptables-nft-bridge')
  const none = { file: 'false', args: [] }
  const api = await startApi({ objects, exec: () => none, connect: () => none, schedule: () => [] }, {})
  const folder = mkdtempSync(join(tmpdir(), 'svcpath-complete-'))
  const run = async (...typed: string[]) => {
    const { spawn } = await import('node:child_process')
    const child = spawn(bin, ['__complete', ...typed], {
      env: { ...process.env, KUBECONFIG: join(folder, 'config') },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let out = ''
    for await (const chunk of child.stdout) out += chunk
    let err = ''
    for await (const chunk of child.stderr) err += chunk
    return { out, err }
  }
  try {
    writeFileSync(join(folder, 'config'), api.kubeconfig({ namespace: 'shop' }))
    // Completion gives the API two seconds, and then names nothing: a machine under load is asked again.
    await expect.poll(() => run('web-h')).toEqual({ out: 'web-headless\n:4\n', err: '' })
    await expect
      .poll(() => run('web', '-n', 'kube-'))
      .toEqual({ out: 'kube-node-lease\nkube-public\nkube-system\n:4\n', err: '' })
    writeFileSync(join(folder, 'config'), 'junk: [')
    expect(await run('web-h')).toEqual({ out: ':4\n', err: '' })
  } finally {
    await api.close()
    rmSync(folder, { recursive: true })
  }
  expect(
    spawnSync(bin, ['__complete', 'che'], {
      env: { PATH: process.env.PATH, KUBECONFIG: '/nonexistent' },
      encoding: 'utf8',
    }).stdout,
  ).toMatch(/^check\t.*\n:4\n$/)
})
