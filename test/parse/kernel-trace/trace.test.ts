import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseKernelChains } from '../../../src/parse/kernel-trace/chains.ts'
import { parseKernelTrace } from '../../../src/parse/kernel-trace/trace.ts'

const fixture = (name: string, file: string): string =>
  readFileSync(new URL(`../../fixtures/kernel-trace/${name}/${file}`, import.meta.url), 'utf8')

const traceOf = (name: string) => parseKernelTrace(fixture(name, 'kernel-trace.txt'), 'kernel-trace.txt')

const RECORDED = [
  'nft-1.0.6-iptables-nft-ipv4',
  'nft-1.0.6-iptables-nft-ipv6',
  'nft-1.0.6-nft-ipv4',
  'nft-1.0.6-nft-ipv6',
]

describe('nft monitor trace', () => {
  test.each(RECORDED)('%s: every packet, whole', (name) => {
    const { packets, whole, problems } = traceOf(name)
    expect({ whole, problems, packets: packets.length }).toEqual({ whole: true, problems: [], packets: 6 })
    expect(packets.every((one) => one.whole && one.sent.destinationPort === 80)).toBe(true)
    expect(packets.map(({ hook }) => hook).sort()).toEqual([...Array(2).fill('output'), ...Array(4).fill('prerouting')])
  })

  test('a packet of a pod: its rules with their numbers and verdicts, and where the kernel led it', () => {
    const { packets } = traceOf('nft-1.0.6-nft-ipv6')
    const packet = packets.find(({ sent }) => sent.source === 'fd00:1::2' && sent.destination === 'fd00:96::1')!
    expect(packet.sent).toMatchObject({ protocol: 'tcp', inInterface: 'cni0', destinationPort: 80 })
    expect(packet.last).toMatchObject({ destination: 'fd00:2::1', destinationPort: 8080 })
    const told = packet.events.map(({ kind, chain, handle, verdict }) => `${kind} ${chain} ${handle} ${verdict.text}`)
    // What follows DNAT came under another id: the bridge handed it up.
    expect(told).toEqual([
      'rule filter-prerouting-pre-dnat 36 jump firewall-check',
      'policy filter-prerouting-pre-dnat null accept',
      'rule nat-prerouting 44 jump services',
      'rule services 32 goto service-0',
      'rule service-0 48 accept',
      'rule filter-input 38 jump nodeport-endpoints-check',
      'rule filter-input 39 jump service-endpoints-check',
      'policy filter-input null accept',
    ])
  })

  test('what the node sends to itself comes in again, and is one packet', () => {
    const { packets } = traceOf('nft-1.0.6-nft-ipv6')
    const own = packets.find(({ hook, sent }) => hook === 'output' && sent.destination === 'fd00:96::1')!
    expect(own.last).toMatchObject({ inInterface: 'lo', destination: 'fd00:2::1', destinationPort: 8080 })
    const chains = own.events
      .filter(({ kind }) => kind === 'policy')
      .map(({ chain, verdict }) => `${chain} ${verdict.kind}`)
    // The mark that stands behind a policy is not a part of it.
    expect(chains).toEqual([
      'filter-output-pre-dnat accept',
      'filter-output accept',
      'filter-prerouting-pre-dnat accept',
      'filter-input accept',
    ])
  })

  test('a rule that came after the monitor is known by its number', () => {
    const { packets } = traceOf('nft-1.0.6-iptables-nft-ipv4')
    const lines = parse(
      'trace id 1 inet svcpath-trace-1 prerouting packet: iif "eth0" ip saddr 10.0.0.1 ip daddr 10.96.0.1 ip id 7 tcp sport 40000 tcp dport 80 ',
      'trace id 1 inet svcpath-trace-1 prerouting unknown rule handle 4 (verdict continue)',
      'trace id 1 ip nat PREROUTING unknown rule handle 12 (verdict jump KUBE-SERVICES)',
      'trace id 1 ip nat PREROUTING conntrack: ct direction original ct state new ct id 3 ',
      'trace id 1 ip nat KUBE-SERVICES verdict return ',
      'trace id 1 ip filter FORWARD policy drop meta mark 0x00004000 ',
    )
    expect(packets.length).toBe(6)
    expect(lines.packets[0]!.events.map(({ kind, handle, verdict }) => [kind, handle, verdict.kind])).toEqual([
      ['rule', 12, 'jump'],
      ['return', null, 'return'],
      ['policy', null, 'drop'],
    ])
    expect([lines.whole, lines.problems]).toEqual([true, []])
  })

  test('a rule with a comment that looks like a verdict, and one that goes on in the next line', () => {
    const { packets, whole } = parse(
      ASKED,
      'trace id 1 ip f c rule ip daddr 10.96.0.1 accept comment "(verdict drop)" # handle 9 (verdict accept)',
      'trace id 1 ip f c rule ip saddr { 10.0.0.1,',
      '\t\t\t 10.0.0.2 } drop # handle 10 (verdict drop)',
    )
    expect(packets[0]!.events.map(({ handle, verdict, text }) => [handle, verdict.kind, text])).toEqual([
      [9, 'accept', 'ip daddr 10.96.0.1 accept comment "(verdict drop)"'],
      [10, 'drop', 'ip saddr { 10.0.0.1, 10.0.0.2 } drop'],
    ])
    expect(whole).toBe(true)
  })

  test('packets that others trace are left aside', () => {
    const { packets } = parse(
      'trace id 7 ip filter INPUT packet: iif "eth0" ip saddr 10.0.0.1 ip daddr 10.0.0.2 tcp sport 1 tcp dport 2 ',
      'trace id 7 ip filter INPUT policy accept ',
      ASKED,
    )
    expect(packets.map(({ sent }) => sent.destination)).toEqual(['10.96.0.1'])
  })

  test.each([
    ['no end', [], false],
    ['lost messages', ['# told to the end, 3 lost'], false],
    ['another end', ['# told to the end, none lost'], false],
    ['its end', ['# told to the end, 0 lost'], true],
  ])('with %s', (_, ends, whole) => {
    const read = parseKernelTrace([ASKED, 'trace id 1 ip f c policy accept ', ...ends, ''].join('\n'), 'f')
    expect([read.whole, read.packets.map((one) => one.whole)]).toEqual([whole, [whole]])
  })

  test('junk between the lines of a packet makes it less than whole', () => {
    const { packets, whole, problems } = parse(ASKED, 'nft: internal error', 'trace id 1 ip f c policy accept ')
    expect([packets[0]!.whole, whole, problems.length]).toEqual([false, false, 1])
  })

  test('cut anywhere, it tells no more than the beginning of the truth', () => {
    const text = fixture('nft-1.0.6-iptables-nft-ipv6', 'kernel-trace.txt')
    const all = parseKernelTrace(text, 'f').packets
    fc.assert(
      fc.property(fc.nat(text.length - 1), (end) => {
        const cut = parseKernelTrace(text.slice(0, end), 'f')
        expect(cut.whole).toBe(false)
        for (const packet of cut.packets) {
          expect(packet.whole).toBe(false)
          const same = all.find(({ sent }) => JSON.stringify(sent) === JSON.stringify(packet.sent))
          const whole = cut.packets.length > 0 && end > 0 ? packet.events.slice(0, -1) : packet.events
          if (same) expect(same.events.slice(0, whole.length)).toEqual(whole)
        }
      }),
    )
  })

  test('any text is read without an error', () => {
    const words = [
      'trace id ',
      '1 ',
      'ip ',
      'nat ',
      'X ',
      'rule ',
      'packet: ',
      '(verdict ',
      'drop) ',
      'policy ',
      '\n',
      '# ',
    ]
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.constantFrom(...words), fc.string())), (parts) => {
        expect(parseKernelTrace(parts.join(''), 'f').whole).toBe(false)
      }),
    )
  })
})

