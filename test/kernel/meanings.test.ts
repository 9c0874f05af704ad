import { describe, expect, test } from 'vitest'
import { sendPacket } from '../../src/kernel/hooks.ts'
import type { Packet } from '../../src/kernel/packet.ts'
import { single } from '../../src/model/address.ts'
import type { NodeState } from '../../src/model/node.ts'
import type { Ruleset } from '../../src/model/rules.ts'
import { parseIpsets } from '../../src/parse/ipset/ipset.ts'
import { parseSave } from '../../src/parse/iptables/save.ts'
import { KUBE_PROXY_NAMES } from '../../src/proxies/kube-proxy/walk-names.ts'
import { NOTHING } from '../nothing.ts'
import { nat, packet, rules, told, walk, within } from '../trace/build.ts'

/** What becomes of a packet: one word a way. */
function fates(rulesets: Ruleset[], sent: Packet = packet(), node: Partial<NodeState> = {}): string[] {
  const aids = { names: KUBE_PROXY_NAMES, stations: [], starts: [], resolve: () => null }
  const { all } = sendPacket({ ...NOTHING, ...node, rulesets }, 'prerouting', sent, aids)
  return all.map(({ fate }) => fate)
}

describe('what conntrack took down', () => {
  const translated =
    '*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -d 10.96.0.1 -p tcp -j DNAT --to-destination 10.1.3.2:8080\nCOMMIT\n'
  const filter = (asked: string) => `*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD ${asked} -j REJECT\nCOMMIT\n`
  const asked = (text: string, sent?: Packet) => fates([rules(translated + filter(text))], sent)[0]

  test.each([
    ['--ctorigdst 10.96.0.1 --ctorigdstport 80', 'reject'],
    ['--ctorigdst 10.96.0.1 --ctorigdstport 8080', 'forwarded'],
    ['--ctorigdst 10.1.3.2', 'forwarded'],
    ['! --ctorigdst 10.1.3.2', 'reject'],
    ['--ctorigsrc 10.1.0.0/16', 'reject'],
    ['--ctreplsrc 10.1.3.2 --ctreplsrcport 8080', 'reject'],
    ['--ctrepldst 10.1.1.2', 'reject'],
    ['--ctproto 6', 'reject'],
    ['--ctproto 17', 'forwarded'],
    ['--ctdir ORIGINAL', 'reject'],
    ['--ctdir REPLY', 'forwarded'],
    ['--ctstatus SEEN_REPLY', 'forwarded'],
    ['! --ctstatus ASSURED,CONFIRMED', 'reject'],
    ['--ctstatus NONE', 'forwarded'],
  ])('-m conntrack %s', (options, fate) => expect(asked(`-m conntrack ${options}`)).toBe(fate))

  test.each([
    ['ct original ip daddr 10.96.0.1 meta l4proto tcp ct original proto-dst 80', 'reject'],
    ['ct original ip daddr != 10.96.0.1', 'forwarded'],
    ['ct reply ip saddr 10.1.3.2', 'reject'],
    ['ct direction original', 'reject'],
    ['ct direction reply', 'forwarded'],
    ['ct status seen-reply', 'forwarded'],
    ['ct original ip daddr . ct original proto-dst { 10.96.0.1 . 80 }', 'reject'],
  ])('%s', (text, fate) => {
    const nft = rules(`table ip t { chain f { type filter hook forward priority 0; ${text} reject } }`)
    expect(fates([rules(translated), nft])[0]).toBe(fate)
  })

  test('is nothing where there is no entry; beside a state it is not asked', () => {
    const untracked = packet({ untracked: true })
    const dropped = (text: string) => told(walk(nat(`A: -m conntrack ${text} -j DROP`), 'A', untracked))
    expect(dropped('--ctorigdst 10.96.0.1')).toEqual(['returned'])
    expect(dropped('! --ctorigdst 10.96.0.9')).toEqual(['returned'])
    expect(dropped('--ctstate UNTRACKED --ctorigdst 10.96.0.9')).toEqual(['drop'])
    expect(dropped('--ctdir ORIGINAL')).toEqual(['returned'])
  })
})

