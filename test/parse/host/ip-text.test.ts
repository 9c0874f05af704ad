import { describe, expect, it } from 'vitest'
import {
  parseIpLinkJson,
  parseIpNeighJson,
  parseIpRouteJson,
  parseIpRuleJson,
} from '../../../src/parse/host/ip-json.ts'
import { parseIpNeighText, parseIpRuleText } from '../../../src/parse/host/ip-text.ts'
import { parseIpLinkText } from '../../../src/parse/host/ip-text-link.ts'
import { parseIpRouteText } from '../../../src/parse/host/ip-text-route.ts'
import { fixture, hostTool, readsLineByLine, survivesJunk } from './fixture.ts'

describe('ip link and ip addr', () => {
  it('reads a node of 2016', () => {
    const { items, problems } = parseIpLinkText(fixture('samples/gke-1.2-kubenet/ip-addr-after.txt'), 'f')
    expect(problems).toEqual([])
    expect(items.map((link) => [link.index, link.name, link.master])).toEqual([
      [1, 'lo', null],
      [2, 'eth0', null],
      [4, 'cbr0', null],
      [6, 'veth49e9114', 'cbr0'],
      [8, 'veth4aace90', 'cbr0'],
      [10, 'vethc6746c9', 'cbr0'],
      [12, 'vethc9920da', 'cbr0'],
      [14, 'veth60f38a9', 'cbr0'],
      [16, 'veth100e966', 'cbr0'],
      [18, 'vethac3104f', 'cbr0'],
    ])
    expect(items[1]).toEqual({
      index: 2,
      name: 'eth0',
      kind: null,
      mac: '42:01:0a:84:00:02',
      mtu: 1460,
      up: true,
      master: null,
      peerIndex: null,
      addresses: [{ address: '10.132.0.2', prefix: 32 }],
    })
  })

  it('reads the same from text as from JSON', () => {
    expect(parseIpLinkText(hostTool('ip-addr.txt'), 'f')).toEqual(parseIpLinkJson(hostTool('ip-addr.json'), 'f'))
    const detailed = parseIpLinkText(hostTool('ip-d-addr.txt'), 'f')
    expect(detailed.problems).toEqual([])
    expect(detailed.items.map((link) => ({ ...link, addresses: [] }))).toEqual(
      parseIpLinkJson(hostTool('ip-d-link.json'), 'f').items,
    )
  })

  it('reads what BusyBox prints', () => {
    const { items, problems } = parseIpLinkText(hostTool('busybox-ip-addr.txt'), 'f')
    expect(problems).toEqual([])
    expect(items).toEqual(parseIpLinkJson(hostTool('ip-addr.json'), 'f').items)
  })

  it('reads the other end of a veth, and the prefix of a point-to-point address', () => {
    const { items } = parseIpLinkText(hostTool('ip-addr.txt'), 'f')
    expect(items.find((link) => link.name === 'veth1')).toMatchObject({ peerIndex: 6, up: false, master: 'br0' })
    expect(items.find((link) => link.name === 'veth0p')?.addresses[0]).toEqual({ address: '10.9.9.1', prefix: 32 })
  })

  it('names the line of what it does not know', () => {
    const { items, problems } = parseIpLinkText(
      'Device "x" does not exist.\n1: lo: <UP> mtu 65536\n    inet 1.2/x\n',
      'f',
    )
    expect(items.map((link) => link.name)).toEqual(['lo'])
    expect(problems).toEqual([
      { file: 'f', line: 1, message: 'not a line of ip link or ip addr: "Device \\"x\\" does not exist."' },
      { file: 'f', line: 3, message: 'not a line of ip link or ip addr: "inet 1.2/x"' },
    ])
  })

  survivesJunk(parseIpLinkText, hostTool('ip-d-addr.txt'))
})

describe('ip neigh', () => {
  it('reads the same from text as from JSON', () => {
    const { items } = parseIpNeighJson(hostTool('ip-neigh.json'), 'f')
    expect(items).toHaveLength(4)
    expect(parseIpNeighText(hostTool('ip-neigh.txt'), 'f')).toEqual({ items, problems: [] })
    expect(parseIpNeighText(hostTool('ip-s-neigh.txt'), 'f')).toEqual({ items, problems: [] })
  })

  it('reads what BusyBox prints', () => {
    expect(parseIpNeighText(hostTool('busybox-ip-neigh.txt'), 'f').items.slice(0, 2)).toEqual([
      { address: '10.1.0.254', device: 'br0', mac: null, states: ['FAILED'] },
      { address: '10.1.0.22', device: 'br0', mac: '02:00:00:00:00:02', states: ['STALE'] },
    ])
  })

  it('does not guess the device that `ip neigh show dev eth0` leaves out', () => {
    const { items, problems } = parseIpNeighText(
      '10.0.0.1 lladdr 02:00:00:00:00:01 REACHABLE\n10.0.0.2 dev e proxy',
      'f',
    )
    expect(items).toEqual([])
    expect(problems.map((problem) => problem.line)).toEqual([1])
  })

  survivesJunk(parseIpNeighText, hostTool('ip-neigh.txt'))
  readsLineByLine(parseIpNeighText, hostTool('ip-neigh.txt'))
})

