/** What single tests mean: those that nft prints in test/fixtures/nft-listings, and others. */
import { describe, expect, it } from 'vitest'
import { formatCidr } from '../../../src/model/address.ts'
import type { Match } from '../../../src/model/rules.ts'
import { ruleOf, shapeLines } from './listings.ts'
import { accept, addressType, dport, flags, iifname, mark, only, protocol, random, states, unknown } from './matches.ts'

describe('tests', () => {
  it.each<[string, Match[]]>([
    ['ct state established,related', [states('ESTABLISHED', 'RELATED')]],
    ['ct state { established, new }', [states('ESTABLISHED', 'NEW')]],
    ['ct status dnat', [states('DNAT')]],
    [
      'ct direction original',
      [
        {
          kind: 'connection',
          direction: 'original',
          negated: false,
          of: { kind: 'always', text: 'ct direction' },
          besideState: false,
        },
      ],
    ],
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
    expect([...shapeLines].some((line) => line.startsWith(`${text} `))).toBe(true)
    expect(ruleOf(`${text} accept`)).toMatchObject({ matches, actions: [accept] })
  })

  it.each<[string, Match[]]>([
    // iptables' statistic match, as xt.c translates it.
    ['meta random & 2147483647 < 429496730', [random(429496730 / 2 ** 31)]],
    ['meta random & 2147483647 >= 429496730', [random(1 - 429496730 / 2 ** 31)]],
    ['numgen random mod 3 != 0', [{ kind: 'random', negated: true, probability: 1 / 3 }]],
    ['mark and 0x4000 == 0x4000', [mark(0x4000, 0x4000)]],
    ['meta mark & (0x1 | 0x2) == 0x2', [mark(2, 3)]],
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
