import { expect, test } from 'vitest'
import { fanOut } from '../../src/collect/fan-out.ts'
import { chooseNodes } from '../../src/live/nodes.ts'
import { Progress } from '../../src/live/progress.ts'
import type { Endpoint } from '../../src/model/cluster.ts'
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
