import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { afterAll, expect, test } from 'vitest'
import { main } from '../../src/main.ts'
import { capturePath } from '../fixtures.ts'
import { observe, traceIn } from '../observations.ts'

const scratch = mkdtempSync(join(tmpdir(), 'svcpath-redact-'))
afterAll(() => rmSync(scratch, { recursive: true }))
const CAPTURE = 'k8s-1.36-iptables-nft-bridge'

async function run(...argv: string[]): Promise<{ code: number; err: string }> {
  let err = ''
  const stderr = new Writable({
    write(chunk, _encoding, done) {
      err += chunk
      done()
    },
  })
  const stdout = new Writable({ write: (_chunk, _encoding, done) => done() })
  const code = await main(argv, { stdin: Readable.from([]) as never, stdout, stderr, env: {}, now: () => new Date(0) })
  return { code, err }
}

test('a capture that exists is redacted, and the way can still be rebuilt', async () => {
  const file = join(scratch, 'redacted.tgz')
  const { code, err } = await run('capture', '--redact', '-f', capturePath(CAPTURE), '-o', file)
  expect([code, err]).toEqual([0, expect.stringMatching(/redacted\.tgz: \d+ files; trace it with/)])
  const [before, after] = [await observe(capturePath(CAPTURE)), await observe(file)]
  const own = (before.cluster.services ?? []).map(({ name }) => name).filter((name) => name.startsWith('web'))
  const names = (after.cluster.services ?? []).map(({ name }) => name)
  expect(names).toHaveLength(before.cluster.services!.length)
  expect(own.filter((name) => names.includes(name))).toEqual([])
  const verdicts = after.cluster.services!.map(({ namespace, name }) => traceIn(after, `${namespace}/${name}`).verdict)
  expect(verdicts.sort()).toEqual(
    before.cluster.services!.map(({ namespace, name }) => traceIn(before, `${namespace}/${name}`).verdict).sort(),
  )
})

test.each([
  [['-f', 'x.tgz'], 2, /-f is for --redact/],
  [['--redact', '-f', 'x.tgz', 'web'], 2, /redacted whole/],
  [['--redact', '-f', 'x.tgz', '-A'], 2, /redacted whole/],
  [['--redact', '-f', '/nonexistent/x.tgz'], 1, /Cannot read|no such file/],
])('%j', async (words, code, why) => {
  expect(await run('capture', ...words)).toEqual({ code, err: expect.stringMatching(why) })
})

test('text that is no capture is not redacted: nobody knows what its words are', async () => {
  const file = join(scratch, 'rules.txt')
  writeFileSync(file, '*nat\n:KUBE-SERVICES - [0:0]\nCOMMIT\n')
  const out = join(scratch, 'out.tgz')
  const { code, err } = await run('capture', '--redact', '-f', file, '-o', out)
  expect([code, err, existsSync(out)]).toEqual([1, expect.stringMatching(/is no capture that can be redacted/), false])
})
