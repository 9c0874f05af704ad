/** What single statements mean. Each stands in test/fixtures/nft-listings as nft prints it, or is named where it does not. */
import { describe, expect, it } from 'vitest'
import { formatCidr } from '../../../src/model/address.ts'
import type { Action, Match } from '../../../src/model/rules.ts'
import { listing, ruleOf, rulesOf } from './listings.ts'

const protocol = (...protocols: string[]): Match => ({ kind: 'protocol', negated: false, protocols })
const dport = (...ranges: [number, number][]): Match => ({ kind: 'port', side: 'destination', negated: false, ranges })
const unknown = (text: string): Match => ({ kind: 'unknown', text })
const states = (...words: string[]): Match => ({ kind: 'conntrack', negated: false, states: words })
const mark = (value: number, mask = 0xffffffff): Match => ({ kind: 'mark', of: 'packet', negated: false, value, mask })
const random = (probability: number): Match => ({ kind: 'random', negated: false, probability })
const addressType = (...types: string[]): Match => ({ kind: 'addressType', side: 'destination', negated: false, types })
const iifname = (pattern: string): Match => ({ kind: 'interface', side: 'in', negated: false, pattern })
const flags = (mask: number, set: number): Match => ({ kind: 'tcpFlags', negated: false, mask, set })
const only = (family: 4 | 6): Match => {
  const text = `meta nfproto ipv${family}`
  return { kind: 'address', side: 'source', negated: false, cidrs: [{ family, base: 0n, bits: 0 }], text }
}
const accept: Action = { kind: 'accept' }
const lines = new Set(
  listing('shapes.txt')
    .split('\n')
    .map((line) => line.trim()),
)

