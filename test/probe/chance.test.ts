/** How likely it is that connections spread as they did. */
import { expect, test } from 'vitest'
import { chanceOf } from '../../src/probe/chance.ts'

test.each<[counts: number[], shares: number[], chance: number | null]>([
  // Heads or tails: 2 · C(4,0)/16, and all there is.
  [[4, 0], [0.5, 0.5], 2 / 16],
  [[2, 2], [0.5, 0.5], 1],
  // Three throws of a die with three sides: all alike in 3 of 27 ways.
  [[3, 0, 0], [1 / 3, 1 / 3, 1 / 3], 3 / 27],
  [[0, 0], [0.5, 0.5], null],
  [[7], [1], null],
  [[30, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1], Array.from({ length: 12 }, () => 1 / 12), null],
])('%j by %j', (counts, shares, chance) => {
  if (chance === null) expect(chanceOf(counts, shares)).toBeNull()
  else expect(chanceOf(counts, shares)).toBeCloseTo(chance, 10)
})

test('many connections by chi-squared', () => {
  const shares = Array.from({ length: 6 }, () => 1 / 6)
  expect(chanceOf([100, 100, 100, 100, 100, 100], shares)).toBeCloseTo(1, 10)
  expect(chanceOf([200, 80, 80, 80, 80, 80], shares)!).toBeLessThan(1e-9)
})