describe('the chains that a trace came through', () => {
  test.each(RECORDED)('%s: each of its rules is there, by its number', (name) => {
    const rules = parseKernelChains(fixture(name, 'kernel-trace-chains.txt'), saved(name))
    const known = new Set(rules.map(({ family, table, chain, handle }) => `${family} ${table} ${chain} ${handle}`))
    const met = traceOf(name).packets.flatMap(({ events }) => events.filter(({ kind }) => kind === 'rule'))
    expect(met.length).toBeGreaterThan(20)
    expect(met.filter((one) => !known.has(`${one.family} ${one.table} ${one.chain} ${one.handle}`))).toEqual([])
  })

  test('a rule in both languages', () => {
    const name = 'nft-1.0.6-iptables-nft-ipv4'
    const rules = parseKernelChains(fixture(name, 'kernel-trace-chains.txt'), saved(name))
    const [first] = rules.filter(({ chain }) => chain === 'KUBE-SVC-0')
    expect(first).toMatchObject({ family: 'ip', table: 'nat' })
    expect(first!.iptables?.[0]?.source.text).toContain('-j KUBE-MARK-MASQ')
    expect(first!.nft[0]?.source.text).toContain('jump KUBE-MARK-MASQ')
  })

  test('where one of the lists lacks a rule, no rule is taken for another', () => {
    const name = 'nft-1.0.6-iptables-nft-ipv4'
    const less = saved(name).replace(/^-A KUBE-SVC-0 .*\n/m, '')
    const rules = parseKernelChains(fixture(name, 'kernel-trace-chains.txt'), less)
    expect(rules.filter(({ chain }) => chain === 'KUBE-SVC-0').every(({ iptables }) => iptables === null)).toBe(true)
  })
})

const ASKED = [
  'trace id 1 inet svcpath-trace-1 prerouting packet: iif "eth0" ip saddr 10.0.0.1 ip daddr 10.96.0.1 ip id 7 tcp sport 40000 tcp dport 80 ',
  'trace id 1 inet svcpath-trace-1 prerouting rule ip daddr 10.96.0.1 meta nftrace set 1 # handle 4 (verdict continue)',
].join('\n')

const parse = (...lines: string[]) => parseKernelTrace([...lines, '# told to the end, 0 lost', ''].join('\n'), 'f')

const saved = (name: string): string => (name.includes('iptables') ? fixture(name, 'kernel-trace-iptables.txt') : '')