describe('tests', () => {
  it.each<[string, Match[]]>([
    ['ct state established,related', [states('ESTABLISHED', 'RELATED')]],
    ['ct state { established, new }', [states('ESTABLISHED', 'NEW')]],
    ['ct status dnat', [states('DNAT')]],
    ['ct direction original', [unknown('ct direction original')]],
    ['ct mark & 0x000000ff == 0x00000001', [{ kind: 'mark', of: 'connection', negated: false, value: 1, mask: 255 }]],
    ['iif "lo"', [iifname('lo')]],
    [
      'iifname "veth*" oifname != "docker0"',
      [iifname('veth*'), { kind: 'interface', side: 'out', negated: true, pattern: 'docker0' }],
    ],
    ['meta l4proto { icmp, ipv6-icmp }', [protocol('icmp', 'ipv6-icmp')]],
    ['meta l4proto 253', [protocol('253')]],
    ['meta l4proto != tcp', [{ kind: 'protocol', negated: true, protocols: ['tcp'] }]],
    ['meta nfproto ipv4', [only(4)]],
    ['ip protocol tcp', [only(4), protocol('tcp')]],
    ['ip6 nexthdr tcp', [only(6), protocol('tcp')]],
    ['tcp dport { 22, 80-90, 443 }', [protocol('tcp'), dport([22, 22], [80, 90], [443, 443])]],
    ['tcp dport > 1024', [protocol('tcp'), dport([1025, 65535])]],
    ['th dport { 53, 80 }', [dport([53, 53], [80, 80])]],
    [
      'udp sport 53 udp dport 1024-65535',
      [protocol('udp'), { kind: 'port', side: 'source', negated: false, ranges: [[53, 53]] }, dport([1024, 65535])],
    ],
    ['tcp flags syn', [protocol('tcp'), flags(2, 2)]],
    ['tcp flags syn / fin,syn,rst,ack', [protocol('tcp'), flags(0x17, 2)]],
    ['tcp flags ! syn', [protocol('tcp'), flags(2, 0)]],
    ['tcp flags syn,ack', [protocol('tcp'), unknown('tcp flags syn,ack')]],
    ['icmp type echo-request', [only(4), protocol('icmp'), unknown('icmp type echo-request')]],
    ['fib daddr type { local, broadcast }', [addressType('LOCAL', 'BROADCAST')]],
    ['fib daddr . iif type local', [unknown('fib daddr . iif type local')]],
    [
      'meta mark 0x00000001-0x00000005',
      [{ kind: 'oneOf', negated: false, fields: [{ kind: 'mark' }], elements: [[{ kind: 'range', low: 1, high: 5 }]] }],
    ],
    ['numgen random mod 10 < 3', [random(0.3)]],
    ['numgen inc mod 5 0', [{ kind: 'nth', negated: false, every: 5 }]],
    ['meta random 5', [random(2 ** -32)]],
    ['limit rate 5/second', [unknown('limit rate 5/second burst 5 packets')]],
    ['quota over 5 mbytes', [unknown('quota over 5 mbytes')]],
    ['meta pkttype broadcast', [unknown('meta pkttype broadcast')]],
    ['socket transparent 1', [unknown('socket transparent 1')]],
    ['exthdr frag exists', [unknown('exthdr frag exists')]],
    [
      'update @dyn { ip saddr . tcp dport limit rate 5/second }',
      [unknown('update @dyn { ip saddr . tcp dport limit rate 5/second burst 5 packets }')],
    ],
  ])('%s', (text, matches) => {
    expect([...lines].some((line) => line.startsWith(`${text} `))).toBe(true)
    expect(ruleOf(`${text} accept`)).toMatchObject({ matches, actions: [accept] })
  })

  it.each<[string, Match[]]>([
    // iptables' statistic match, as xt.c translates it.
    ['meta random & 2147483647 < 429496730', [random(429496730 / 2 ** 31)]],
    ['meta random & 2147483647 >= 429496730', [random(1 - 429496730 / 2 ** 31)]],
    ['numgen random mod 3 != 0', [{ kind: 'random', negated: true, probability: 1 / 3 }]],
    ['mark and 0x4000 == 0x4000', [mark(0x4000, 0x4000)]],
    ['meta mark & (0x1 | 0x2) == 0x2', [unknown('meta mark & (0x00000001 | 0x00000002) == 0x00000002')]],
    ['meta mark ^ 0x00000003 == 0x00000001', [mark(2)]],
    ['meta mark 0xffffffff', [mark(0xffffffff)]],
    ['ct state != { new, untracked }', [{ kind: 'conntrack', negated: true, states: ['NEW', 'UNTRACKED'] }]],
    ['ct state 0x8', [states('NEW')]],
    ['ct state nonsense', [unknown('ct state nonsense')]],
    ['meta nfproto != ipv6', [{ ...only(6), negated: true } as Match]],
    ['meta protocol { ip, ip6 }', [{ kind: 'always', text: 'meta protocol { ip, ip6 }' }]],
    ['meta protocol arp', [unknown('meta protocol arp')]],
    ['@th,16,16 80', [dport([80, 80])]],
    ['vxlan tcp dport 80', [protocol('tcp'), unknown('vxlan tcp dport 80')]],
    ['iifname eth0', [iifname('eth0')]],
    ['xt match "recent"', [unknown('xt match recent')]],
    ['xt match "tcp"', [unknown('xt match tcp')]],
    ['xt match "nfacct"', [{ kind: 'always', text: 'xt match nfacct' }]],
    ['xt match "comment"', []],
    ['tcp flags & (fin | syn | rst | ack) == syn', [protocol('tcp'), flags(0x17, 2)]],
    ['something 5', [unknown('something 5')]],
  ])('%s', (text, matches) => {
    expect(ruleOf(`${text} accept`)).toMatchObject({ matches, actions: [accept] })
  })

  it('leaves out what a match of the same rule says', () => {
    expect(ruleOf('meta l4proto tcp tcp dport 80 tcp sport 1-9 accept').matches).toHaveLength(3)
    expect(ruleOf('ip saddr 10.0.0.0/8 ip daddr != 10.0.0.1 accept').matches.map(({ kind }) => kind)).toEqual([
      'address',
      'address',
    ])
    expect(ruleOf('ip saddr != 10.0.0.1 accept').matches[0]).toEqual(only(4))
    expect(ruleOf('ip saddr != 10.0.0.1 accept', 'ip').matches).toHaveLength(1)
  })

  it('makes prefixes of ranges of addresses', () => {
    const [match] = ruleOf('ip saddr 10.0.0.1-10.0.0.9 accept').matches
    expect(match?.kind === 'address' && match.cidrs?.map(formatCidr)).toEqual([
      '10.0.0.1',
      '10.0.0.2/31',
      '10.0.0.4/30',
      '10.0.0.8/31',
    ])
    const [v6] = ruleOf('ip6 daddr fd00::-fd00::1 accept').matches
    expect(v6?.kind === 'address' && v6.cidrs?.map(formatCidr)).toEqual(['fd00::/127'])
  })

  it('reads concatenations in the rule itself', () => {
    const { matches } = ruleOf('ip saddr . tcp dport { 10.0.0.1 . 80, 10.0.0.2 . 443-444 } accept', 'ip')
    expect(matches).toMatchObject([
      protocol('tcp'),
      {
        kind: 'oneOf',
        negated: false,
        fields: [
          { kind: 'address', side: 'source' },
          { kind: 'port', side: 'destination' },
        ],
        elements: [
          [{ kind: 'prefix' }, { kind: 'range', low: 80, high: 80 }],
          [{ kind: 'prefix' }, { kind: 'range', low: 443, high: 444 }],
        ],
      },
    ])
  })
})

