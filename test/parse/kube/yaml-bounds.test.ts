/** Texts that would make the yaml package take minutes and gigabytes: counted in lexemes that are looked at, whatever the machine. */
import { expect, test } from 'vitest'
import { readDocuments } from '../../../src/parse/kube/documents.ts'
import { bounded } from '../../../src/parse/kube/yaml-bounds.ts'
import { ProblemLog } from '../../../src/parse/parsed.ts'

/** How many lexemes of an endless text are looked at. */
function steps(...pattern: string[]): { looked: number; why: string } {
  let looked = 0
  function* endless() {
    for (;;) {
      looked++
      yield pattern[looked % pattern.length]!
    }
  }
  try {
    for (const _ of bounded(endless()));
  } catch (error) {
    return { looked, why: (error as Error).message }
  }
  return { looked, why: '' }
}

test.each([
  [['['], 101],
  [['{'], 101],
  [[']', '\n'], 202],
  [['[', '\n'], 202],
  [['-', ' '], 10_001],
  [['[', ']'], 10_001],
  [['&a', '\n'], 5_000_001],
])('%j without end is given up', (pattern, most) => {
  const { looked, why } = steps(...pattern)
  expect(looked).toBeLessThanOrEqual(most)
  expect(why).toMatch(/YAML/)
})

test('what is closed again is not deep, and a new document begins anew', () => {
  const lines = Array.from({ length: 300 }, () => ['[', ']', '\n', '{', '\n', '---', '\n']).flat()
  expect([...bounded(lines)]).toEqual(lines)
})

test.each(['x: ', 'kind: Service\n- ', 'a: {b: '])('8 MB of brackets after %j', (head) => {
  const log = new ProblemLog('x.yaml')
  expect(readDocuments(head + '['.repeat(7_900_000), log)).toEqual([])
  expect(log.list()[0]?.message).toMatch(/too deep/)
})
