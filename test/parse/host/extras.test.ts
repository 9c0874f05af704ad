/** Hairpin modes, conntrack's counters, sockets, what kube-proxy says of itself. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseHairpin } from '../../../src/parse/host/bridge-link.ts'
import { parseConntrackStats } from '../../../src/parse/host/conntrack-stats.ts'
import { parseHealthz, parseProxyMetrics } from '../../../src/parse/host/kube-proxy.ts'
import { parseSockets } from '../../../src/parse/host/sockets.ts'
import { captureFiles } from '../../fixtures.ts'

test('hairpin modes of iproute2 6.1’s `bridge -j -d link show`', () => {
  const text = '[{"ifname":"veth1","hairpin":true},{"ifname":"veth2","hairpin":false},{"ifname":"veth3","mtu":1500}]'
  expect(parseHairpin(text, 'f')).toEqual({
    items: [
      ['veth1', true],
      ['veth2', false],
    ],
    problems: [],
  })
  expect(parseHairpin('[{]', 'f').problems).toHaveLength(1)
})

test('every capture’s conntrack counters are read, and are next to zero', async () => {
  const files = await captureFiles((path) => path.endsWith('conntrack-stats.txt'))
  expect(files.length).toBeGreaterThan(5)
  for (const { text } of files) {
    const { invalid, ...others } = parseConntrackStats(text)!
    expect(others).toEqual({ insertFailed: 0, drop: 0, earlyDrop: 0 })
    expect(invalid).toBeLessThan(10)
  }
})

test('conntrack counters are summed over CPUs, each name for itself', () => {
  const text =
    'cpu=0 invalid=4 insert=9 insert_failed=1 drop=2 early_drop=3\ncpu=1 invalid=40 insert=9 insert_failed=10 drop=20 early_drop=30\n'
  expect(parseConntrackStats(text)).toEqual({ insertFailed: 11, drop: 22, earlyDrop: 33, invalid: 44 })
  expect(parseConntrackStats('cpu=0 insert_failed=1')).toMatchObject({ invalid: null })
  expect(parseConntrackStats('conntrack: command not found')).toBeNull()
})

test('sockets of each namespace', () => {
  const text = [
    'cni-1 tcp   LISTEN 0      128          0.0.0.0:8080      0.0.0.0:*',
    'cni-1 tcp   LISTEN 0      4096               *:80              *:*',
    'cni-1 udp   UNCONN 0      0      127.0.0.1%lo:53       0.0.0.0:*',
    'cni-2 tcp   LISTEN 512    511             [::]:443          [::]:*',
    'cni-2 tcp   LISTEN 0      511    [fd00:0:0::1]:444          [::]:*',
    'cni-2 tcp   LISTEN 0      511    [fe80::1]%eth0:445         [::]:*',
    'cni-2 tcp   LISTEN 0      511    [::ffff:10.0.0.1]:446      *:*',
    'cni-2 tcp   LISTEN 0      511    :::447                     :::*',
    'cni-3 -',
    'Netid State',
  ].join('\n')
  const { items, problems } = parseSockets(text, 'f')
  expect(items).toEqual([
    { namespace: 'cni-1', protocol: 'tcp', address: null, family: 4, port: 8080, queue: { waiting: 0, limit: 128 } },
    { namespace: 'cni-1', protocol: 'tcp', address: null, port: 80, queue: { waiting: 0, limit: 4096 } },
    { namespace: 'cni-1', protocol: 'udp', address: '127.0.0.1', port: 53 },
    { namespace: 'cni-2', protocol: 'tcp', address: null, family: 6, port: 443, queue: { waiting: 512, limit: 511 } },
    { namespace: 'cni-2', protocol: 'tcp', address: 'fd00::1', port: 444, queue: { waiting: 0, limit: 511 } },
    { namespace: 'cni-2', protocol: 'tcp', address: 'fe80::1', port: 445, queue: { waiting: 0, limit: 511 } },
    { namespace: 'cni-2', protocol: 'tcp', address: '10.0.0.1', port: 446, queue: { waiting: 0, limit: 511 } },
    { namespace: 'cni-2', protocol: 'tcp', address: null, port: 447, queue: { waiting: 0, limit: 511 } },
    // It was read, and nothing listens there.
    { namespace: 'cni-3', protocol: 'tcp', address: null, port: 0 },
  ])
  expect(problems).toMatchObject([{ line: 10 }])
})

describe('kube-proxy', () => {
  test('every capture’s healthz and metrics say that it is well', async () => {
    const healthz = await captureFiles((path) => path.endsWith('kube-proxy-healthz.json'))
    const metrics = await captureFiles((path) => path.endsWith('kube-proxy-metrics.txt'))
    expect([healthz.length, metrics.length]).toEqual([24, 23].map(() => expect.any(Number)))
    for (const { text } of healthz) {
      const { healthy, lastUpdated, currentTime } = parseHealthz(text)!
      expect(healthy ?? true).toBe(true)
      expect(Math.abs(currentTime! - lastUpdated!)).toBeLessThan(3600)
    }
    for (const { text } of metrics) {
      const { lastQueued, lastSync } = parseProxyMetrics(text)!
      expect(lastQueued! - lastSync!).toBeLessThan(1)
    }
  })

  test('of two families the one that is behind counts', () => {
    const line = (name: string, family: string, at: number) =>
      `kubeproxy_sync_proxy_rules_last_${name}_seconds{ip_family="${family}"} ${at}\n`
    const text = `${line('timestamp', 'IPv4', 100)}${line('queued_timestamp', 'IPv4', 99)}${line('timestamp', 'IPv6', 50)}${line('queued_timestamp', 'IPv6', 90)}kubeproxy_sync_proxy_rules_iptables_restore_failures_total 4\n`
    expect(parseProxyMetrics(text)).toMatchObject({ lastSync: 50, lastQueued: 90, failedWrites: 4 })
    expect(parseProxyMetrics('kubeproxy_x 1')).toBeNull()
  })

  test('how long changes of endpoints took to become rules', () => {
    const name = 'kubeproxy_network_programming_duration_seconds_bucket'
    const counts = { '0.25': 2, '1': 10, '2': 14, '5': 40, '+Inf': 50 }
    const text = Object.entries(counts).map(([le, count]) => `${name}{le="${le}"} ${count}\n`)
    expect(parseProxyMetrics(text.join(''))).toMatchObject({ syncs: null, programmed: { count: 50, halfTookOver: 2 } })
  })

  test('one that never wrote, and failed, has no time of a write', () => {
    const queued = 'kubeproxy_sync_proxy_rules_last_queued_timestamp_seconds{ip_family="IPv4"} 90\n'
    const failed = 'kubeproxy_sync_proxy_rules_nftables_sync_failures_total{ip_family="IPv4"} 3\n'
    expect(parseProxyMetrics(queued + failed)).toMatchObject({ lastSync: 0, lastQueued: 90, failedWrites: 3 })
    expect(parseProxyMetrics(queued)).toBeNull()
  })

  test('how long half of its syncs took, at least', () => {
    const name = 'kubeproxy_sync_proxy_rules_duration_seconds'
    const buckets = (counts: Record<string, number>) =>
      Object.entries(counts)
        .map(([le, count]) => `${name}_bucket{ip_family="IPv4",le="${le}"} ${count}\n`)
        .join('')
    const syncs = (counts: Record<string, number>) => parseProxyMetrics(buckets(counts))?.syncs ?? null
    expect(syncs({ '0.512': 1, '4.096': 2, '8.192': 6, '+Inf': 6 })).toEqual({ count: 6, halfTookOver: 4.096 })
    expect(syncs({ '0.512': 3, '4.096': 3, '8.192': 6, '+Inf': 6 })).toEqual({ count: 6, halfTookOver: 0 })
    // Without the last bucket nobody knows how many there were.
    expect(syncs({ '0.512': 1, '4.096': 2 })).toBeNull()
    expect(syncs({ '+Inf': 0 })).toBeNull()
  })

  test('what is no healthz is none', () => {
    for (const text of ['', 'ok', '[]', 'null', '{"healthy":true}', '404 page not found'])
      expect(parseHealthz(text)).toBeNull()
    expect(parseHealthz('{"lastUpdated":"junk","currentTime":"2026-11-21T09:29:20Z"}')).toEqual({
      healthy: null,
      nodeEligible: null,
      lastUpdated: null,
      currentTime: 1795253360,
    })
  })

  test.each([
    ['2026-11-27 16:18:54.75 +0000 UTC m=+22.2', 1795796334.75],
    ['2026-11-27 16:18:54 +0000 UTC', 1795796334],
    ['2026-11-27 17:18:54.750123456 +0100 CET m=-0.5', 1795796334.75],
    ['2026-11-27 21:48:54.75 +0530 +0530', 1795796334.75],
    ['2026-11-27T16:18:54.750123456Z', 1795796334.75],
    ['0001-01-01 00:00:00 +0000 UTC', 0],
    ['yesterday', null],
  ])('%s is a time', (lastUpdated, seconds) => {
    expect(parseHealthz(JSON.stringify({ lastUpdated }))!.lastUpdated).toBe(seconds)
  })

  test('whether load balancers are to leave the node out is read where it is said', () => {
    expect(parseHealthz('{"lastUpdated": "x","currentTime": "y", "nodeEligible": false}')!.nodeEligible).toBe(false)
  })
})

test('junk does no parser harm', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json()), (text) => {
      for (const parse of [parseHairpin, parseSockets]) expect(() => parse(text, 'f')).not.toThrow()
      for (const parse of [parseConntrackStats, parseHealthz, parseProxyMetrics])
        expect(() => parse(text)).not.toThrow()
    }),
  )
})
