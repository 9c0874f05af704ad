/** `diff` against a cluster, and `capture --every` of one. */
import { readdirSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DiffReport } from '../../src/model/diff/report.ts'
import { type SmallCluster, smallCluster } from './small-cluster.ts'

let cluster: SmallCluster

beforeAll(async () => {
  cluster = await smallCluster({ always: ['--via', 'exec', '--no-dns'] })
})
afterAll(() => cluster?.close())

const captures = (prefix: string): string[] =>
  readdirSync(cluster.folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.tgz'))
    .sort()

test('a ring ends with Ctrl-C, and leaves whole captures that diff reads', async () => {
  const { child, done } = cluster.start('capture', 'web', '--every', '1s', '--keep', '2', '-o', 'ring', '--node', 'n1')
  while (captures('ring').length < 2 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 50))
  child.kill('SIGINT')
  const { err } = await done
  expect(err).toMatch(/\d captures? written, \d kept: ring-\S+ to ring-\S+; compare them with: kubectl svcpath diff/)
  const files = captures('ring')
  expect(files).toHaveLength(2)
  expect(readdirSync(cluster.folder).filter((name) => name.includes('partial'))).toEqual([])
  const compared = await cluster.svcpath('diff', ...files, '-o', 'json')
  expect(JSON.parse(compared.out)).toMatchObject({ asked: 'shop/web', compared: 1 })
})

test('a capture of one service is compared with the cluster for that service', async () => {
  const taken = await cluster.svcpath('capture', 'web', '-o', 'web.tgz', '--node', 'n1', '-q')
  expect([0, 4]).toContain(taken.code)
  const { out, err, code } = await cluster.svcpath('diff', 'web.tgz', '-q', '-o', 'json', '--node', 'n1')
  expect(err).not.toContain('error')
  const report = JSON.parse(out) as DiffReport
  expect(report).toMatchObject({ asked: 'shop/web', after: { source: 'live' }, outcome: 'same' })
  expect(code).toBe(0)
})

test('a service that neither side has is an error', async () => {
  const lost = await cluster.svcpath('diff', 'web.tgz', 'nowhere', '-q', '--node', 'n1')
  expect([lost.code, lost.err]).toEqual([6, expect.stringMatching(/neither BEFORE nor AFTER has a service nowhere/)])
})
