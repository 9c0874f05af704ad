import { describe, expect, it } from 'vitest'
import type { Rule } from '../../../src/model/rules.ts'
import { parseNftJson } from '../../../src/parse/nft/json.ts'
import { entryOf } from '../../../src/parse/nft/objects.ts'
import { parseNftText } from '../../../src/parse/nft/text.ts'
import { capturedListings, jsonListing, meaningOfAll, textListing } from './listings.ts'

const captured = (await capturedListings()).filter(({ json }) => json !== null)

describe('text and JSON of the same ruleset', () => {
  it('are there for nine nodes', () => {
    expect(captured.map(({ node }) => node)).toHaveLength(9)
  })

  it.each(captured)('say the same: $node', ({ text, json }) => {
    const fromText = parseNftText(text, 'nft.txt')
    const fromJson = parseNftJson(json!, 'nft.json')
    expect([fromText.problems, fromJson.problems]).toEqual([[], []])
    const different = new Set<string>()
    const [one, other] = [meaningOfAll(fromText), meaningOfAll(fromJson)]
    // What nft's JSON does not tell of a rule of iptables', its text does.
    for (const [t, table] of fromJson.tables.entries()) {
      for (const [c, chain] of [...table.chains.values()].entries()) {
        const rules = one[t]!.chains[c]!.rules
        expect(chain.rules).toHaveLength(rules.length)
        for (const [r, rule] of chain.rules.entries()) {
          const known = { matches: rule.matches, actions: rule.actions }
          if (JSON.stringify(known, bigints) === JSON.stringify(rules[r], bigints)) continue
          for (const name of hiddenIn(rule)) different.add(name)
          if (!hiddenIn(rule).length) console.log(JSON.stringify(known, bigints), JSON.stringify(rules[r], bigints), rule.source.text)
          expect(hiddenIn(rule)).not.toEqual([])
          const plain = known.matches.filter(({ kind }) => kind !== 'unknown')
          expect(rules[r]!.matches).toEqual(expect.arrayContaining(plain))
          other[t]!.chains[c]!.rules[r] = rules[r]!
        }
      }
    }
    expect(one).toEqual(other)
    expect(KNOWN_TO_HIDE).toEqual(expect.arrayContaining([...different]))
  })

  it.each([
    ['shapes.txt', 'shapes.json'],
    ['shapes.a.txt', 'shapes.json'],
    ['kube-proxy-1.29.txt', 'kube-proxy-1.29.json'],
    ['kube-proxy-1.29.a.txt', 'kube-proxy-1.29.json'],
    ['kube-proxy-1.29.nn.txt', 'kube-proxy-1.29.json'],
  ])('say the same: %s and %s', (text, json) => {
    const fromText = meaningOfAll(textListing(text))
    const fromJson = meaningOfAll(jsonListing(json))
    for (const { chains } of fromText) {
      for (const { rules } of chains) {
        for (const { matches } of rules) {
          for (const match of matches) if (match.kind === 'unknown') match.text = match.text.replace(...ONLY_DIFFERENCE)
        }
      }
    }
    expect(fromText).toEqual(fromJson)
  })

  it('say the same where numbers stand for words', () => {
    const words = textListing('shapes.txt')
    const numbers = textListing('shapes.nn.txt')
    const different: string[] = []
    for (const [t, table] of words.tables.entries()) {
      for (const [name, chain] of table.chains) {
        for (const [r, rule] of numbers.tables[t]!.chains.get(name)!.rules.entries()) {
          const [one, other] = [rule, chain.rules[r]!].map(({ matches, actions }) => ({ matches, actions }))
          if (JSON.stringify(one, bigints) !== JSON.stringify(other, bigints)) different.push(rule.source.text)
        }
      }
    }
    expect(different).toEqual(ONLY_AS_TEXT)
  })
})

const bigints = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value)

/** The matches and targets of x_tables that nft 1.0.6 names in its JSON without saying what they hold. */
const KNOWN_TO_HIDE = [
  'match addrtype',
  'match conntrack',
  'match recent',
  'match statistic',
  'match tcp',
  'match udp',
  'target DNAT',
  'target MARK',
  'target REJECT',
]

/** nft prints times in units in its text, and in seconds in its JSON. */
const ONLY_DIFFERENCE = ['ct expiration 30s-60s', 'ct expiration 30-60'] as const

/** Rules of `nft -nn` whose numbers stand in tests that the model does not know, or in a reject's reason. */
const ONLY_AS_TEXT = [
  'meta nfproto { 2, 10 } accept',
  'tcp flags 0x2,0x10 accept',
  'tcp flags { 0x2, 0x2 | 0x10 } accept',
  'icmp type 8 accept',
  'icmp type { 3, 8 } accept',
  'icmpv6 type { 134, 135 } accept',
  'reject with icmp 1',
  'reject with icmpx 3',
  'reject with icmpv6 0',
  'meta pkttype 1 drop',
  'meta pkttype { 1, 2 } drop',
  'fib daddr . iif type 2 accept',
  'fib saddr . iif oif 0 drop',
  'ip dscp 0x08 accept',
  'ip dscp set 0x08',
  'exthdr frag 1 drop',
  'ct direction 0 accept',
  'meta day 6 accept',
]

/** The x_tables parts of a rule that its rendering names, but for comments and what only counts. */
function hiddenIn(rule: Rule): string[] {
  const names = [...rule.source.text.matchAll(/xt (match|target) (\w+)/g)].map(([, type, name]) => `${type} ${name}`)
  return names.filter((name) => KNOWN_TO_HIDE.includes(name))
}

it('a rule of iptables-nft names in JSON what it hides', () => {
  const objects = parseNftJson(captured[0]!.json!, 'nft.json').objects
  expect(objects.filter((object) => entryOf(object)?.[0] === 'rule')).not.toEqual([])
})
