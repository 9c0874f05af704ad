import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { problemsOf, readManifest } from '../../src/capture/manifest.ts'
import { writeCapture } from '../../src/capture/write.ts'
import { observeRecorded } from '../../src/observe/observation.ts'

const scratch = mkdtempSync(join(tmpdir(), 'svcpath-write-'))
afterAll(() => rmSync(scratch, { recursive: true }))
const takenAt = new Date('2026-11-24T11:00:00Z')

const section = (file: string, exitCode: number | null, stderr = '') => ({
  file,
  command: 'some tool',
  exitCode,
  stderr,
  milliseconds: 1,
  leftOut: null,
})
const manifest = {
  apiVersion: 'svcpath/v1alpha1' as const,
  kind: 'Capture' as const,
  version: '0',
  observedAt: takenAt.toISOString(),
  cluster: 'c',
  asked: 'shop/web',
  nodes: [
    {
      name: 'n1',
      way: [],
      complete: false,
      bytes: 1,
      sections: [section('a.txt', 0), section('b.txt', 127), section('c.txt', null), section('sockets.txt', 1)],
    },
  ],
  unread: [{ node: 'n2', reason: 'no way there' }],
}

test('whole or not at all, the same bytes for the same files, for its owner only, read by -f', async () => {
  const files = [
    { path: 'nodes/n1/arp.txt', text: '? (10.0.0.1) at 02:00:00:00:00:01 [ether] on cni0\n' },
    { path: 'manifest.json', text: JSON.stringify(manifest) },
  ]
  const path = join(scratch, 'a.tgz')
  await writeCapture(path, 'top', files, { force: false, takenAt })
  const bytes = readFileSync(path)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  await expect(writeCapture(path, 'top', files, { force: false, takenAt })).rejects.toMatchObject({ exitCode: 2 })
  await writeCapture(path, 'top', files.toReversed(), { force: true, takenAt })
  expect(readFileSync(path).equals(bytes)).toBe(true)
  await expect(writeCapture(join(scratch, 'no', 'a.tgz'), 'top', files, { force: false, takenAt })).rejects.toThrow(
    'cannot write',
  )
  expect(readdirSync(scratch)).toEqual(['a.tgz'])

  const observation = await observeRecorded([path], async function* () {})
  expect(observation).toMatchObject({
    source: 'capture',
    observedAt: takenAt.toISOString(),
    unread: [{ node: 'n2', reason: 'no way there' }],
    nodes: [{ name: 'n1', neighbours: [{ address: '10.0.0.1' }] }],
  })
})

test('what could not be collected is a problem, but for what no verdict hangs on', () => {
  const told = problemsOf(manifest).map(({ file, message }) => `${file}: ${message}`)
  expect(told).toEqual([
    'nodes/n1: the answer of the node was cut off',
    'nodes/n1/b.txt: some tool: no such tool in the image or on the node',
    'nodes/n1/c.txt: some tool: no end within its time limit',
  ])
  writeFileSync(join(scratch, 'x'), '')
  expect(readManifest('{"kind":"Capture"')).toBeNull()
  expect(readManifest('null')).toBeNull()
})
