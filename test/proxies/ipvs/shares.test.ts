import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { parseIpvs } from '../../../src/parse/ipvs/ipvs.ts'
import { dealingOf } from '../../../src/proxies/ipvs/shares.ts'

const server = (scheduler: string, ...weights: number[]) => {
  const real = weights.map((weight, i) => `  -> 10.244.1.${i + 1}:80 Masq ${weight} 0 0\n`)
  return parseIpvs(`TCP  10.96.0.1:80 ${scheduler}\n${real.join('')}`, 'f').value!.servers[0]!
}
const shares = (scheduler: string, ...weights: number[]) => {
  const dealt = dealingOf(server(scheduler, ...weights))
  return dealt.shares.map(({ server: { address }, probability }) => [address, probability])
}

test('rr gives each the same, and nothing to weight 0', () => {
  expect(shares('rr', 1, 0, 1)).toEqual([
    ['10.244.1.1', 0.5],
    ['10.244.1.3', 0.5],
  ])
  // It does not heed what else the weight is.
  expect(shares('rr', 3, 1)).toEqual([
    ['10.244.1.1', 0.5],
    ['10.244.1.2', 0.5],
  ])
})

test('wrr gives by weight', () => {
  expect(shares('wrr', 3, 1, 0)).toEqual([
    ['10.244.1.1', 0.75],
    ['10.244.1.2', 0.25],
  ])
})

test('fo gives all to the first of the greatest weight', () => {
  expect(shares('fo', 1, 3, 3, 0)).toEqual([['10.244.1.2', 1]])
})

test('nobody gets anything where all weigh 0, or there are none', () => {
  expect(shares('rr', 0, 0)).toEqual([])
  expect(shares('wlc')).toEqual([])
})

describe('what varies is told', () => {
  it.each([
    ['rr', null],
    ['wrr', null],
    ['lc', 'picks by the connections'],
    ['wlc', 'picks by the connections'],
    ['sed', 'picks by the connections'],
    ['nq', 'picks by the connections'],
    ['sh', "picks by the client's address"],
    ['mh', "picks by the client's address"],
    ['dh', 'gives all to one'],
    ['lblc', 'gives all to one'],
    ['fo', null],
    ['fancy', 'is not known'],
  ])('%s', (scheduler, varying) => {
    const told = dealingOf(server(scheduler, 1, 1)).varying
    if (varying === null) expect(told).toBe(null)
    else expect(told).toContain(varying)
    // With one there is nothing to pick.
    expect(dealingOf(server(scheduler, 1, 0)).varying).toBe(null)
  })
})

test('shares add up to all', () => {
  const weights = fc.array(fc.nat(100), { maxLength: 20 })
  fc.assert(
    fc.property(fc.constantFrom('rr', 'wrr', 'lc', 'wlc', 'sh', 'mh'), weights, (scheduler, all) => {
      const sum = dealingOf(server(scheduler, ...all)).shares.reduce((total, { probability }) => total + probability, 0)
      expect(sum).toBeCloseTo(all.some((weight) => weight > 0) ? 1 : 0, 9)
    }),
  )
})
