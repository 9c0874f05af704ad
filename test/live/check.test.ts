/** `check` on a cluster, where a name is asked for alone or with others. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { CheckReport } from '../../src/model/check.ts'
import { bin } from '../bin.ts'
import { type SmallCluster, smallCluster } from './small-cluster.ts'

let cluster: SmallCluster

beforeAll(async () => {
  cluster = await smallCluster({ always: ['--via', 'exec', '--no-dns', '-q', '-o', 'json'] })
})
afterAll(() => cluster?.close())

async function check(...words: string[]) {
  const { out, err, code } = await cluster.svcpath('check', ...words)
  return { code, err, report: out === '' ? null : (JSON.parse(out) as CheckReport) }
}

test.each([
  [['wbe'], 6, ['shop/wbe']],
  [['wbe', 'shop/web-np'], 3, ['shop/web-np', 'shop/wbe']],
])('%j: a service that is not there has failed', async (names, exit, expected) => {
  const { code, report, err } = await check(...names, '-n', 'shop')
  expect([code, err]).toEqual([exit, ''])
  expect(report!.services.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(expected)
  expect(report!.services.at(-1)).toMatchObject({
    outcome: 'failed',
    unknowns: [{ message: expect.stringMatching(/^the API has no service of this name; did you mean shop\/web/) }],
  })
})

test('an address that no service has stays an error', async () => {
  expect(await check('10.96.255.254')).toMatchObject({
    code: 6,
    report: null,
    err: expect.stringMatching(/no service 10\.96\.255\.254/),
  })
})

test('--capture keeps what was seen unless all pass, and -f reads it', async () => {
  const file = join(cluster.folder, 'kept.tgz')
  const { code, report } = await check('web', '-n', 'shop', '--capture', file)
  expect([code === 0, report!.services.length]).toEqual([false, 1])
  const { status, stdout } = spawnSync(bin, ['check', 'web', '-n', 'shop', '-f', file, '-o', 'json'], {
    encoding: 'utf8',
  })
  const [one] = (JSON.parse(stdout) as CheckReport).services
  expect([status === 0, one!.name]).toEqual([false, 'web'])
})

test('a capture that cannot be written costs nobody the answer', async () => {
  const { report } = await check('web', '-n', 'shop', '--capture', join(cluster.folder, 'no/such/folder.tgz'))
  expect(report!.services).toHaveLength(1)
})

test('--capture has nothing to keep of a recording', async () => {
  const { status, stderr } = spawnSync(bin, ['check', '-A', '-f', '.', '--capture', 'x.tgz'], { encoding: 'utf8' })
  expect([status, stderr]).toEqual([2, expect.stringContaining('--capture needs a cluster')])
})
