import { chiSquaredTail } from '../diagnose/chi-squared.ts'

/** More ways than these to deal connections out are not counted one by one. */
const MOST_WAYS = 20_000
/** What chi-squared wants of each. */
const LEAST_EXPECTED = 5

/**
 * The chance that connections which are dealt by these shares differ from them at least as much as these counts do. Few are counted exactly (the multinomial test
 * by the chi-squared statistic); many by chi-squared; null where neither serves.
 */
export function chanceOf(counts: readonly number[], shares: readonly number[]): number | null {
  const total = counts.reduce((sum, one) => sum + one, 0)
  if (total === 0 || counts.length < 2) return null
  const statistic = statisticOf(counts, shares, total)
  if (waysToDeal(total, counts.length) <= MOST_WAYS) return Math.min(1, exactTail(statistic, shares, total))
  if (shares.every((share) => share * total >= LEAST_EXPECTED)) return chiSquaredTail(statistic, counts.length - 1)
  return null
}

const statisticOf = (counts: readonly number[], shares: readonly number[], total: number): number =>
  shares.reduce((sum, share, i) => sum + (counts[i]! - share * total) ** 2 / (share * total), 0)

/** The number of ways to deal so many alike to so many. */
function waysToDeal(total: number, places: number): number {
  let ways = 1
  for (let i = 1; i < places; i++) ways = (ways * (total + i)) / i
  return ways
}

function exactTail(least: number, shares: readonly number[], total: number): number {
  let tail = 0
  const counts: number[] = []
  /** `weight`: the probability of what is dealt so far. */
  const deal = (left: number, weight: number): void => {
    const share = shares[counts.length]!
    if (counts.length === shares.length - 1) {
      const all = [...counts, left]
      if (statisticOf(all, shares, total) >= least - 1e-9) tail += weight * share ** left
      return
    }
    let part = weight
    for (let count = 0; count <= left; count++) {
      counts.push(count)
      deal(left - count, part)
      counts.pop()
      part *= ((left - count) / (count + 1)) * share
    }
  }
  deal(total, 1)
  return tail
}
