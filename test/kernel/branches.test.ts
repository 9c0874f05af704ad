import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Packet } from '../../src/kernel/packet.ts'
import { single } from '../../src/model/address.ts'
import type { Ruleset } from '../../src/model/rules.ts'
import { nat, packet, rules, told, walk, within } from '../trace/build.ts'

/** A packet of which nothing is known that the rules below ask for. */
const anything = packet({
  source: within('10.1.0.0/16'),
  inInterface: null,
  outInterface: null,
  mark: { value: 0, known: 0xfffffffc },
})

const walked = (...lines: string[]) => told(walk(nat(...lines), 'A', anything))

describe('what a branch supposed answers later tests', () => {
  const docker = 'the output interface may be docker0 or not'

  test('an interface and its negation', () => {
    expect(walked('A: ! -o docker0 -j B', 'A: -j ACCEPT', 'B: -o docker0 -j DROP')).toEqual(['accept'])
    expect(walked('A: -o docker0 -j B', 'A: -j ACCEPT', 'B: ! -o docker0 -j DROP')).toEqual(['accept'])
    expect(walked('A: -o docker0 -j B', 'A: -j ACCEPT', 'B: -o docker0 -j DROP')).toEqual([
      `drop [${docker}]`,
      `accept [not: ${docker}]`,
    ])
  })

  test('patterns that cover or exclude each other', () => {
    expect(walked('A: -o docker0 -j B', 'A: -j ACCEPT', 'B: ! -o docker+ -j DROP')).toEqual(['accept'])
    expect(walked('A: -o docker0 -j B', 'A: -j ACCEPT', 'B: -o cali+ -j DROP')).toEqual(['accept'])
    expect(walked('A: -o docker+ -j B', 'A: -j ACCEPT', 'B: -o cali+ -j DROP')).toEqual(['accept'])
    expect(walked('A: -o docker+ -j RETURN', 'A: -o docker0 -j DROP', 'A: -j ACCEPT')).toHaveLength(2)
    // It may be another docker than docker0.
    expect(walked('A: -o docker+ -j B', 'A: -j ACCEPT', 'B: -o docker0 -j DROP')).toHaveLength(3)
  })

  test('one rule that asks for both', () => {
    expect(walked('A: -m set --match-set a src -m set ! --match-set a src -j DROP')).toEqual(['returned'])
    expect(walked('A: -s 10.1.1.0/24 -m iprange --src-range 10.1.2.0-10.1.3.9 -j DROP')).toHaveLength(1)
  })

  test('sets and tests that are not understood, told by their text', () => {
    const same = (asked: string, opposite: string) =>
      walked(`A: ${asked} -j B`, 'A: -j ACCEPT', `B: ${opposite} -j DROP`)
    expect(same('-m set --match-set a src', '-m set ! --match-set a src')).toEqual(['accept'])
    expect(same('-m mac --mac-source 02:00:00:00:00:01', '-m mac ! --mac-source 02:00:00:00:00:01')).toEqual(['accept'])
    expect(same('-m set --match-set a src', '-m set ! --match-set b src')).toHaveLength(3)
    // What counts may answer otherwise a moment later, and a set may have been added to.
    expect(same('-m limit --limit 5/sec', '-m limit --limit 5/sec')).toHaveLength(3)
    expect(
      walked(
        'A: -m set ! --match-set a src -j B',
        'A: -j ACCEPT',
        'B: -j SET --add-set a src',
        'B: -m set --match-set a src -j DROP',
      ),
    ).toHaveLength(3)
  })

  test('one of several tests fails, and which is told later', () => {
    const lines = ['A: -i eth0 -o docker0 -j RETURN', 'A: -i eth+ -j B', 'A: -j ACCEPT']
    expect(walked(...lines, 'B: -i eth0 -j C', 'C: -o docker0 -j DROP', 'C: -j REDIRECT')).not.toContainEqual(
      expect.stringMatching(/^drop/),
    )
    expect(walked(...lines, 'B: -o docker0 -j C', 'C: -i eth0 -j DROP', 'C: -j REDIRECT')).not.toContainEqual(
      expect.stringMatching(/^drop/),
    )
  })

  test('until a rule changes the mark', () => {
    const asked = (between: string) =>
      walked('A: -m mark --mark 1/1 -j B', 'A: -j ACCEPT', `B: ${between}`, 'B: -m mark --mark 0/1 -j DROP')
    expect(asked('-j LOG')).toEqual(['accept'])
    expect(asked('-j MARK --set-mark 0')).toEqual([
      "drop [the packet's mark may be 0x1/0x1 or not]",
      "accept [not: the packet's mark may be 0x1/0x1 or not]",
    ])
  })

  test("keys of nft's maps", () => {
    const table = rules(`table ip t {
      map m { type ifname : verdict; elements = { "docker0" : goto b, "eth0" : drop } }
      chain a { oifname vmap @m; oifname "docker0" drop; accept; }
      chain b { oifname "eth0" drop; oifname vmap @m; oifname vmap { "docker0" : accept, "eth0" : drop } }
    }`)
    expect(told(walk(table, 'a', anything)).map((one) => one.split(' ')[0])).toEqual(['unknown:', 'drop', 'accept'])
  })
})