describe('translations to one of several', () => {
  test.each([
    ['REDIRECT --to-ports 8080-8090', 'redirect 8080-8090'],
    ['REDIRECT --to-ports 8080', 'redirect 8080'],
    ['DNAT --to-destination 10.1.3.2-10.1.3.9:80-90', 'dnat 10.1.3.2-10.1.3.9:80-90'],
    ['DNAT --to-destination 10.1.3.2:80-90/1000', 'dnat 10.1.3.2:80-90'],
    ['DNAT --to-destination :80-90', 'dnat :80-90'],
    ['DNAT --to-destination [fd00::1-fd00::9]:80-90', 'dnat fd00::1-fd00::9:80-90'],
    ['DNAT --to-destination [fd00::1]-[fd00::9]:80-90', 'dnat fd00::1-fd00::9:80-90'],
    ['DNAT --to-destination fd00::1-fd00::9', 'dnat fd00::1-fd00::9'],
  ])('%s', (target, verdict) => expect(told(walk(nat(`A: -p tcp -j ${target}`), 'A'))).toEqual([verdict]))

  test('a port of the range, known by the rules that come after', () => {
    const text = (port: string) =>
      rules(
        `*nat\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp -j DNAT --to-destination 10.1.3.2:8080-8090\nCOMMIT\n*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -p tcp -m tcp --dport ${port} -j DROP\nCOMMIT\n`,
      )
    expect(fates([text('8080:8090')])).toEqual(['drop'])
    expect(fates([text('80')])).toEqual(['forwarded'])
    expect(fates([text('8081')]).sort()).toEqual(['drop', 'forwarded'])
  })

  test("nft's maps from ranges and from several fields", () => {
    const chain = (text: string) => told(walk(rules(`table ip t { chain A { ${text} } }`), 'A'))
    expect(chain('dnat to tcp dport map { 70-90 : 10.2.2.2, 100 : 10.2.2.3 }')).toEqual(['dnat 10.2.2.2'])
    expect(chain('dnat to tcp dport map { 90-99 : 10.2.2.2 }')).toEqual(['returned'])
    expect(chain('dnat ip to ip daddr . tcp dport map { 10.96.0.1 . 80 : 10.2.2.2 . 8080 }')).toEqual([
      'dnat 10.2.2.2:8080',
    ])
    expect(chain('ip daddr . tcp dport vmap { 10.96.0.0/24 . 70-90 : drop, 10.97.0.0/24 . 80 : accept }')).toEqual([
      'drop',
    ])
  })

  test('a source of a range', () => {
    const text = (to: string) =>
      rules(
        `*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -p tcp -j SNAT --to-source ${to}\nCOMMIT\n*mangle\n:POSTROUTING ACCEPT [0:0]\nCOMMIT\n`,
      )
    const leaving = (to: string, source: string) => [
      text(to),
      rules(`table ip t { chain p { type filter hook postrouting priority 300; ip saddr ${source} drop } }`),
    ]
    expect(fates(leaving('192.0.2.4-192.0.2.7', '192.0.2.4/30'))).toEqual(['drop'])
    expect(fates(leaving('192.0.2.4-192.0.2.7:1024-2048', '192.0.2.0/30'))).toEqual(['forwarded'])
    expect(fates(leaving(':1024-2048', '10.1.1.2'))).toEqual(['drop'])
  })
})

describe('ipsets', () => {
  const ipsets = parseIpsets('create s hash:ip family inet\nadd s 10.1.1.9\n', 'ipset.txt').items
  const asked = (...lines: string[]) =>
    fates(
      [rules(`*mangle\n:PREROUTING ACCEPT [0:0]\n${lines.map((line) => `-A PREROUTING ${line}\n`).join('')}COMMIT\n`)],
      packet(),
      { ipsets },
    )

  test('that no rule changes hold what they hold, others it may be more', () => {
    expect(asked('-m set --match-set s src -j DROP')).toEqual(['forwarded'])
    const added = asked('-j SET --add-set s src', '-m set --match-set s src -j DROP')
    expect(added.sort()).toEqual(['drop', 'forwarded'])
  })
})

describe('marks', () => {
  const after = (
    rule: string,
    sent = packet({ mark: { value: 0x12, known: 0xffffffff }, connectionMark: { value: 0x345, known: 0xffffffff } }),
  ) => {
    const [flow] = walk(rule.startsWith('table') ? rules(rule) : nat(`A: ${rule}`), 'A', sent).returned
    return [flow!.mark, flow!.connectionMark].map(({ value, known }) =>
      known === 0xffffffff ? value : `?${known.toString(16)}`,
    )
  }

  test.each([
    ['-j CONNMARK --set-xmark 0x1/0xff --left-shift-mark 4', [0x12, 0x3010]],
    ['-j CONNMARK --set-xmark 0x0/0x0 --right-shift-mark 4', [0x12, 0x34]],
    ['-j CONNMARK --save-mark --nfmask 0xf --ctmask 0xf0 --left-shift-mark 4', [0x12, 0x325]],
    ['-j CONNMARK --save-mark --nfmask 0xff --ctmask 0x0', [0x12, 0x345 ^ 0x12]],
    ['-j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xf00 --right-shift-mark 8', [0x3, 0x345]],
    ['-j CONNMARK --restore-mark --nfmask 0x0 --ctmask 0xf', [0x12 ^ 0x5, 0x345]],
    ['-j SET --map-set s src --map-mark', ['?0', 0x345]],
    ['-j SET --add-set s src', [0x12, 0x345]],
    ['table ip t { chain A { ct mark set meta mark & 0xf } }', [0x12, 0x2]],
    ['table ip t { chain A { meta mark set ct mark & 0xff | 0x100 } }', [0x145, 0x345]],
    ['table ip t { chain A { ct mark set (ct mark & 0xff) << 4 } }', [0x12, 0x450]],
    ['table ip t { chain A { meta mark set ct mark >> 4 } }', [0x34, 0x345]],
    ['table ip t { chain A { meta mark set numgen inc mod 4 } }', ['?0', 0x345]],
  ])('%s', (rule, marks) => expect(after(rule)).toEqual(marks))

  test('a value with bits outside its mask is never found', () => {
    expect(
      told(walk(nat('A: -m mark --mark 5/1 -j DROP'), 'A', packet({ mark: { value: 1, known: 0xffffffff } }))),
    ).toEqual(['returned'])
  })

  test("nft's rule ends where it reads the mark of no entry", () => {
    const table = rules('table ip t { chain A { meta mark set ct mark accept } }')
    expect(told(walk(table, 'A'))).toEqual(['accept'])
    expect(told(walk(table, 'A', packet({ untracked: true })))).toEqual(['returned'])
  })
})

