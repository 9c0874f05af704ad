import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseNftJson } from '../../../src/parse/nft/json.ts'
import type { NftRuleset } from '../../../src/parse/nft/objects.ts'
import { printNftJson } from '../../../src/parse/nft/print.ts'
import { parseNftText } from '../../../src/parse/nft/text.ts'
import { anyText } from '../host/fixture.ts'
import { listing, rulesIn } from './listings.ts'

const text = listing('shapes.txt') + listing('kube-proxy-1.29.txt')
const json = listing('shapes.json')

/** Asks for everything that is worked out late, and looks at the problems. */
function use(ruleset: NftRuleset, lines: number): void {
  for (const { chains } of ruleset.tables) {
    for (const { rules } of chains.values()) {
      for (const { source, matches, actions } of rules) {
        expect(source.line).toBeLessThanOrEqual(lines)
        expect([...matches, ...actions].every(({ kind }) => kind.length > 0)).toBe(true)
      }
    }
  }
  for (const { file, line, message } of ruleset.problems) {
    expect([file, message === '']).toEqual(['junk', false])
    expect(line ?? 1).toBeLessThanOrEqual(lines)
  }
  expect(parseNftJson(printNftJson(ruleset), 'again').tables).toHaveLength(ruleset.tables.length)
}

const parsers: [string, (text: string) => void][] = [
  ['parseNftText', (junk) => use(parseNftText(junk, 'junk'), junk.split('\n').length)],
  ['parseNftJson', (junk) => use(parseNftJson(junk, 'junk'), junk.split('\n').length)],
]

describe.each(parsers)('%s', (_, parse) => {
  it('takes any text', () => {
    fc.assert(fc.property(fc.oneof(anyText, fc.string(), fc.json()), parse))
  })

  it('takes any words of a listing', () => {
    const word = fc.constantFrom(...new Set(text.split(/([\s{};]+)/)), ...new Set(json.split(/([{}[\],:]+)/)))
    const rule = fc.array(word, { maxLength: 40 }).map((words) => words.join(' '))
    fc.assert(fc.property(rule, (words) => parse(`table inet t {\nchain c {\n${words}\n}\n}\n`)))
    fc.assert(fc.property(rule, parse))
  })

  it('takes a listing that is cut anywhere, or changed', () => {
    const whole = fc.constantFrom(text, json)
    fc.assert(fc.property(whole, fc.nat(json.length), (listing, end) => parse(listing.slice(0, end))))
    fc.assert(
      fc.property(
        whole,
        fc.nat(json.length),
        fc.nat(9),
        fc.constantFrom(...'{}[]",:\\()\n#@'),
        (listing, at, drop, put) => parse(listing.slice(0, at) + put + listing.slice(at + drop)),
      ),
    )
  })

  it.each([
    '{',
    '[',
    '(',
    'jump {\n',
    'chain c {\n',
    'table ip t {\n',
    'jhash ',
    '{"a":',
    '[{',
    'log prefix ',
    '# counter packets ',
  ])('takes a thousand of %j', (part) => {
    const many = part.repeat(1000)
    parse(many)
    parse(`table ip t {\nchain c {\nmeta mark ${many}\n}\n}\n`)
    parse(`{"nftables": [{"rule": {"family": "ip", "table": "t", "chain": "c", "expr": ${many}`)
  })
})

it('a table cut anywhere never says more than the whole one', () => {
  const whole = rulesIn(parseNftText(text, 'f'), 'inet fw', 'input').map(({ source }) => source.text)
  fc.assert(
    fc.property(fc.nat(text.length), (end) => {
      const chain = parseNftText(text.slice(0, end), 'f').tables[0]?.chains.get('input')
      const rules = (chain?.rules ?? []).map(({ source }) => source.text)
      expect(rules).toEqual(whole.slice(0, rules.length))
    }),
  )
})

it('a quote without its end takes the rest of its line, and no more', () => {
  const ruleset = parseNftText('table ip t {\nchain c {\nlog prefix "abc drop\naccept\n}\nchain d {\n}\n}\n', 'f')
  expect(ruleset.problems).toEqual([])
  expect(rulesIn(ruleset, 'ip t', 'c').map(({ actions }) => actions)).toEqual([
    [{ kind: 'unknown', text: 'log prefix "abc drop' }],
    [{ kind: 'accept' }],
  ])
})

it('objects that nest too deep are named, and the next one is read', () => {
  const deep = `{"rule": ${'['.repeat(1000)}${']'.repeat(1000)}}`
  const ruleset = parseNftJson(`{"nftables": [${deep}, {"table": {"family": "ip", "name": "t"}}]}`, 'f')
  expect(ruleset.problems).toMatchObject([{ line: 1, message: expect.stringContaining('cannot be read') }])
  expect(ruleset.tables).toHaveLength(1)
})

it('expressions that nest or run on too far stay text', () => {
  const nested = `meta mark ${'( '.repeat(100)}1${' )'.repeat(100)} == 1`
  const long = `meta mark set meta mark${' | 0x1'.repeat(100)}`
  const ruleset = parseNftText(`table ip t {\nchain c {\n${nested} accept\n${long}\n}\n}\n`, 'f')
  expect(rulesIn(ruleset, 'ip t', 'c')).toMatchObject([
    { matches: [{ kind: 'unknown', text: nested }], actions: [{ kind: 'accept' }] },
    { matches: [], actions: [{ kind: 'unknown', text: long }] },
  ])
})
