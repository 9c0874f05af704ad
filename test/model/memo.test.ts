import { expect, test, vi } from 'vitest'
import { memo, memoByFamily } from '../../src/model/memo.ts'

test('what was found of an object is not looked for again, nothing among it', () => {
  const find = vi.fn(({ name }: { name: string }) => (name === 'n1' ? name : undefined))
  const ask = memo(find)
  const [n1, n2] = [{ name: 'n1' }, { name: 'n2' }]
  expect([ask(n1), ask(n2), ask(n1), ask(n2)]).toEqual(['n1', undefined, 'n1', undefined])
  expect(find).toHaveBeenCalledTimes(2)
})

test('an object of the same content is another', () => {
  const find = vi.fn(() => 1)
  const ask = memo(find)
  ask({})
  ask({})
  expect(find).toHaveBeenCalledTimes(2)
})

test('each family has an answer of its own', () => {
  const find = vi.fn((_: object, family: number) => family)
  const ask = memoByFamily(find)
  const node = {}
  expect([ask(node, 4), ask(node, 6), ask(node, 4)]).toEqual([4, 6, 4])
  expect(find).toHaveBeenCalledTimes(2)
})