describe('ip rule', () => {
  it('reads sources, tables and conditions', () => {
    const { items, problems } = parseIpRuleText(hostTool('ip-rule.txt'), 'f')
    expect(problems).toEqual([])
    expect(items.map((rule) => [rule.priority, rule.from, rule.table, rule.condition])).toEqual([
      [0, 'all', 'local', null],
      [100, 'all', '77', 'fwmark 0x80000/0xf0000'],
      [200, '10.1.0.0/24', '78', 'to 10.2.0.0/16 iif br0'],
      [300, '10.3.0.0/24', null, 'unreachable'],
      [301, '10.4.0.0/24', 'main', 'not suppress_prefixlength 0'],
      [302, 'all', null, 'to 10.5.0.1 goto 32766'],
      [303, 'all', '300', 'ipproto tcp sport 5 dport 80-90'],
      [304, '10.6.6.6', null, 'nop'],
      [305, 'all', '5', 'tos 0x10 oif br0 uidrange 0-5'],
      [306, 'all', null, 'l3mdev'],
      [32766, 'all', 'main', null],
      [32767, 'all', 'default', null],
    ])
    expect(parseIpRuleText(hostTool('ip-d-rule.txt'), 'f').items).toEqual(items)
    const judged = (rule: { condition: string | null }) => rule.condition === null
    expect(parseIpRuleJson(hostTool('ip-rule.json'), 'f').items.map(judged)).toEqual(items.map(judged))
  })

  it('reads IPv6, and what BusyBox prints', () => {
    expect(parseIpRuleText(hostTool('ip-6-rule.txt'), 'f').items[1]).toEqual({
      priority: 50,
      from: 'fd00:7::/64',
      table: '99',
      condition: null,
    })
    const busybox = parseIpRuleText(hostTool('busybox-ip-rule.txt'), 'f').items
    expect(busybox.find((rule) => rule.priority === 300)).toMatchObject({ table: null, condition: 'unreachable' })
    expect(busybox.find((rule) => rule.priority === 306)).toMatchObject({ table: null, condition: 'no table' })
  })

  survivesJunk(parseIpRuleText, hostTool('ip-rule.txt'))
  readsLineByLine(parseIpRuleText, hostTool('ip-rule.txt'))
})

describe('ip route', () => {
  const hidden = '10.64.0.0/24'

  it('reads the same from text as from JSON, but for the destination that JSON hides', () => {
    const fromText = parseIpRouteText(hostTool('ip-route-all.txt'), 'f').items
    expect(fromText).toHaveLength(42)
    expect(fromText.filter((route) => route.destination !== hidden)).toEqual(
      parseIpRouteJson(hostTool('ip-route-all.json'), 'f').items,
    )
    expect(parseIpRouteText(hostTool('ip-6-route-all.txt'), 'f').items).toEqual(
      parseIpRouteJson(hostTool('ip-6-route-all.json'), 'f').items,
    )
  })

  it('reads past an encapsulation', () => {
    const route = parseIpRouteText(hostTool('ip-route.txt'), 'f').items.find((one) => one.destination === hidden)
    expect(route).toMatchObject({ source: null, hops: [{ gateway: null, device: 'br0' }] })
  })

  it('reads the same with -d and -o', () => {
    const { items } = parseIpRouteText(hostTool('ip-route.txt'), 'f')
    expect(items).toHaveLength(12)
    expect(parseIpRouteText(hostTool('ip-d-route.txt'), 'f').items).toEqual(items)
    expect(parseIpRouteText(hostTool('ip-o-route.txt'), 'f').items).toEqual(items)
  })

  it('names the lines of routes that only hold for some packets', () => {
    expect(
      parseIpRouteText(hostTool('ip-route-all.txt'), 'f').problems.map((problem) => [problem.line, problem.message]),
    ).toEqual([
      [18, 'a route is left out, as it only holds for tos 0x10: "10.72.0.0/16 tos 0x10 via 10.1.0.9 dev br0"'],
      [28, expect.stringMatching(/^a route is left out, as it only holds for from fd00:8::\/64: "fd00:9::\/64 from/)],
    ])
  })

  it('says so where BusyBox leaves the next hops out', () => {
    const { items, problems } = parseIpRouteText(hostTool('busybox-ip-route-all.txt'), 'f')
    expect(items.find((route) => route.destination === '10.50.0.0/16')?.hops).toEqual([{ gateway: null, device: null }])
    expect(problems[0]).toEqual({
      file: 'f',
      line: 5,
      message: 'it does not say where the route leads: "10.50.0.0/16"',
    })
    expect(items.find((route) => route.destination === '::/0')?.hops).toEqual([{ gateway: 'fd00:1::9', device: 'br0' }])
  })

  it('tells the family of a default route', () => {
    const first = (text: string, family: 4 | 6 | null = null) =>
      parseIpRouteText(text, 'f', family).items[0]?.destination
    expect(first(hostTool('ip-6-route-default.txt'))).toBe('::/0')
    expect(first('default dev tun0 scope link')).toBe('0.0.0.0/0')
    expect(first('default dev tun0', 6)).toBe('::/0')
    expect(first('unreachable default dev lo metric 4294967295 error -101')).toBe('0.0.0.0/0')
    expect(first('unreachable default dev lo metric 4294967295 error -101\nfd00::/64 dev eth0')).toBe('::/0')
    expect(first('default via inet6 fe80::1 dev eth0')).toBe('0.0.0.0/0')
  })

  it('takes an error message for no route', () => {
    const { items, problems } = parseIpRouteText(
      'Error: ipv4: FIB table does not exist.\n\tnexthop via 10.0.0.1\n',
      'f',
    )
    expect(items).toEqual([])
    expect(problems[0]?.message).toMatch(/^not a route: "Error: ipv4/)
    expect(parseIpRouteText('\tnexthop via 10.0.0.1 dev eth0', 'f').problems[0]?.message).toMatch(
      /^a next hop without its route/,
    )
  })

  survivesJunk(parseIpRouteText, hostTool('ip-route-all.txt'))
})

it('ip rule that is cut short says nothing of the rules', () => {
  const { items, problems } = parseIpRuleText('0:\tfrom all lookup local\n', 'f')
  expect(items).toEqual([])
  expect(problems).toMatchObject([{ message: expect.stringContaining('cut short') }])
})
