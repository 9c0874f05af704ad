import { describe, expect, test } from 'vitest'
import type { Ruleset, Table } from '../../src/model/rules.ts'
import { parseListedRules } from '../../src/parse/iptables/listing.ts'
import { parseSave } from '../../src/parse/iptables/save.ts'
import { parseNftJson } from '../../src/parse/nft/json.ts'
import { parseNftText } from '../../src/parse/nft/text.ts'
import { chooseRulesets } from '../../src/parse/one-picture.ts'

const only = ({ tables }: Ruleset): Table => tables[0]!
const kinds = (ruleset: Ruleset): string[] => (only(ruleset).gaps ?? []).map(({ kind }) => kind)

const HEADS = ':PREROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n'
const RULE = '-A OUTPUT -j KUBE-A\n'
const NFT = (body: string, after = '\n}\n') =>
  `table ip t {\n\tchain out {\n\t\ttype nat hook output priority -100; policy accept;\n${body}\n\t}\n\tchain other {\n\t}${after}`

describe('what a text lacks of a table', () => {
  test.each<[string, Ruleset, string[]]>([
    ['a whole dump', parseSave(`*nat\n${HEADS}COMMIT\n`, 'f'), []],
    ['dots', parseSave(`*nat\n${HEADS}...\nCOMMIT\n`, 'f'), ['elided']],
    ['no end', parseSave(`*nat\n${HEADS}`, 'f'), ['cutOff']],
    ['a restore input', parseSave('*nat\n:KUBE-A - [0:0]\n-A KUBE-A -j RETURN\nCOMMIT\n', 'f'), ['restoreInput']],
    ['rules between the frame', parseSave(`*nat\n${RULE}COMMIT\n`, 'f'), ['fragment']],
    ['rules alone', parseSave(RULE, 'f'), ['fragment']],
    ['a listing in part', parseListedRules('Chain KUBE-A (1 references)\n[...]\n', 'f'), ['elided', 'fragment']],
    ['a whole ruleset of nft', parseNftText(NFT(''), 'f'), []],
    ['dots in a chain', parseNftText(NFT('\t\t...'), 'f'), ['elided']],
    ['words in a table', parseNftText(NFT('', '\n<snip>\n}\n'), 'f'), ['elided']],
    ['no closing brace', parseNftText(NFT('', '\n'), 'f'), ['cutOff']],
    ['one chain', parseNftText('table ip kube-proxy {\n\tchain services {\n\t}\n}\n', 'f'), ['fragment']],
    [
      'JSON without its end',
      parseNftJson('{"nftables": [{"table": {"family": "ip", "name": "t"}}, {"cha', 'f'),
      ['cutOff', 'fragment'],
    ],
  ])('%s', (_, ruleset, expected) => {
    expect(kinds(ruleset)).toEqual(expected)
    if (expected.length > 0) expect(only(ruleset).whole).toBe(false)
  })

  test('the built-in chains that are there', () => {
    expect(only(parseSave(`*nat\n:OUTPUT ACCEPT [0:0]\n${RULE}-A INPUT -j KUBE-A\nCOMMIT\n`, 'f')).builtIns).toEqual([
      'OUTPUT',
    ])
    expect(only(parseListedRules('Chain FORWARD (policy DROP)\n', 'f')).builtIns).toEqual(['FORWARD'])
    expect(only(parseNftText(NFT(''), 'f')).builtIns).toEqual(['out'])
  })
})

test.each([
  '...',
  '[...]',
  '[…]',
  '. . .',
  '<snip>',
  '--- snip ---',
  '(output omitted)',
  '... (120 more rules)',
  '# 12 lines omitted',
  '<-- truncated -->',
  '--8<--',
  '[other rules omitted for brevity]',
  '/* skipped */',
])('%s stands for lines that were left out', (line) => {
  expect(kinds(parseSave(`*nat\n${HEADS}${line}\nCOMMIT\n`, 'f'))).toEqual(['elided'])
})

test('of a table that is cut off again and again some gaps are kept, and each kind of them', () => {
  const { tables } = parseNftText('table ip x {\n'.repeat(10_000), 'junk')
  expect(tables.map(({ gaps }) => (gaps?.length ?? 0) <= 101)).toEqual([true])
  const { rulesets } = chooseRulesets([
    parseListedRules('Chain X (1 references)\n'.repeat(10_000), 'junk'),
    parseListedRules('Chain X (1 references)\n...\nChain Y (1 references)\n', 'elided'),
  ])
  const gaps = rulesets.flatMap((ruleset) => ruleset.tables.flatMap((table) => table.gaps ?? []))
  expect(gaps.length).toBeLessThan(110)
  expect(new Set(gaps.map(({ kind }) => kind))).toEqual(new Set(['fragment', 'elided']))
})
