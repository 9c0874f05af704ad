/** What a run tells of many nodes, and of those that keep it waiting. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Progress } from '../../src/live/progress.ts'
import { Waiting } from '../../src/live/waiting.ts'

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] }),
)
afterEach(() => void vi.useRealTimers())

const ESC = '\u001b'
const STEERING = new RegExp(`(\\r|\\n|${ESC}\\[K|${ESC}\\[1A)`)

const names = (count: number) => Array.from({ length: count }, (_, i) => `n${i + 1}`)

/** A pipe that so many nodes are read for; what it got. */
function pipe(count: number) {
  let text = ''
  const progress = new Progress({ write: (more) => (text += more) }, false)
  progress.step(`reading ${count} nodes`, count)
  return { progress, lines: () => text.split('\n').slice(0, -1) }
}

describe('a pipe', () => {
  test('gets one line for what many nodes say alike, and each warning', () => {
    const { progress, lines } = pipe(1000)
    for (const name of names(1000)) {
      const [words, alike] =
        name === 'n7' ? ['ssh', 'ssh'] : [`exec in kube-system/p-${name}`, 'exec in pods of kube-system']
      progress.nodeSays(name, words, alike)
      if (name > 'n997') progress.warn(`${name}: no answer`)
    }
    const warnings = names(1000)
      .filter((name) => name > 'n997')
      .map((name) => `warning: ${name}: no answer`)
    expect(lines()).toEqual(warnings)
    progress.done()
    expect(lines()).toEqual([...warnings, '999 of 1000 nodes: exec in pods of kube-system', 'n7: ssh'])
  })

  test('gets a line for each of a few nodes', () => {
    const { progress, lines } = pipe(3)
    for (const name of names(3)) progress.nodeSays(name, `exec in kube-system/p-${name}`, 'exec in pods of kube-system')
    expect(lines()).toEqual(names(3).map((name) => `${name}: exec in kube-system/p-${name}`))
  })

  test('hears every now and then how far it is', () => {
    const { progress, lines } = pipe(100)
    for (const name of names(100)) {
      vi.advanceTimersByTime(500)
      progress.node(name, null)
    }
    expect(lines()).toEqual([20, 40, 60, 80, 100].map((done) => `${done} of 100 nodes done`))
  })
})

describe('a terminal', () => {
  /** Its screen: what was written, with the lines taken away that were. */
  function screen(rows = 24) {
    const lines = ['']
    const write = (text: string) => {
      for (const part of text.split(STEERING)) {
        if (part === '\n') lines.push('')
        else if (part === '\u001b[1A') lines.pop()
        else if (part === '\u001b[K') lines[lines.length - 1] = ''
        else if (part !== '\r') lines[lines.length - 1] += part
      }
    }
    const progress = new Progress({ isTTY: true, columns: 80, rows, write }, false)
    progress.step('reading 3 nodes', 3)
    for (const name of names(3)) progress.node(name, 'reading')
    return { progress, lines: () => lines.filter((line) => line !== '') }
  }

  test('sees for how long a node has kept it waiting', () => {
    const { progress, lines } = screen()
    for (const name of ['n1', 'n2']) progress.node(name, null)
    vi.advanceTimersByTime(12_000)
    expect(lines()).toEqual(['reading 3 nodes · 2 of 3 done · n3 reading (12 s)'])
  })

  test('sees what is known so far, and it goes when more is', () => {
    const { progress, lines } = screen()
    progress.preview('shop/web\nn1 well\nn2 well\nn3 no answer yet\n')
    const counted = 'reading 3 nodes · 0 of 3 done · n1 reading · n2 reading · n3 reading'
    expect(lines()).toEqual(['shop/web', 'n1 well', 'n2 well', 'n3 no answer yet', counted])
    progress.warn('n3: no answer')
    expect(lines()).toEqual(['warning: n3: no answer', 'shop/web', 'n1 well', 'n2 well', 'n3 no answer yet', counted])
    progress.done()
    expect(lines()).toEqual(['warning: n3: no answer'])
  })

  test('sees of it what can be taken away again', () => {
    const { progress, lines } = screen(5)
    progress.preview(`${'x'.repeat(200)}\n${names(50).join('\n')}`)
    expect(lines().map((line) => line.length <= 79)).toEqual([true, true, true, true])
    progress.done()
    expect(lines()).toEqual([])
  })
})

test('who waits is shown something once nothing has come for a while', () => {
  const shown: number[] = []
  let came = 0
  const waiting = new Waiting(() => void shown.push(came), 1500)
  for (came = 1; came <= 3; came++) {
    waiting.moved()
    vi.advanceTimersByTime(1000)
  }
  expect(shown).toEqual([])
  vi.advanceTimersByTime(5000)
  expect(shown).toEqual([4])
  waiting.moved()
  waiting.stop()
  vi.advanceTimersByTime(5000)
  expect(shown).toEqual([4])
})
