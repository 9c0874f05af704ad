/** `diff` against a cluster, and `capture --every` of one. */
import { spawn } from 'node:child_process'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DiffReport } from '../../src/model/diff/report.ts'
import { bin } from '../bin.ts'
import { type LabApi, startApi } from '../lab/api/server.ts'
import { planOf } from '../lab/cluster/objects.ts'
import { scratch } from '../scratch.ts'

const folder = scratch('live-diff')
const kubeconfig = join(folder.path, 'kubeconfig')
let api: LabApi

beforeAll(async () => {
  const { objects } = await planOf('k8s-1.36-iptables-nft-bridge')
  const exec = (_pod: unknown, _container: string, [file = '', ...args]: readonly string[]) => ({ file, args })
  api = await startApi({ objects, exec, connect: () => ({ file: 'false', args: [] }), schedule: () => [] })
  writeFileSync(kubeconfig, api.kubeconfig({ namespace: 'shop' }))
})

afterAll(async () => {
  await api?.close()
  folder.remove()
})

function start(words: string[]) {
  const args = [...words, '--via', 'exec', '--no-dns', '--kubeconfig', kubeconfig]
  const child = spawn(bin, args, { stdio: ['ignore', 'pipe', 'pipe'], cwd: folder.path })
  const done = Promise.all([
    text(child.stdout),
    text(child.stderr),
    new Promise<number | null>((resolve) => child.once('exit', resolve)),
  ]).then(([out, err, code]) => ({ out, err, code }))
  return { child, done }
}

const captures = (prefix: string): string[] =>
  readdirSync(folder.path)
    .filter((name) => name.startsWith(prefix) && name.endsWith('.tgz'))
    .sort()

test('a ring ends with Ctrl-C, and leaves whole captures that diff reads', async () => {
  const { child, done } = start(['capture', 'web', '--every', '1s', '--keep', '2', '-o', 'ring', '--node', 'n1'])
  while (captures('ring').length < 2 && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 50))
  child.kill('SIGINT')
  const { err } = await done
  expect(err).toMatch(/\d captures? written, \d kept: ring-\S+ to ring-\S+; compare them with: kubectl svcpath diff/)
  const files = captures('ring')
  expect(files).toHaveLength(2)
  expect(readdirSync(folder.path).filter((name) => name.includes('partial'))).toEqual([])
  const compared = await start(['diff', ...files, '-o', 'json']).done
  expect(JSON.parse(compared.out)).toMatchObject({ asked: 'shop/web', compared: 1 })
})

test('a capture of one service is compared with the cluster for that service', async () => {
  const taken = await start(['capture', 'web', '-o', 'web.tgz', '--node', 'n1', '-q']).done
  expect([0, 4]).toContain(taken.code)
  const { out, err, code } = await start(['diff', 'web.tgz', '-q', '-o', 'json', '--node', 'n1']).done
  expect(err).not.toContain('error')
  const report = JSON.parse(out) as DiffReport
  expect(report).toMatchObject({ asked: 'shop/web', after: { source: 'live' }, outcome: 'same' })
  expect(code).toBe(0)
})

test('a service that neither side has is an error', async () => {
  const lost = await start(['diff', 'web.tgz', 'nowhere', '-q', '--node', 'n1']).done
  expect([lost.code, lost.err]).toEqual([6, expect.stringMatching(/neither BEFORE nor AFTER has a service nowhere/)])
})