describe('addresses and what they are', () => {
  const route = (family: 4 | 6, type: string, destination: string, table = 'local') => ({
    ...{ family, destination, type, hops: [{ gateway: null, device: 'eth0' }], table, metric: 0, source: null },
  })
  const routes = [
    route(4, 'local', '10.1.1.1'),
    route(4, 'broadcast', '10.1.1.255'),
    route(6, 'local', 'fd00:1::1'),
    route(6, 'anycast', 'fd00:1::'),
    route(6, 'unicast', 'fd00:1::/64', 'main'),
  ]
  const four = (address: string) => packet({ destination: single(address), destinationLocal: address === '10.1.1.1' })
  const six = (address: string) =>
    packet({ source: single('fd00:1::2'), destination: single(address), destinationLocal: address === 'fd00:1::1' })
  const saved = ({ destination }: Packet, text: string) =>
    parseSave(
      `# Generated by ${destination.family === 4 ? 'iptables' : 'ip6tables'}-save v1.8.9 on x
${text}`,
      'x',
    )
  const asked = (rule: string, sent: Packet) =>
    fates(
      [saved(sent, `*mangle\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -m addrtype ${rule} -j DROP\nCOMMIT\n`)],
      sent,
      {
        routes,
      },
    ).includes('drop')

  test.each([
    ['10.1.1.1', 'LOCAL'],
    ['10.1.1.255', 'BROADCAST'],
    ['255.255.255.255', 'BROADCAST'],
    ['224.0.0.1', 'MULTICAST'],
    ['10.1.1.2', 'UNICAST'],
    ['10.96.0.1', 'UNICAST'],
  ])('%s is %s', (address, type) => {
    const types = ['LOCAL', 'BROADCAST', 'MULTICAST', 'UNICAST', 'ANYCAST', 'UNREACHABLE', 'BLACKHOLE']
    expect(types.filter((one) => asked(`--dst-type ${one}`, four(address)))).toEqual([type])
    expect(asked(`! --dst-type ${type}`, four(address))).toBe(false)
  })

  test.each([
    ['fd00:1::1', ['LOCAL', 'UNICAST', 'UNICAST,LOCAL']],
    ['fd00:1::2', ['UNICAST']],
    ['fd00:1::', ['UNICAST', 'ANYCAST']],
    ['fd00:9::1', ['UNICAST', 'UNREACHABLE']],
    ['ff02::1', ['MULTICAST', 'UNREACHABLE']],
  ])('of IPv6 %s is %s, as ip6tables has it', (address, held) => {
    const types = ['LOCAL', 'MULTICAST', 'UNICAST', 'ANYCAST', 'UNREACHABLE', 'UNICAST,LOCAL']
    expect(types.filter((one) => asked(`--dst-type ${one}`, six(address))).sort()).toEqual([...held].sort())
  })

  test('iprange', () => {
    const range = (text: string) => told(walk(nat(`A: -m iprange ${text} -j DROP`), 'A'))
    expect(range('--src-range 10.1.1.1-10.1.1.9')).toEqual(['drop'])
    expect(range('--src-range 10.1.1.3-10.1.1.9')).toEqual(['returned'])
    expect(range('! --dst-range 10.96.0.0-10.96.0.9')).toEqual(['returned'])
    const vague = packet({ source: within('10.1.1.0/24') })
    expect(told(walk(nat('A: -m iprange --src-range 10.1.1.7-10.1.1.12 -j DROP'), 'A', vague))).toHaveLength(2)
  })

  test('flags of TCP: SYN alone, or with what asks for ECN', () => {
    const flags = (text: string) => told(walk(rules(`table ip t { chain A { tcp flags ${text} drop } }`), 'A')).length
    expect(flags('& (fin | syn | rst | ack) == syn')).toBe(1)
    expect(flags('== syn')).toBe(2)
    expect(told(walk(nat('A: -p tcp -m tcp --tcp-flags SYN,ACK SYN -j DROP'), 'A'))).toEqual(['drop'])
    expect(told(walk(nat('A: -p tcp -m tcp ! --syn -j DROP'), 'A'))).toEqual(['returned'])
  })
})

test('what another host sent comes by no loopback interface, whichever it came by', () => {
  const text = '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -i lo -j ACCEPT\n-A FORWARD -i veth+ -j DROP\nCOMMIT\n'
  const sent = (sourceLocal: boolean) => fates([rules(text)], packet({ inInterface: null, sourceLocal }))
  expect(sent(false)).toHaveLength(2)
  expect(sent(true).length).toBeGreaterThan(2)
})