describe('a walk through what is not known', () => {
  /** One at least for every combination of the patterns below, and one that fits none. */
  const names = ['docker0', 'docker1', 'docker2', 'cali1', 'eth0', 'eth1', 'wlan0']
  const sources = ['10.1.1.1', '10.1.1.200', '10.1.2.1', '10.1.9.1', '10.1.20.1']
  const not = fc.constantFrom('', '! ')
  const one = (...texts: string[]) => fc.constantFrom(...texts)
  const asked = fc.oneof(
    fc
      .tuple(not, one('-i ', '-o '), one('docker0', 'docker1', 'docker+', 'cali+', 'eth0', 'e+'))
      .map((all) => all.join('')),
    fc
      .tuple(not, one('-s 10.1.1.0/24', '-s 10.1.1.128/25', '-s 10.1.0.0/22', '-s 10.1.9.1'))
      .map((all) => all.join('')),
    fc.tuple(not, one('0/1', '1/1', '2/3', '3/3', '0/3')).map(([no, mark]) => `-m mark ${no}--mark ${mark}`),
  )
  const rule = (later: readonly string[]) =>
    fc
      .tuple(
        fc.uniqueArray(asked, { maxLength: 2, selector: (text) => text.replace('! ', '').slice(0, 6) }),
        one('DROP', 'ACCEPT', 'RETURN', ...later, ...later),
      )
      .map(([tests, target]) => `${tests.join(' ')} -j ${target}`)
  const chain = (name: string, later: readonly string[]) =>
    fc.array(rule(later), { minLength: 1, maxLength: 5 }).map((all) => all.map((text) => `${name}: ${text}`))
  const chains = fc.tuple(chain('A', ['B', 'C']), chain('B', ['C']), chain('C', [])).map((all) => all.flat())

  /** `drop 12`: the verdict and the line of the rule that gave it. */
  const ends = (ruleset: Ruleset, sent: Packet): Set<string> => {
    const { ended, returned } = walk(ruleset, 'A', sent)
    const verdicts = ended.map(({ verdict, trail }) => `${verdict.kind} ${trail?.step.rule.source.line}`)
    return new Set([...verdicts, ...(returned.length > 0 ? ['returned'] : [])])
  }

  const concrete = names.flatMap((inInterface) =>
    names.flatMap((outInterface) =>
      sources.flatMap((source) =>
        [0, 1, 2, 3].map((value) =>
          packet({ source: single(source), inInterface, outInterface, mark: { value, known: 0xffffffff } }),
        ),
      ),
    ),
  )

  test('ends where some packet ends, and nowhere else', () => {
    fc.assert(
      fc.property(chains, (lines) => {
        const ruleset = nat(...lines)
        const possible = new Set(concrete.flatMap((sent) => [...ends(ruleset, sent)]))
        expect([...ends(ruleset, anything)].sort()).toEqual([...possible].sort())
      }),
      { numRuns: 200 },
    )
  })
})