describe('actions', () => {
  it.each<[string, Action[]]>([
    [
      'meta mark set meta mark & 0xffff12ff | 0x00001200',
      [{ kind: 'mark', of: 'packet', and: 0xffff00ff, xor: 0x1200 }],
    ],
    ['meta mark set 0x00000005', [{ kind: 'mark', of: 'packet', and: 0, xor: 5 }]],
    ['ct mark set meta mark', [{ kind: 'copyMark', direction: 'save', mask: 0xffffffff }]],
    ['meta mark set ct mark', [{ kind: 'copyMark', direction: 'restore', mask: 0xffffffff }]],
    ['meta mark set ct mark & 0x000000ff', [{ kind: 'unknown', text: 'meta mark set ct mark & 0x000000ff' }]],
    ['meta mark set numgen inc mod 2', [{ kind: 'unknown', text: 'meta mark set numgen inc mod 2' }]],
    ['notrack', [{ kind: 'notrack' }]],
    ['ct helper set "ftp-standard"', [{ kind: 'none', text: 'ct helper set "ftp-standard"' }]],
    ['meta priority set 1:2', [{ kind: 'none', text: 'meta priority set 1:2' }]],
    ['ct zone set 5', [{ kind: 'unknown', text: 'ct zone set 5' }]],
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
    expect(lines).toContain(text)
    expect(ruleOf(text)).toMatchObject({ matches: [], actions })
  })

  it.each<[string, Action[]]>([
    ['mark set mark or 0x4000', [{ kind: 'mark', of: 'packet', and: 0xffffbfff, xor: 0x4000 }]],
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
      { kind: 'unknown', text: 'dnat to ip daddr map { 1.1.1.1 : 10.0.0.1 }' },
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
    ['snat to 1.2.3.4-1.2.3.9:1000-2000', { kind: 'snat', to: '1.2.3.4-1.2.3.9:1000-2000' }],
    ['snat ip6 to [fd00::1]:80', { kind: 'snat', to: '[fd00::1]:80' }],
    ['redirect to :8080', { kind: 'redirect', port: 8080 }],
    ['redirect', { kind: 'redirect', port: null }],
    ['redirect to :8080-8090', { kind: 'unknown', text: 'redirect to :8080-8090' }],
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
    expect(lines).toContain(text)
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
