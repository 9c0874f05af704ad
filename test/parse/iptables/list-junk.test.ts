import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseListing } from '../../../src/parse/iptables/list.ts'

const VERBOSE = ' pkts bytes target     prot opt in     out     source               destination\n'

/** Pieces of listings in any order, which get further into the reader than random characters do. */
const pieces = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...'Chain KUBE-A|(1 references)|(policy ACCEPT 1K packets, 2M bytes)|target prot opt source destination'.split(
          '|',
        ),
        ...' pkts bytes target     prot opt in     out     source               destination|num|0|1 60|12K|--|!f'.split(
          '|',
        ),
        ...'tcp|all|6|ipencap--|anywhere|!10.0.0.0/8|::/0|localhost/8|eth0|*|!|/*|*/|/* a */|[goto]|DNAT|MARK'.split(
          '|',
        ),
        ...'tcp dpt:80|spts:!1:2|statistic mode random|probability 0.5|recent: SET name: X|ctstate NEW|to:1.2.3.4'.split(
          '|',
        ),
        ...'MARK or 0x1|LOG flags 0 level 4 prefix "|"|STRING match "|u32 "|owner UID match|PHYSDEV match|...|\n|\r\n|\t'.split(
          '|',
        ),
      ),
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(' '))

const anything = fc.oneof(fc.string({ unit: 'binary' }), fc.string(), pieces)

test('no text makes it throw, and every line number and text is of the text', () => {
  fc.assert(
    fc.property(anything, (text) => {
      const lines = text.split('\n')
      const listing = parseListing(text)
      for (const chain of listing.chains) {
        expect(lines[chain.line - 1]).toContain(chain.name)
        for (const rule of chain.rules) expect(lines[rule.line - 1]!.trimEnd()).toBe(rule.text)
      }
      for (const { line, message } of listing.problems) {
        expect(line).toBeLessThanOrEqual(lines.length)
        expect(message).not.toBe('')
      }
    }),
    { numRuns: 500 },
  )
})

test('no word behind the destination is lost: it stands in an option, or is a word of a form', () => {
  const word = fc.stringMatching(/^[a-z]{3,8}q[a-z]{1,3}$/)
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 6 }), fc.array(word, { maxLength: 6 }), (before, after) => {
      const extras = [...before, '/* note */ tcp dpt:80', ...after].join(' ')
      const text = `Chain A (1 references)\n${VERBOSE}0 0 ACCEPT 6 -- * * 0.0.0.0/0 0.0.0.0/0 ${extras}\n`
      const unknown = parseListing(text).chains[0]!.rules[0]!.options.filter(({ flag }) => flag === '--unknown')
      const pieces = [before.join(' '), after.join(' ')].filter(Boolean)
      expect(unknown.map(({ args }) => args[0])).toEqual(pieces)
    }),
  )
})

test('comments of any text come back, where they hold no comment sign', () => {
  const comment = fc
    .string({ unit: 'grapheme-ascii', maxLength: 200 })
    .filter((text) => !text.includes('*/') && !/[\r\n]/.test(text))
  fc.assert(
    fc.property(fc.array(comment, { minLength: 1, maxLength: 4 }), (comments) => {
      const extras = `${comments.map((text) => `/* ${text} */`).join(' ')} tcp dpt:80`
      const text = `Chain A (1 references)\n${VERBOSE}0 0 ACCEPT 6 -- * * 0.0.0.0/0 0.0.0.0/0 ${extras}\n`
      const { options } = parseListing(text).chains[0]!.rules[0]!
      expect(options.filter(({ flag }) => flag === '--comment').map(({ args }) => args[0])).toEqual(comments)
      expect(options.slice(-3).map(({ flag }) => flag)).toEqual(['-m', '--dport', '-j'])
    }),
  )
})

test.each([
  ['newlines', '\n'.repeat(2_000_000)],
  ['lines of one letter', 'x\n'.repeat(300_000)],
  ['one long word', 'a'.repeat(5_000_000)],
  ['chains', 'Chain x (1\n'.repeat(100_000)],
  ['prompts', '$'.repeat(2_000_000)],
  ['brackets', `Chain x (${')'.repeat(2_000_000)}x`],
])('a lot of %s', (_, text) => {
  expect(parseListing(text).problems.length).toBeLessThanOrEqual(1)
})

test.each([
  '/* ',
  '/* */z ',
  ' */',
  'icmp  ! x ',
  `mark match ${' '.repeat(500)}`,
  'ctstate NEW ! ',
  'owner UID match ',
  'recent: SET seconds: 1 reap hit_count: 2 ',
  'STRING match "aaaaaaaaa',
  'LOG flags 0 level 4 prefix "',
  'match-set a src,',
  '! ',
])('rules of 60,000 characters, all of them %j', (piece) => {
  const line = `0 0 LOG 6 -- * * 0.0.0.0/0 0.0.0.0/0 ${piece.repeat(60_000 / piece.length)}x\n`
  const { chains } = parseListing(`Chain A (1 references)\n${VERBOSE}${line.repeat(10)}`)
  expect(chains[0]!.rules).toHaveLength(10)
  for (const { options } of chains[0]!.rules) expect(options.some(({ flag }) => flag === '--unknown')).toBe(true)
})
