import { describe, expect, test } from 'vitest'
import { MOST_STEPS } from '../../src/kernel/account.ts'
import { sendPacket } from '../../src/kernel/hooks.ts'
import type { Packet } from '../../src/kernel/packet.ts'
import type { Ruleset } from '../../src/model/rules.ts'
import { KUBE_PROXY_NAMES } from '../../src/proxies/kube-proxy/walk-names.ts'
import { NOTHING } from '../nothing.ts'
import { nat, packet, rules, walk, within } from '../trace/build.ts'

const UNKNOWN_MARK = packet({ mark: { value: 0, known: 0 } })
const VAGUE = packet({ source: within('10.0.0.0/8'), inInterface: null, outInterface: null })

/** What it came to, and how many steps it took. */
function work(ruleset: Ruleset, sent: Packet = packet()) {
  const steps = { left: 1e9 }
  const { ended, returned } = walk(ruleset, 'A', sent, {}, steps)
  const conditions = [...ended, ...returned].reduce((sum, one) => sum + one.conditions.length, 0)
  const kinds = [...new Set(ended.map(({ verdict }) => verdict.kind))].sort()
  return { steps: 1e9 - steps.left, conditions, kinds, ways: ended.length + returned.length }
}

/** Twice into the next chain at each level. */
const levels = (count: number, asked: string, end: string) => {
  const names = Array.from({ length: count + 1 }, (_, i) => (i === 0 ? 'A' : `C${i}`))
  const jumps = names
    .slice(1)
    .flatMap((next, i) => [`${names[i]}: ${asked} -j ${next}`, `${names[i]}: ${asked} -j ${next}`])
  return nat(...jumps, `${names[count]}: ${end}`)
}

describe('the work is bounded', () => {
  const LIMIT = '-m limit --limit 5/sec'

  test.each([
    ['that end', `${LIMIT} -j DROP`],
    ['that end by chance', '-m statistic --mode random --probability 0.5 -j DROP'],
    ['that mark', `${LIMIT} -j MARK --set-mark 1`],
  ])('12 and 40 levels of two unknown matches %s', (_, end) => {
    for (const count of [12, 40]) {
      const { steps, conditions } = work(levels(count, LIMIT, end))
      // What stood open when the limit was met is still brought to an end.
      expect(steps).toBeLessThan(1.5 * MOST_STEPS)
      expect(conditions).toBeLessThan(MOST_STEPS)
    }
  })

  test('what is given up is unknown, and nothing is lost', () => {
    const bomb = levels(40, LIMIT, '-m statistic --mode random --probability 0.5 -j DROP')
    const { kinds } = work(bomb)
    expect(kinds).toContain('unknown')
    const { ended, returned } = walk(levels(30, '-m statistic --mode random --probability 0.5', '-j DROP'), 'A')
    expect([...ended, ...returned].reduce((sum, one) => sum + one.probability, 0)).toBeCloseTo(1, 6)
  })

  test('100,000 marks of a packet whose mark is not known', () => {
    const hundredThousand = Array.from({ length: 100_000 }, (_, i) => i)
    const asked = (deed: string) => nat(...hundredThousand.map((i) => `A: -m mark --mark ${i} ${deed}`))
    expect(work(asked('-j DROP'), UNKNOWN_MARK).steps).toBeLessThan(1.5 * MOST_STEPS)
    expect(work(asked('-j MARK --set-mark 7'), UNKNOWN_MARK).steps).toBeLessThan(1.5 * MOST_STEPS)
    const elements = (verdict: string) => hundredThousand.map((i) => `${i}${verdict}`).join(', ')
    const ofSet = rules(`table ip t {
      set s { type mark; elements = { ${elements('')} }; }
      chain A { meta mark @s drop; accept; } }`)
    expect(work(ofSet, UNKNOWN_MARK)).toMatchObject({ ways: 2 })
    expect(work(ofSet, UNKNOWN_MARK).steps).toBeLessThan(200_000)
    const ofMap = rules(`table ip t { chain A { meta mark vmap { ${elements(' : drop')} }; accept; } }`)
    const { kinds, steps } = work(ofMap, UNKNOWN_MARK)
    expect(kinds).toEqual(['drop', 'unknown'])
    expect(steps).toBeLessThan(300_000)
  })

  test('twice as many rules that decide nothing take twice as many steps', () => {
    const many = (count: number) =>
      work(
        nat(
          ...Array.from({ length: count }, (_, i) => `A: -i eth${i} -s 10.${i % 200}.0.0/16 -j MARK --set-mark ${i}`),
        ),
        VAGUE,
      )
    const [half, all] = [many(1000), many(2000)]
    expect(all).toMatchObject({ ways: 1, conditions: 0 })
    expect(half.steps).toBeGreaterThan(4000)
    expect(all.steps).toBeLessThan(2.1 * half.steps)
  })

  test('for a packet on its way through every hook', () => {
    const chains = ['PREROUTING', 'FORWARD', 'POSTROUTING', 'INPUT']
    const bomb = (table: string, hooks: string[]) => {
      const jumps = Array.from({ length: 12 }, (_, i) => `-A C${i} ${LIMIT} -j C${i + 1}\n`.repeat(2)).join('')
      const declared = Array.from({ length: 13 }, (_, i) => `:C${i} - [0:0]\n`).join('')
      const bases = hooks.map((hook) => `:${hook} ACCEPT [0:0]\n-A ${hook} -j C0\n`).join('')
      return `*${table}\n${declared}${bases}${jumps}-A C12 ${LIMIT} -j ACCEPT\nCOMMIT\n`
    }
    const ruleset = rules(bomb('mangle', chains) + bomb('filter', ['FORWARD', 'INPUT']))
    const names = KUBE_PROXY_NAMES
    const aids = { names, stations: [], starts: [], resolve: () => null }
    const { all } = sendPacket({ ...NOTHING, rulesets: [ruleset] }, 'prerouting', VAGUE, aids)
    expect(all.some(({ fate }) => fate === 'unknown')).toBe(true)
    expect(all.reduce((sum, { conditions, steps }) => sum + conditions.length + steps.length, 0)).toBeLessThan(2e7)
  })
})
