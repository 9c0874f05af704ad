import { describe, expect, it } from 'vitest'
import { parseConntrack } from '../../../src/parse/host/conntrack.ts'
import { fixture, hostTool, readsLineByLine, survivesJunk } from './fixture.ts'

const capture = (name: string) => fixture(`nodes/${name}/n1/conntrack.txt`)
const tuple = (
  source: string,
  destination: string,
  sourcePort: number | null = null,
  destinationPort: number | null = null,
) => ({
  source,
  destination,
  sourcePort,
  destinationPort,
})

describe('conntrack -L -o extended', () => {
  it('reads every entry of a node', () => {
    const { items, problems } = parseConntrack(capture('k8s-1.36-iptables-nft-bridge'), 'f')
    expect(problems).toEqual([])
    expect(items).toHaveLength(346)
    expect(items.filter((entry) => entry.assured)).toHaveLength(185)
    expect(items[2]).toEqual({
      protocol: 'tcp',
      state: 'TIME_WAIT',
      timeout: 118,
      original: tuple('10.244.1.3', '10.96.201.243', 56468, 80),
      reply: tuple('10.244.1.4', '10.244.1.3', 8080, 56468),
      assured: true,
      unreplied: false,
      source: {
        line: 3,
        text:
          'ipv4     2 tcp      6 118 TIME_WAIT src=10.244.1.3 dst=10.96.201.243 sport=56468 dport=80 ' +
          'src=10.244.1.4 dst=10.244.1.3 sport=8080 dport=56468 [ASSURED] mark=0 use=1',
      },
    })
  })

  it('counts the ten requests that came to the node port, as traffic.txt says', () => {
    const { items } = parseConntrack(capture('k8s-1.36-iptables-nft-bridge'), 'f')
    const toNodePort = items.filter((entry) => entry.original.destinationPort === 30080)
    expect(toNodePort).toHaveLength(10)
    expect(new Set(toNodePort.map((entry) => entry.original.destination))).toEqual(new Set(['172.30.0.11']))
    expect(new Set(toNodePort.map((entry) => entry.reply.sourcePort))).toEqual(new Set([8080]))
  })

  it('finds the UDP entry to a DNS pod that is gone', () => {
    const { items } = parseConntrack(capture('broken-mixed-backends-and-kernel'), 'f')
    expect(items.filter((entry) => entry.reply.source === '10.244.2.222')).toMatchObject([
      { protocol: 'udp', state: null, timeout: 107, unreplied: true, assured: false, source: { line: 201 } },
    ])
  })

  it('reads IPv6', () => {
    const { items, problems } = parseConntrack(capture('k8s-1.36-iptables-nft-dualstack-bridge'), 'f')
    expect(problems).toEqual([])
    expect(items.filter((entry) => entry.original.source.includes(':'))).toHaveLength(20)
    expect(items[1]).toMatchObject({
      original: tuple('fd00:10:244:1::3', 'fd00:10:96::8592', 58076, 80),
      reply: tuple('fd00:10:244:2::4', 'fd00:10:244:1::3', 8080, 58076),
    })
  })

  it('calls a protocol without a name by its number', () => {
    const { items } = parseConntrack(capture('k8s-1.36-iptables-nft-bridge'), 'f')
    expect(items.find((entry) => entry.source.line === 169)).toMatchObject({
      protocol: '2',
      timeout: 589,
      unreplied: true,
      original: tuple('10.244.1.1', '224.0.0.22'),
    })
  })
})

describe('every form', () => {
  for (const file of ['conntrack.txt', 'conntrack-extended-id.txt', 'proc-net-nf_conntrack.txt']) {
    it(`reads the same from ${file}`, () => {
      const { items, problems } = parseConntrack(hostTool(file), 'f')
      expect(problems).toEqual([])
      const byProtocol = new Map(items.map((entry) => [entry.protocol, entry]))
      expect([...byProtocol.keys()].sort()).toEqual(['gre', 'icmp', 'icmpv6', 'sctp', 'tcp', 'udp'])
      expect(byProtocol.get('icmp')).toMatchObject({
        original: tuple('10.0.0.1', '8.8.8.8'),
        timeout: 169,
        state: null,
      })
      expect(byProtocol.get('icmpv6')?.reply).toEqual(tuple('fd00::3', 'fd00::1'))
      expect(byProtocol.get('sctp')).toMatchObject({
        state: null,
        original: tuple('10.0.0.1', '10.0.0.2', 36412, 36412),
      })
      expect(byProtocol.get('udp')?.original).toEqual(tuple('fd00::1', 'fd00::2', 1000, 53))
      expect(byProtocol.get('gre')).toMatchObject({ original: tuple('10.0.0.1', '10.0.0.3'), timeout: 469 })
      expect(byProtocol.get('tcp')).toMatchObject({ state: 'SYN_SENT', timeout: 469, unreplied: true })
    })
  }

  it('reads past zones, counters, labels and security contexts', () => {
    const line =
      'tcp 6 86399 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 zone-orig=1 packets=5 bytes=300 ' +
      'src=10.0.0.3 dst=10.0.0.1 sport=3 dport=1 packets=4 bytes=200 [ASSURED] mark=0 secctx=system_u:object_r:x:s0 ' +
      'zone=2 delta-time=4 [start=Fri Nov 21 10:00:00 2026] helper=ftp use=1 id=7 labels=a,b'
    expect(parseConntrack(line, 'f').items).toMatchObject([
      { original: tuple('10.0.0.1', '10.0.0.2', 1, 2), reply: tuple('10.0.0.3', '10.0.0.1', 3, 1), assured: true },
    ])
  })

  it('takes an offloaded flow for an assured one', () => {
    for (const word of ['[OFFLOAD]', '[HW_OFFLOAD]']) {
      const line = `tcp      6 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 ${word} mark=0 use=3`
      expect(parseConntrack(line, 'f').items).toMatchObject([{ assured: true, state: null, timeout: null }])
    }
  })
})

describe('what is no entry', () => {
  it('notices that the text is shorter than what conntrack showed', () => {
    const text = hostTool('conntrack.txt').split('\n').slice(0, 5).join('\n')
    expect(parseConntrack(text, 'f').problems).toEqual([
      { file: 'f', line: null, message: 'conntrack showed 6 entries, of which 4 are here' },
    ])
  })

  it('names the first lines of junk, and counts the rest', () => {
    const cut = 'udp 17 28 src=10.0.0.1 dst=10.0.0.2 sport=1 dport=53 [UNREPLIED] src=10.0.0.2\n'
    const { items, problems } = parseConntrack(`sh: conntrack: not found\n${cut.repeat(100)}`, 'f')
    expect(items).toEqual([])
    expect(problems).toHaveLength(21)
    expect(problems[0]).toEqual({ file: 'f', line: 1, message: 'not a conntrack entry: "sh: conntrack: not found"' })
    expect(problems[20]).toEqual({ file: 'f', line: null, message: '81 more problems in this file' })
  })

  it('gives no port that is none', () => {
    const line = 'udp 17 28 src=10.0.0.1 dst=10.0.0.2 sport=65536 dport=-1 src=10.0.0.2 dst=10.0.0.1 sport=x dport=53'
    expect(parseConntrack(line, 'f').items).toMatchObject([
      { original: tuple('10.0.0.1', '10.0.0.2', null, null), reply: tuple('10.0.0.2', '10.0.0.1', null, 53) },
    ])
  })

  survivesJunk(parseConntrack, hostTool('proc-net-nf_conntrack.txt'))
  readsLineByLine(parseConntrack, hostTool('conntrack-extended-id.txt'))
})
