/** What statements mean together. */
import { describe, expect, it } from 'vitest'
import type { Action } from '../../../src/model/rules.ts'
import { ruleOf, rulesOf, shapeLines } from './listings.ts'
import { accept, dport, iifname, protocol, states, unknown } from './matches.ts'

describe('verdict maps', () => {
  it('are looked up by the fields that they know', () => {
    expect(ruleOf('tcp dport vmap { 22 : accept, 80-90 : jump other }')).toMatchObject({
      matches: [protocol('tcp')],
      actions: [
        {
          kind: 'verdictMap',
          fields: [{ kind: 'port', side: 'destination' }],
          map: [
            { key: [{ kind: 'range', low: 22, high: 22 }], verdict: accept, comment: null },
            { key: [{ kind: 'range', low: 80, high: 90 }], verdict: { kind: 'jump', chain: 'other' }, comment: null },
          ],
        },
      ],
    })
    expect(ruleOf('iifname vmap { "lo" : accept, * : drop }').actions).toMatchObject([
      { map: [{ key: [{ kind: 'word', word: 'lo' }] }, { key: [{ kind: 'any' }], verdict: { kind: 'drop' } }] },
    ])
  })

  it('are taken apart where they know no such field', () => {
    const text = 'iifname "eth0" ct state vmap { invalid : drop, established : accept, related : jump other }'
    const rules = rulesOf(text)
    expect(rules.map(({ matches, actions }) => [matches, actions])).toEqual([
      [[iifname('eth0'), states('INVALID')], [{ kind: 'drop' }]],
      [[iifname('eth0'), states('ESTABLISHED')], [accept]],
      [[iifname('eth0'), states('RELATED')], [{ kind: 'jump', chain: 'other' }]],
    ])
    expect(new Set(rules.map(({ source }) => `${source.line} ${source.text}`))).toEqual(new Set([`5 ${text}`]))
    expect(rulesOf('fib daddr type vmap { local : accept, broadcast : drop }')).toHaveLength(2)
  })

  it('stay whole where an element or an earlier test forbids it', () => {
    for (const text of [
      'limit rate 5/second ct state vmap { invalid : drop, new : accept }',
      'ct state vmap { invalid : drop, * : accept }',
      'meta mark set 0x1 ct state vmap { invalid : drop, new : accept }',
      'meta pkttype vmap { broadcast : drop, unicast : accept }',
    ]) {
      expect(ruleOf(text).actions.at(-1)).toMatchObject({ kind: 'verdictMap', fields: [{ kind: 'unknown' }] })
    }
  })
})

describe('the order of statements', () => {
  it('counters and logs may stand between tests', () => {
    const rule = ruleOf('ct state new log prefix "new " tcp dport 22 counter packets 5 bytes 300 accept')
    expect(rule.matches).toEqual([states('NEW'), protocol('tcp'), dport([22, 22])])
    expect(rule.actions).toEqual([{ kind: 'none', text: 'log prefix "new "' }, accept])
    expect(rule.counter).toEqual({ packets: 5, bytes: 300 })
  })

  it('a counter before a test is none of the rule’s', () => {
    const rule = ruleOf('counter packets 5 bytes 10 tcp dport 5 accept')
    expect(rule.counter).toBeNull()
    expect(rule.actions).toEqual([{ kind: 'none', text: 'counter packets 5 bytes 10' }, accept])
  })

  it('a counter after a mark is the rule’s, one behind a map is not', () => {
    expect(ruleOf('meta mark set 0x1 counter packets 5 bytes 10').counter).toEqual({ packets: 5, bytes: 10 })
    expect(ruleOf('tcp dport vmap { 22 : jump other } counter packets 5 bytes 10').counter).toBeNull()
    expect(ruleOf('counter accept').counter).toBeNull()
  })

  it('a test behind an action is not known, nor what follows it', () => {
    const text = 'ip saddr 1.2.3.4 meta mark set 0x00000001 tcp dport 80 accept'
    expect(shapeLines).toContain(text)
    expect(ruleOf(text).actions).toEqual([
      { kind: 'mark', of: 'packet', and: 0, xor: 1 },
      { kind: 'unknown', text: 'tcp dport 80 accept' },
    ])
  })

  it('what is not understood decides over what follows it', () => {
    expect(ruleOf('tcp dport 22 frobnicate { a, b } accept')).toMatchObject({
      matches: [protocol('tcp'), dport([22, 22]), unknown('frobnicate { a, b }')],
      actions: [accept],
    })
    expect(ruleOf('frobnicate ip saddr 10.0.0.1 accept').matches).toEqual([unknown('frobnicate ip saddr 10.0.0.1')])
  })

  it('nothing behind a counter but a blank is a target that nft did not print', () => {
    const hidden: Action = { kind: 'unknown', text: '(a statement that nft did not print)' }
    expect(ruleOf('meta l4proto tcp   counter packets 3 bytes 180 ').actions).toEqual([hidden])
    expect(ruleOf('counter packets 3 bytes 180  comment "x"').actions).toEqual([hidden])
    expect(ruleOf('counter packets 3 bytes 180  # handle 5').actions).toEqual([hidden])
    expect(ruleOf('counter packets 3 bytes 180').actions).toEqual([])
    expect(ruleOf('counter packets 3 bytes 180 comment "x" # handle 5').actions).toEqual([])
  })
})
