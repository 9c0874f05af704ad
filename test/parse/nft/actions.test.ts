/** What single actions mean: those that nft prints in test/fixtures/nft-listings, and others. */
import { describe, expect, it } from 'vitest'
import { parseCidr } from '../../../src/model/address.ts'
import type { Action } from '../../../src/model/rules.ts'
import { ruleOf, shapeLines } from './listings.ts'
import { accept, dport, only, protocol } from './matches.ts'

describe('actions', () => {
  it.each<[string, Action[]]>([
    [
      'meta mark set meta mark & 0xffff12ff | 0x00001200',
      [{ kind: 'mark', of: 'packet', and: 0xffff00ff, xor: 0x1200 }],
    ],
    ['meta mark set 0x00000005', [{ kind: 'mark', of: 'packet', and: 0, xor: 5 }]],
    ['ct mark set meta mark', [{ kind: 'copyMark', direction: 'save', mask: 0xffffffff }]],
    ['meta mark set ct mark', [{ kind: 'copyMark', direction: 'restore', mask: 0xffffffff }]],
    [
      'meta mark set ct mark & 0x000000ff',
      [{ kind: 'copyMark', direction: 'restore', mask: 255, into: 0xffffffff, needsEntry: true }],
    ],
    [
      'meta mark set numgen inc mod 2',
      [{ kind: 'anyMark', of: 'packet', bits: 0xffffffff, text: 'meta mark set numgen inc mod 2' }],
    ],
    ['notrack', [{ kind: 'notrack' }]],
    ['ct helper set "ftp-standard"', [{ kind: 'none', text: 'ct helper set "ftp-standard"' }]],
    ['meta priority set 1:2', [{ kind: 'none', text: 'meta priority set 1:2' }]],
    ['ct zone set 5', [{ kind: 'none', text: 'ct zone set 5' }]],
    ['reject', [{ kind: 'reject', with: 'icmpx port-unreachable' }]],
    ['reject with icmp host-unreachable', [{ kind: 'reject', with: 'icmp host-unreachable' }]],
    [
      'log prefix "foo: " level info flags all drop',
      [{ kind: 'none', text: 'log prefix "foo: " level info flags all' }, { kind: 'drop' }],
    ],
    ['masquerade fully-random,persistent', [{ kind: 'masquerade' }]],
    ['add @dyn { ip saddr . tcp dport }', [{ kind: 'none', text: 'add @dyn { ip saddr . tcp dport }' }]],
    [
      'symhash mod 2 vmap { 0 : jump other, 1 : accept }',
      [
        {
          kind: 'randomVerdict',
          choices: [
            { probability: 0.5, verdict: { kind: 'jump', chain: 'other' } },
            { probability: 0.5, verdict: accept },
          ],
        },
      ],
    ],
    [
      'numgen random mod 5 offset 10 vmap { 10 : jump other, 11-13 : accept }',
      [
        {
          kind: 'randomVerdict',
          choices: [
            { probability: 0.2, verdict: { kind: 'jump', chain: 'other' } },
            { probability: 0.6, verdict: accept },
          ],
        },
      ],
    ],
    ['continue', [{ kind: 'none', text: 'continue' }]],
    [
      'synproxy mss 1460 wscale 7 timestamp sack-perm',
      [{ kind: 'unknown', text: 'synproxy mss 1460 wscale 7 timestamp sack-perm' }],
    ],
  ])('%s', (text, actions) => {
    expect(shapeLines).toContain(text)
    expect(ruleOf(text)).toMatchObject({ matches: [], actions })
  })

  it.each<[string, Action[]]>([
    ['mark set mark or 0x4000', [{ kind: 'mark', of: 'packet', and: 0xffffbfff, xor: 0x4000 }]],
    // iptables-nft's translation of `CONNMARK --set-xmark 0x1/0x3`.
    ['ct mark set ct mark xor 0x1 and 0xfffffffc', [{ kind: 'mark', of: 'connection', and: 0xfffffffc, xor: 1 }]],
    ['meta mark set mark xor 0x80000000', [{ kind: 'mark', of: 'packet', and: 0xffffffff, xor: 0x80000000 }]],
    ['ct mark set ct mark or 0x1', [{ kind: 'mark', of: 'connection', and: 0xfffffffe, xor: 1 }]],
    ['meta mark set 0x12 or 0x11', [{ kind: 'mark', of: 'packet', and: 0, xor: 0x13 }]],
    ['reject with icmp type port-unreachable', [{ kind: 'reject', with: 'icmp port-unreachable' }]],
    ['reject with tcp reset', [{ kind: 'reject', with: 'tcp reset' }]],
    ['queue flags bypass to 1-3', [{ kind: 'unknown', text: 'queue flags bypass to 1-3' }]],
    ['queue num 1 bypass', [{ kind: 'unknown', text: 'queue flags bypass to 1' }]],
    ['flow add @ft', [{ kind: 'none', text: 'flow add @ft' }]],
    ['tcp option maxseg size set rt mtu', [{ kind: 'none', text: 'tcp option maxseg size set rt mtu' }]],
    ['xt target "DNAT"', [{ kind: 'unknown', text: 'xt target DNAT' }]],
    ['xt target "MASQUERADE"', [{ kind: 'masquerade' }]],
    ['xt target "REJECT"', [{ kind: 'reject', with: null }]],
    ['xt target "LOG"', [{ kind: 'none', text: 'xt target LOG' }]],
    ['something entirely new', [{ kind: 'unknown', text: 'something entirely new' }]],
  ])('%s', (text, actions) => {
    expect(ruleOf(text)).toMatchObject({ matches: [], actions })
  })

  const dnat = (...targets: [number, string | null, number | null][]): Action => ({
    kind: 'dnat',
    choices: targets.map(([probability, address, port]) => ({
      probability,
      target: { address, addressEnd: null, port, portEnd: null },
    })),
  })

  it.each<[string, Action]>([
    ['tcp dport 80 dnat to 10.0.0.1:8080', dnat([1, '10.0.0.1', 8080])],
    ['tcp dport 80 dnat to 10.0.0.1', dnat([1, '10.0.0.1', null])],
    ['tcp dport 80 dnat to :8080', dnat([1, null, 8080])],
    ['meta l4proto tcp dnat ip to 10.0.0.1 . 80', dnat([1, '10.0.0.1', 80])],
    [
      'dnat ip addr . port to numgen inc mod 2 map { 0 : 10.0.0.1 . 80, 1 : 10.0.0.2 . 81 }',
      dnat([0.5, '10.0.0.1', 80], [0.5, '10.0.0.2', 81]),
    ],
    [
      'dnat to numgen random mod 10 map { 0-6 : 10.0.0.1, 7-9 : 10.0.0.2 }:8080',
      dnat([0.7, '10.0.0.1', 8080], [0.3, '10.0.0.2', 8080]),
    ],
    [
      'dnat to jhash ip saddr mod 2 seed 0xbeef map { 0 : 10.0.0.1, 1 : 10.0.0.2 }',
      dnat([0.5, '10.0.0.1', null], [0.5, '10.0.0.2', null]),
    ],
    [
      'dnat to ip daddr map { 1.1.1.1 : 10.0.0.1 }',
      {
        kind: 'verdictMap',
        fields: [{ kind: 'address', side: 'destination' }],
        map: [
          {
            key: [{ kind: 'prefix', cidr: parseCidr('1.1.1.1')! }],
            verdict: {
              kind: 'dnat',
              choices: [
                { probability: 1, target: { address: '10.0.0.1', addressEnd: null, port: null, portEnd: null } },
              ],
            },
            comment: null,
          },
        ],
      },
    ],
    [
      'dnat to numgen random mod 10 map { 0 : 10.0.0.1 }',
      { kind: 'unknown', text: 'dnat to numgen random mod 10 map { 0 : 10.0.0.1 }' },
    ],
    ['dnat to nowhere', { kind: 'unknown', text: 'dnat to nowhere' }],
    [
      'dnat ip prefix to ip daddr map { 10.1.0.0/16 : 10.2.0.0/16 }',
      { kind: 'unknown', text: 'dnat ip prefix to ip daddr map { 10.1.0.0/16 : 10.2.0.0/16 }' },
    ],
    ['dnat ip6 to [fd00:0::1]:8080', dnat([1, 'fd00::1', 8080])],
    [
      'snat to 1.2.3.4-1.2.3.9:1000-2000',
      { kind: 'snat', to: '1.2.3.4-1.2.3.9:1000-2000', ports: { from: 1000, to: 2000 } },
    ],
    ['masquerade to :1024-2047', { kind: 'masquerade', ports: { from: 1024, to: 2047 } }],
    ['snat ip6 to [fd00::1]:80', { kind: 'snat', to: '[fd00::1]:80', ports: { from: 80, to: 80 } }],
    ['redirect to :8080', { kind: 'redirect', port: 8080 }],
    ['redirect', { kind: 'redirect', port: null }],
    ['redirect to :8080-8090', { kind: 'redirect', port: 8080, portEnd: 8090 }],
    ['redirect to :tcp dport map { 80 : 8080 }', { kind: 'unknown', text: 'redirect to :tcp dport map { 80 : 8080 }' }],
  ])('%s', (text, action) => {
    expect(ruleOf(text, 'ip').actions).toEqual([action])
  })

  it('reads the ends of ranges', () => {
    expect(ruleOf('dnat to 10.0.0.1-10.0.0.5:1000-2000 random,persistent', 'ip').actions).toEqual([
      {
        kind: 'dnat',
        choices: [
          { probability: 1, target: { address: '10.0.0.1', addressEnd: '10.0.0.5', port: 1000, portEnd: 2000 } },
        ],
      },
    ])
  })

  it('translates in a table of both families only what is of the target’s', () => {
    expect(ruleOf('tcp dport 80 dnat ip to 10.0.0.1').matches).toEqual([protocol('tcp'), dport([80, 80]), only(4)])
    expect(ruleOf('ip daddr 10.0.0.9 dnat ip to 10.0.0.1').matches).toHaveLength(1)
    expect(ruleOf('snat ip6 to fd00::1').matches).toEqual([only(6)])
  })
})
