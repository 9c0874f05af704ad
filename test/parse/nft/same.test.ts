import { describe, expect, it } from 'vitest'
import type { Rule } from '../../../src/model/rules.ts'
import { parseNftJson } from '../../../src/parse/nft/json.ts'
import type { NftRuleset } from '../../../src/parse/nft/objects.ts'
import { NOTHING } from '../../../src/parse/nft/text/rule.ts'
import { parseNftText } from '../../../src/parse/nft/text.ts'
import { capturedListings, jsonListing, meaningOfAll, textListing } from './listings.ts'

const captured = (await capturedListings()).flatMap(({ node, text, json }) =>
  json === null ? [] : [{ node, text, json }],
)

describe('text and JSON of the same ruleset', () => {
  it('are there for nine nodes', () => {
    expect(captured.map(({ node }) => node)).toHaveLength(9)
  })

  it.each(captured)('say the same: $node', ({ node, text, json }) => {
    const fromText = parseNftText(text, 'nft.txt')
    const fromJson = parseNftJson(json, 'nft.json')
    expect([...fromText.problems, ...fromJson.problems]).toEqual([])
    expect(settle(fromText, fromJson)).toEqual(node.startsWith('k8s-1.36-nftables') ? ['match conntrack'] : HIDDEN)
  })

  it('hide a target in the text too, where nft prints nothing of it', () => {
    const { text } = captured.find(({ node }) => node === 'broken-mixed-backends-and-kernel n1')!
    const lines = text.split('\n').filter((line) => /counter packets \d+ bytes \d+ $/.test(line))
    expect(lines).toHaveLength(44)
    const rules = allRules(parseNftText(text, 'nft.txt')).filter(({ actions }) =>
      actions.some((action) => action.kind === 'unknown' && action.text === NOTHING),
    )
    expect(rules.map(({ source }) => source.text)).toEqual(lines.map((line) => line.trim()))
  })

  it.each([
    ['shapes.txt', 'shapes.json'],
    ['shapes.a.txt', 'shapes.json'],
    ['kube-proxy-1.29.txt', 'kube-proxy-1.29.json'],
    ['kube-proxy-1.29.a.txt', 'kube-proxy-1.29.json'],
    ['kube-proxy-1.29.nn.txt', 'kube-proxy-1.29.json'],
  ])('say the same: %s and %s', (text, json) => {
    const fromText = textListing(text)
    expect(fromText.problems).toEqual([])
    for (const match of allRules(fromText).flatMap(({ matches }) => matches)) {
      if (match.kind === 'unknown') match.text = match.text.replace(...ONLY_DIFFERENCE)
    }
    expect(meaningOfAll(fromText)).toEqual(meaningOfAll(jsonListing(json)))
  })

  it('say the same where numbers stand for words', () => {
    const words = textListing('shapes.txt')
    const numbers = textListing('shapes.nn.txt')
    const different: string[] = []
    for (const [t, table] of words.tables.entries()) {
      for (const [name, chain] of table.chains) {
        for (const [r, rule] of numbers.tables[t]!.chains.get(name)!.rules.entries()) {
          if (print(rule) !== print(chain.rules[r]!)) different.push(rule.source.text)
        }
      }
    }
    expect(different).toEqual(UNKNOWN_NUMBERS)
  })
})

/**
 * What nft 1.0.6 names in its JSON of iptables' rules without saying what it holds. Its text translates most of it, and
 * prints nothing of some targets.
 */
const HIDDEN = [
  'match addrtype',
  'match conntrack',
  'match statistic',
  'match tcp',
  'match udp',
  'target DNAT',
  'target MARK',
  'target MASQUERADE',
  'target REJECT',
]

/** Parts of x_tables that mean the same in both: their contents are hidden in both, or do not matter. */
const SAME_IN_BOTH = ['match comment', 'match nfacct', 'match recent']

/** nft prints times in units in its text, and in seconds in its JSON. */
const ONLY_DIFFERENCE = ['ct expiration 30s-60s', 'ct expiration 30-60'] as const

/** Rules of `nft -nn` whose numbers stand in tests that the model does not know, or in a reject's reason. */
const UNKNOWN_NUMBERS = [
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
  'meta day 6 accept',
]

/**
 * Holds two rulesets against each other, and tells which parts of x_tables are in the rules that differ. They were asked
 * for one after the other, so that counters differ.
 */
function settle(fromText: NftRuleset, fromJson: NftRuleset): string[] {
  const [one, other] = [meaningOfAll(fromText), meaningOfAll(fromJson)]
  const hidden = new Set<string>()
  for (const [t, table] of fromJson.tables.entries()) {
    for (const [c, chain] of [...table.chains.values()].entries()) {
      const rules = one[t]!.chains[c]!.rules
      for (const [r, { matches, actions, source }] of chain.rules.entries()) {
        const rule = rules[r]!
        if (print({ matches, actions }) === print(rule)) continue
        const parts = [...source.text.matchAll(/xt (match|target) (\w+)/g)].map(([, type, name]) => `${type} ${name}`)
        for (const part of parts) if (!SAME_IN_BOTH.includes(part)) hidden.add(part)
        expect(rule.matches).toEqual(expect.arrayContaining(matches.filter(({ kind }) => kind !== 'unknown')))
        if (parts.length > 0) other[t]!.chains[c]!.rules[r] = rule
      }
    }
  }
  expect(one).toEqual(other)
  return [...hidden].sort()
}

const allRules = (ruleset: NftRuleset): Rule[] =>
  ruleset.tables.flatMap(({ chains }) => [...chains.values()].flatMap(({ rules }) => rules))

const print = ({ matches, actions }: { matches: unknown; actions: unknown }): string =>
  JSON.stringify([matches, actions], (_, value) => (typeof value === 'bigint' ? String(value) : value))
