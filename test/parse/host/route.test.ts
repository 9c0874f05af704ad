import { describe, expect, it } from 'vitest'
import { parseIpRouteText } from '../../../src/parse/host/ip-text-route.ts'
import { parseRouteTable } from '../../../src/parse/host/route.ts'
import { fixture, hostTool, readsLineByLine, survivesJunk } from './fixture.ts'

const main = (destination: string, gateway: string | null, device: string, metric = 0) => ({
  family: 4,
  destination,
  type: 'unicast',
  hops: [{ gateway, device }],
  table: 'main',
  metric,
  source: null,
})

describe('route -n', () => {
  it('reads a node of 2016', () => {
    expect(parseRouteTable(fixture('samples/gke-1.2-kubenet/route-n.txt'), 'f')).toEqual({
      items: [
        main('0.0.0.0/0', '10.132.0.1', 'eth0'),
        main('10.80.0.0/24', null, 'cbr0'),
        main('10.132.0.1', null, 'eth0'),
      ],
      problems: [],
    })
  })

  it('reads rejects, routes without a device, and metrics', () => {
    const { items, problems } = parseRouteTable(hostTool('route-n.txt'), 'f')
    expect(items).toHaveLength(13)
    const find = (destination: string) => items.find((route) => route.destination === destination)
    expect(find('0.0.0.0/0')).toEqual(main('0.0.0.0/0', '10.1.0.254', 'br0', 100))
    expect(find('10.9.9.2')).toEqual(main('10.9.9.2', null, 'veth0p'))
    expect(find('10.60.0.0/24')).toMatchObject({ type: 'blackhole', hops: [] })
    expect(find('10.61.0.0/24')).toMatchObject({ type: 'unreachable', metric: 5, hops: [] })
    expect(problems).toEqual([
      {
        file: 'f',
        line: 13,
        message: expect.stringMatching(/^its gateway is an IPv6 address, which is not printed: "10.70.0.0 /),
      },
    ])
  })

  it('reads the same from every tool that reads /proc/net/route', () => {
    const { items } = parseRouteTable(hostTool('route-n.txt'), 'f')
    for (const file of ['route.txt', 'busybox-route.txt', 'proc-net-route.txt']) {
      expect(parseRouteTable(hostTool(file), 'f').items, file).toEqual(items)
    }
    const withoutMetric = items.map((route) => ({ ...route, metric: 0 }))
    expect(parseRouteTable(hostTool('netstat-rn.txt'), 'f').items).toEqual(withoutMetric)
  })

  it('finds in /proc/net/route, too, the gateway that is not printed', () => {
    expect(parseRouteTable(hostTool('proc-net-route.txt'), 'f').problems.map((problem) => problem.line)).toEqual([12])
  })

  it('agrees with ip route, but for what it cannot tell', () => {
    const untold = new Set(['10.50.0.0/16', '10.63.0.0/24', '10.70.0.0/16', '10.72.0.0/16'])
    const told = (text: string, parse: typeof parseRouteTable) =>
      parse(text, 'f')
        .items.filter((route) => !untold.has(route.destination))
        .map((route) => ({ ...route, source: null }))
    expect(told(hostTool('route-n.txt'), parseRouteTable)).toEqual(told(hostTool('ip-route.txt'), parseIpRouteText))
  })

  it('names lines that it does not know', () => {
    const text =
      'Kernel IP routing table\nlink-local * 255.255.0.0 U 1002 0 0 eth0\n10.0.0.0 0.0.0.0 255.0.255.0 U 0 0 0 eth0\nx\n'
    const { items, problems } = parseRouteTable(text, 'f')
    expect(items).toEqual([])
    expect(problems.map((problem) => problem.line)).toEqual([2, 3, 4])
  })

  survivesJunk(parseRouteTable, hostTool('route-n.txt'))
  readsLineByLine(parseRouteTable, hostTool('route-n.txt'))
  describe('/proc/net/route', () => survivesJunk(parseRouteTable, hostTool('proc-net-route.txt')))
})

describe('route -A inet6 -n', () => {
  it('reads all tables, without the entry that says that there is no route', () => {
    const { items, problems } = parseRouteTable(hostTool('route-inet6-n.txt'), 'f')
    expect(problems).toEqual([])
    expect(items).toHaveLength(24)
    expect(items[0]).toEqual({
      family: 6,
      destination: '::/0',
      type: 'unicast',
      hops: [{ gateway: 'fd00:1::9', device: 'br0' }],
      table: 'main',
      metric: 1024,
      source: null,
    })
    const find = (destination: string) => items.find((route) => route.destination === destination)
    expect(find('fd00:61::/64')).toMatchObject({ type: 'unreachable', hops: [], table: 'main' })
    expect(find('fd00:1::1')).toMatchObject({ type: 'local', table: 'local', hops: [{ gateway: null, device: 'br0' }] })
    expect(find('ff00::/8')).toMatchObject({ type: 'multicast', table: 'local' })
  })

  it('reads what BusyBox prints', () => {
    expect(parseRouteTable(hostTool('busybox-route-inet6-n.txt'), 'f').items).toEqual(
      parseRouteTable(hostTool('route-inet6-n.txt'), 'f').items,
    )
  })

  it("knows a node's own address where only `lo` shows it, as before net-tools 2.0", () => {
    const row =
      'fd00::1/128                                 ::                                      U     0      1        0 lo\n'
    expect(parseRouteTable(row, 'f').items[0]).toMatchObject({ type: 'local', table: 'local', destination: 'fd00::1' })
  })

  survivesJunk(parseRouteTable, hostTool('route-inet6-n.txt'))
})
