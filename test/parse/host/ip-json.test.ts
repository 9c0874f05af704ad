import { describe, expect, it } from 'vitest'
import {
  parseIpLinkJson,
  parseIpNeighJson,
  parseIpRouteJson,
  parseIpRuleJson,
} from '../../../src/parse/host/ip-json.ts'
import { mergeRoutes } from '../../../src/parse/host/route-draft.ts'
import { fixture, hostTool, survivesJunk } from './fixture.ts'

const bridge = (file: string) => fixture(`nodes/k8s-1.36-iptables-nft-bridge/n1/${file}`)
const ptp = (file: string) => fixture(`nodes/k8s-1.36-nftables-dualstack-ptp/n1/${file}`)

describe('ip -j link and addr', () => {
  it('reads kinds, masters and peers of a bridged node', () => {
    const { items, problems } = parseIpLinkJson(bridge('ip-link.json'), 'f')
    expect(problems).toEqual([])
    expect(items.map((link) => [link.index, link.name, link.kind, link.master, link.peerIndex])).toEqual([
      [1, 'lo', null, null, null],
      [2, 'eth0', 'veth', null, 5],
      [3, 'cni0', 'bridge', null, null],
      [4, 'vethb53a4972', 'veth', 'cni0', 2],
      [5, 'vethc49ad2e2', 'veth', 'cni0', 2],
      [6, 'vethe7302c64', 'veth', 'cni0', 2],
    ])
    expect(items[3]).toMatchObject({ mac: '1a:0a:e7:7b:b2:b8', mtu: 1500, up: true, addresses: [] })
  })

  it('reads the addresses of both families', () => {
    const { items } = parseIpLinkJson(ptp('ip-addr.json'), 'f')
    expect(items.find((link) => link.name === 'eth0')?.addresses).toEqual([
      { address: '172.30.0.11', prefix: 24 },
      { address: 'fd00:172:30::11', prefix: 64 },
      { address: 'fe80::808e:1eff:fe4a:bb9f', prefix: 64 },
    ])
    expect(items.find((link) => link.name === 'vethb9a336c3')?.addresses[0]).toEqual({
      address: '10.244.1.1',
      prefix: 32,
    })
  })

  it('finds a peer that is printed by name, and calls a link down whose other end is', () => {
    const links = new Map(parseIpLinkJson(hostTool('ip-d-link.json'), 'f').items.map((link) => [link.name, link]))
    expect(links.get('veth0')).toMatchObject({ index: 5, peerIndex: 4, up: true, master: 'br0' })
    expect(links.get('veth1')).toMatchObject({ peerIndex: 6, up: false })
    expect(links.get('d0')).toMatchObject({ index: 10, peerIndex: 9, up: false })
    expect(links.get('vx0')).toMatchObject({ kind: 'vxlan', peerIndex: null, mtu: 1450 })
  })

  it('takes the lower device of a vlan for no peer, and the empty objects of old versions for nothing', () => {
    const vlan = '{"ifindex":9,"link":"eth0","ifname":"eth0.5","flags":["UP"],"linkinfo":{"info_kind":"vlan"}}'
    const { items, problems } = parseIpLinkJson(`[{},{"ifindex":2,"ifname":"eth0","address":"10.0.0.1"},${vlan}]`, 'f')
    expect(problems).toEqual([])
    expect(items.map((link) => [link.name, link.peerIndex, link.mac])).toEqual([
      ['eth0', null, null],
      ['eth0.5', null, null],
    ])
  })
})

describe('ip -j neigh', () => {
  it('reads addresses, MACs and states', () => {
    const { items } = parseIpNeighJson(bridge('ip-neigh.json'), 'f')
    expect(items).toHaveLength(14)
    expect(items[1]).toEqual({ address: '10.244.1.4', device: 'cni0', mac: '12:5c:b4:9f:2e:88', states: ['REACHABLE'] })
  })

  it('leaves a MAC open that was not found, and proxy entries out', () => {
    const text = hostTool('ip-neigh.json').replace(']}]', ']},{"dst":"10.1.0.99","dev":"br0","proxy":null}]')
    const { items, problems } = parseIpNeighJson(text, 'f')
    expect(problems).toEqual([])
    expect(items).toContainEqual({ address: '10.1.0.21', device: 'br0', mac: null, states: ['FAILED'] })
    expect(items.map((neighbour) => neighbour.address)).not.toContain('10.1.0.99')
  })
})

