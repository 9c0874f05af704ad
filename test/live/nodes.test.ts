import { expect, test } from 'vitest'
import { fanOut } from '../../src/collect/fan-out.ts'
import { type Means, readNodes } from '../../src/live/look.ts'
import { chooseNodes } from '../../src/live/nodes.ts'
import { Progress } from '../../src/live/progress.ts'
import { SilentNodes } from '../../src/live/silent-nodes.ts'
import type { Endpoint } from '../../src/model/cluster.ts'
import { collector } from '../collector.ts'
import { node } from '../reach/fake-api.ts'

const nodes = (count: number) => Array.from({ length: count }, (_, i) => node(`n${i}`))
const on = (name: string) => ({ node: name }) as Endpoint
const all = { names: [], all: false }

test('every node up to 50, beyond that those with an endpoint and a sample, said plainly', () => {
  expect(chooseNodes(nodes(50), [], all)).toMatchObject({ note: null, unread: [] })
  const many = chooseNodes(nodes(200), [on('n7'), on('n150')], all)
  expect(many.read.map(({ name }) => name)).toEqual(expect.arrayContaining(['n7', 'n150']))
  expect(many.read).toHaveLength(12)
  expect(many.note).toContain('12 of 200 nodes')
  expect(many.unread).toHaveLength(188)
  expect(chooseNodes(nodes(200), [], { names: [], all: true }).read).toHaveLength(200)
})

test('named nodes only; a Windows node is not read; a name that is none is an error', () => {
  const mixed = [...nodes(2), { ...node('w'), operatingSystem: 'windows' }]
  expect(chooseNodes(mixed, [], { names: ['n1'], all: false }).read.map(({ name }) => name)).toEqual(['n1'])
  expect(chooseNodes(mixed, [], all).unread).toMatchObject([{ node: 'w' }])
  expect(() => chooseNodes(mixed, [], { names: ['x'], all: false })).toThrow('no node x')
})

test('so many at a time, results in order, none delayed by another', async () => {
  const { signal } = new AbortController()
  let running = 0
  let most = 0
  const results = await fanOut([30, 1, 1, 1, 1], { concurrency: 2, signal }, async (wait) => {
    most = Math.max(most, ++running)
    await new Promise((resolve) => setTimeout(resolve, wait))
    running--
    return wait
  })
  expect([results, most]).toEqual([[30, 1, 1, 1, 1], 2])
})

test('slow ones lend their places: those that hang hold up none of the others, and no more than so many are worked on', async () => {
  const { signal } = new AbortController()
  const hang = Promise.withResolvers<string>()
  const done: number[] = []
  let running = 0
  let most = 0
  const all = fanOut(
    Array.from({ length: 30 }, (_, i) => i),
    { concurrency: 2, signal, slowMs: 10 },
    async (item) => {
      most = Math.max(most, ++running)
      // The first four never come to an end by themselves, and two places are not enough for them.
      const words = item < 4 ? await hang.promise : await new Promise<string>((done) => setImmediate(done, 'ok'))
      running--
      done.push(item)
      // All others are through: now the time limit of the four is over.
      if (done.length === 26) hang.resolve('no answer')
      return words
    },
  )
  expect(await all).toEqual([...Array(4).fill('no answer'), ...Array(26).fill('ok')])
  expect(done.slice(-4).toSorted()).toEqual([0, 1, 2, 3])
  expect(most).toBeLessThanOrEqual(6)
})

test('when all hang, the places lent are bounded', async () => {
  const { signal } = new AbortController()
  let running = 0
  let most = 0
  await fanOut(
    Array.from({ length: 40 }, (_, i) => i),
    { concurrency: 2, signal, slowMs: 1 },
    async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 30))
      running--
    },
  )
  expect(most).toBeLessThanOrEqual(10)
})

test('an error of one ends the rest, also where its place was lent', async () => {
  const { signal } = new AbortController()
  const work = async (item: number) => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    if (item === 0) throw new Error('the first')
  }
  await expect(fanOut([0, 1, 2, 3], { concurrency: 1, signal, slowMs: 1 }, work)).rejects.toThrow('the first')
})

test('a node that used up its time limit is not asked again; one that refused at once is', async () => {
  const asked: string[] = []
  const way: Means['way'] = {
    name: 'exec',
    async run({ name }, _script, { timeoutMs }) {
      asked.push(name)
      if (name === 'n0') await new Promise((resolve) => setTimeout(resolve, timeoutMs))
      throw new Error(name === 'n0' ? 'no answer in time' : 'refused')
    },
    close: async () => {},
  }
  const { stream, text } = collector()
  const means = {
    ...{ way, progress: new Progress(stream, false), silent: new SilentNodes() },
    reach: { concurrency: 5, nodeTimeoutMs: 50 },
    signal: new AbortController().signal,
  } as unknown as Means
  const scripts = () => ({ node: () => '' })
  const read = () => readNodes(nodes(2), scripts, means, (one) => one)
  const looks = [await read(), await read()]
  expect(asked).toEqual(['n0', 'n1', 'n1'])
  const failures = looks.map((look) => look.map(({ failure }) => failure))
  expect(failures).toEqual([
    ['no answer in time', 'refused'],
    ['no answer in time (not asked again)', 'refused'],
  ])
  expect(text()).toBe('warning: n1: refused\nwarning: n0: no answer in time\n')
})

test('a silent node is asked again after ten of its time limits', () => {
  let now = 0
  const silent = new SilentNodes(() => now)
  silent.note('n1', 'no answer', { tookMs: 1000, limitMs: 1000 })
  silent.note('n2', 'refused', { tookMs: 20, limitMs: 1000 })
  const known = () => ['n1', 'n2'].map((name) => silent.failureOf(name))
  expect(known()).toEqual(['no answer (not asked again)', null])
  now = 10_000
  expect(known()).toEqual([null, null])
})

test('a timeline says what a phase took, and only to whom asked for it', () => {
  const told = (timeline: boolean) => {
    const { stream, text } = collector()
    new Progress(stream, false, timeline).took('n1: reading', performance.now())
    return text()
  }
  expect(told(true)).toMatch(/^n1: reading: \d+ ms\n$/)
  expect(told(false)).toBe('')
})

test('a terminal sees how many nodes are done', () => {
  let text = ''
  const progress = new Progress({ isTTY: true, columns: 80, write: (more) => (text = more) }, false)
  progress.step('reading 3 nodes', 3)
  for (const name of ['n0', 'n1']) progress.node(name, 'reading')
  expect(text).toBe('reading 3 nodes · 0 of 3 done · n0 reading · n1 reading')
  progress.node('n0', null)
  expect(text).toBe('reading 3 nodes · 1 of 3 done · n1 reading')
  progress.step('walking the rules')
  expect(text).toBe('walking the rules · n1 reading')
})

test('a pipe gets lines, a terminal a line that goes, quiet only warnings; names do not steer the terminal', () => {
  const told = (stream: { isTTY?: boolean }, quiet: boolean) => {
    let text = ''
    const progress = new Progress({ ...stream, columns: 80, write: (more) => (text += more) }, quiet)
    progress.step('asking')
    progress.node('n1', 'reading')
    progress.say('n1: exec in \u001b[31mx')
    progress.warn('n2: no')
    progress.done()
    return text
  }
  expect(told({}, false)).toBe('n1: exec in \uFFFD[31mx\nwarning: n2: no\n')
  expect(told({}, true)).toBe('warning: n2: no\n')
  expect(told({ isTTY: true }, false)).toMatch(/asking · n1 reading\r.*\[K$/s)
})
