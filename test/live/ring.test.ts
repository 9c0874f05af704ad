/** A ring of captures, by a cluster that a test makes up. */
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, expect, test } from 'vitest'
import type { LiveLook } from '../../src/live/look.ts'
import { fillRing, newRing, type RingOptions } from '../../src/live/ring.ts'
import { SvcpathError } from '../../src/model/errors.ts'
import { checkRing } from '../../src/verbs/capture-ring.ts'
import { scratch } from '../scratch.ts'

const folder = scratch('ring')
afterAll(() => folder.remove())

let second = 0
/** A look at a cluster, a second later each time. */
const seen = (partial = false): LiveLook => {
  const observedAt = new Date(Date.UTC(2026, 10, 24, 10, 59, second++)).toISOString()
  const manifest = { kind: 'Capture', observedAt, asked: 'shop/web', cluster: 'c', nodes: [], unread: [] }
  const files = [{ path: 'manifest.json', text: JSON.stringify(manifest) }]
  return { files, manifest, partial } as unknown as LiveLook
}

const options = (prefix: string, more: Partial<RingOptions> = {}): RingOptions => ({
  ...{ everyMs: 1000, keep: 2, forMs: null, prefix: join(folder.path, prefix), redact: false },
  ...more,
})

/** Runs until so many pauses were made; the interrupt comes in the last. */
async function run(prefix: string, looks: (() => LiveLook)[], more: Partial<RingOptions> = {}) {
  const ring = newRing()
  const warned: string[] = []
  const cluster = {
    say: () => {},
    warn: (words: string) => void warned.push(words),
    pause: async () => {
      if (looks.length === 0) throw new SvcpathError('interrupted by SIGINT', { exitCode: 130 })
    },
  }
  const error = await fillRing(
    ring,
    cluster,
    async () => looks.shift()!(),
    options(prefix, more),
    new PassThrough(),
  ).catch((one: SvcpathError) => one)
  return {
    ring,
    warned,
    error,
    files: readdirSync(folder.path)
      .filter((name) => name.startsWith(prefix))
      .sort(),
  }
}

const fail = (): LiveLook => {
  throw new SvcpathError('the API does not answer')
}

test('keeps the last ones of its own, and leaves all else', async () => {
  const old = 'kept-20200101T000000Z.tgz'
  writeFileSync(join(folder.path, old), 'of another run')
  const { ring, error, files } = await run(
    'kept',
    [seen, seen, seen, seen].map((one) => () => one()),
  )
  expect(error).toMatchObject({ exitCode: 130 })
  expect(ring).toMatchObject({ written: 4, partial: false })
  expect(files).toHaveLength(3)
  expect(files[0]).toBe(old)
  expect(files.slice(1).map((name) => join(folder.path, name))).toEqual(ring.files)
  expect(files[1]).toMatch(/^kept-20261124T1059\d\dZ\.tgz$/)
  expect(readdirSync(folder.path).filter((name) => name.endsWith('.partial'))).toEqual([])
})

test('goes on after a look that failed, and says so', async () => {
  const { ring, warned, files } = await run('failed', [() => seen(), fail, () => seen()])
  expect(files).toHaveLength(2)
  expect(ring).toMatchObject({ written: 2, partial: true })
  expect(warned).toEqual(['round 2: the API does not answer; the next one follows as planned'])
})

test('fails at once where the first look does', async () => {
  expect(await run('first', [fail])).toMatchObject({ error: { message: 'the API does not answer' }, files: [] })
})

test('ends by itself', async () => {
  expect(await run('for', [() => seen()], { forMs: 0 })).toMatchObject({ error: undefined, ring: { written: 1 } })
})

test('never overwrites', async () => {
  const one = seen()
  const { ring, error } = await run('same', [() => one])
  expect([ring.written, (error as SvcpathError).exitCode]).toEqual([1, 130])
  expect(await run('same', [() => one])).toMatchObject({
    error: { message: expect.stringContaining('exists already') },
  })
})

test.each([
  [{ everyMs: 10 }, {}, /one second/],
  [{ keep: 0 }, {}, /--keep 0/],
  [{}, { output: '-' }, /writes files/],
  [{}, { force: true }, /--force/],
])('%j %j is refused', (words, others, message) => {
  const ring = { everyMs: 1000, keep: 10, forMs: null, ...words }
  expect(() => checkRing(ring, { output: null, force: false, ...others })).toThrow(message)
})