describe('ip -j rule', () => {
  it('reads the three rules that every node has', () => {
    expect(parseIpRuleJson(bridge('ip-rule.json'), 'f').items).toEqual([
      { priority: 0, from: 'all', table: 'local', condition: null },
      { priority: 32766, from: 'all', table: 'main', condition: null },
      { priority: 32767, from: 'all', table: 'default', condition: null },
    ])
  })

  it('keeps every further condition, and every action but a look-up', () => {
    const { items, problems } = parseIpRuleJson(hostTool('ip-rule.json'), 'f')
    expect(problems).toEqual([])
    expect(items.map((rule) => [rule.priority, rule.from, rule.table, rule.condition])).toEqual([
      [0, 'all', 'local', null],
      [100, 'all', '77', 'fwmark 0x80000/0xf0000'],
      [200, '10.1.0.0/24', '78', 'to 10.2.0.0/16 iif br0'],
      [300, '10.3.0.0/24', null, 'unreachable'],
      [301, '10.4.0.0/24', 'main', 'not suppress_prefixlen 0'],
      [302, 'all', null, 'to 10.5.0.1 goto 32766'],
      [303, 'all', '300', 'ipproto tcp sport 5 dport_start 80 dport_end 90'],
      [304, '10.6.6.6', null, 'nop'],
      [305, 'all', '5', 'tos 0x10 oif br0 uid_start 0 uid_end 5'],
      [306, 'all', null, 'l3mdev'],
      [32766, 'all', 'main', null],
      [32767, 'all', 'default', null],
    ])
  })

  it('never gives a rule that has neither table nor condition', () => {
    const [rule] = parseIpRuleJson('[{"priority":7,"src":"all"}]', 'f').items
    expect(rule).toEqual({ priority: 7, from: 'all', table: null, condition: 'no table' })
  })
})

describe('ip -j route', () => {
  it('reads both families of a node', () => {
    const { items, problems } = parseIpRouteJson(ptp('ip-route.json'), 'f')
    expect(problems).toEqual([])
    expect([items.length, items.filter((route) => route.family === 6).length]).toEqual([45, 31])
    expect(items[0]).toEqual({
      family: 4,
      destination: '10.244.1.2',
      type: 'unicast',
      hops: [{ gateway: null, device: 'vethb9a336c3' }],
      table: 'main',
      metric: 0,
      source: null,
    })
    expect(items.find((route) => route.destination === 'fd00:10:244:2::/64')).toMatchObject({
      family: 6,
      hops: [{ gateway: 'fd00:172:30::12', device: 'eth0' }],
      metric: 1024,
    })
  })

  it('merges the list that holds both families with that of IPv6', () => {
    const both = parseIpRouteJson(ptp('ip-route.json'), 'f').items
    const six = parseIpRouteJson(ptp('ip6-route.json'), 'f').items
    expect(six).toHaveLength(31)
    expect(mergeRoutes(both, six)).toEqual(both)
    expect(mergeRoutes(six, both)).toHaveLength(45)
  })

  it('reads every type, several next hops, and a gateway of the other family', () => {
    const { items, problems } = parseIpRouteJson(hostTool('ip-route-all.json'), 'f')
    const find = (destination: string) => items.find((route) => route.destination === destination)
    expect(find('10.50.0.0/16')?.hops).toEqual([
      { gateway: '10.1.0.7', device: 'br0' },
      { gateway: '10.1.0.8', device: 'br0' },
    ])
    expect(find('10.60.0.0/24')).toMatchObject({ type: 'blackhole', hops: [] })
    expect(find('10.61.0.0/24')).toMatchObject({ type: 'unreachable', metric: 5, hops: [] })
    expect(find('10.62.0.0/24')).toMatchObject({ type: 'prohibit', table: '77' })
    expect(find('10.63.0.0/24')).toMatchObject({ type: 'throw', hops: [] })
    expect(find('fd00:61::/64')).toMatchObject({ family: 6, type: 'unreachable', hops: [] })
    expect(find('10.70.0.0/16')).toMatchObject({ family: 4, hops: [{ gateway: 'fd00:1::9', device: 'br0' }] })
    expect(find('10.71.0.0/16')?.hops).toEqual([{ gateway: '10.1.0.9', device: 'br0' }])
    expect(find('0.0.0.0/0')).toMatchObject({ family: 4, metric: 100, source: '10.1.0.1' })
    expect(items.filter((route) => route.destination === '::/0').map((route) => route.table)).toEqual(['78', 'main'])
    expect(problems.map((problem) => problem.message.split(':')[0])).toEqual([
      'a route is left out, as its encapsulation hides its destination',
      'a route is left out, as it only holds for tos 0x10',
      'a route is left out, as it only holds for from fd00',
    ])
  })

  it('tells the family of a default route from whatever there is', () => {
    const family = (entry: string, given: 4 | 6 | null = null) => parseIpRouteJson(`[${entry}]`, 'f', given).items[0]
    expect(family('{"dst":"default","gateway":"fe80::1","dev":"eth0"}')?.destination).toBe('::/0')
    expect(family('{"dst":"default","dev":"tun0","pref":"medium"}')?.destination).toBe('::/0')
    expect(family('{"dst":"default","dev":"tun0","scope":"link"}', 6)?.destination).toBe('0.0.0.0/0')
    expect(family('{"dst":"default","via":{"family":"inet6","host":"fe80::1"},"dev":"eth0"}')?.family).toBe(4)
    expect(family('{"dst":"default","dev":"tun0"}', 6)?.family).toBe(6)
    expect(family('{"dst":"default","dev":"tun0"},{"dst":"fd00::/8","dev":"tun0"}')?.family).toBe(6)
    expect(family('{"dst":"default","dev":"tun0"}')?.family).toBe(4)
  })

  it('leaves out what leads nowhere alive, and says so', () => {
    const dead = '{"dst":"10.0.0.0/8","nexthops":[{"gateway":"10.1.0.1","dev":"d0","flags":["dead","linkdown"]}]}'
    const { items, problems } = parseIpRouteJson(`[${dead}]`, 'f')
    expect(items).toEqual([])
    expect(problems[0]?.message).toMatch(/every next hop is dead.*dst=10\.0\.0\.0\/8/)
  })
})

describe('JSON that is none', () => {
  it('says what is wrong', () => {
    const messages = (text: string) => parseIpLinkJson(text, 'ip-link.json').problems.map((problem) => problem.message)
    expect(messages(bridge('ip-link.json').slice(0, 900))[0]).toMatch(/^this is no whole JSON: "Unterminated string/)
    expect(messages('{"ifname":"eth0"}')).toEqual(['a list was expected: "{\\"ifname\\":\\"eth0\\"}"'])
    expect(messages('[{"ifindex":1},"x"]')).toEqual([
      'an entry that is not understood: "ifindex=1"',
      'an entry that is not understood: "x"',
    ])
    expect(messages(' \n')).toEqual([])
  })

  it('is not led astray by values that cannot be printed', () => {
    const nested = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    const { items } = parseIpRuleJson(`[{"priority":1,"src":"all","x":${nested},"action":{"toString":1}}]`, 'f')
    expect(items[0]?.condition).toBe('x … …')
    expect(parseIpRouteJson(`[{"dst":${nested}}]`, 'f').problems).toHaveLength(1)
  })

  for (const [parse, file] of [
    [parseIpLinkJson, 'ip-addr.json'],
    [parseIpNeighJson, 'ip-neigh.json'],
    [parseIpRuleJson, 'ip-rule.json'],
    [parseIpRouteJson, 'ip-route-all.json'],
  ] as const) {
    describe(file, () => survivesJunk(parse, hostTool(file)))
  }
})
