import { describe, expect, test } from 'vitest'
import type { EndpointPath, PathReport } from '../../src/model/report.ts'
import { renderReport } from '../../src/render/render.ts'
import { type Look, stringWidth, terminal } from '../../src/render/terminal.ts'
import { CAPTURES } from '../fixtures.ts'
import { trace } from '../observations.ts'

const plain: Look = { ...terminal({}, { NO_COLOR: '1' }), width: null }
const tree = (report: PathReport, look: Partial<Look> = {}) => renderReport(report, 'tree', { ...plain, ...look })
const lines = (text: string) => text.split('\n')

describe('what a person sees first', () => {
  test('web: the headline, the DNS leg, one node and the others folded', async () => {
    const text = tree(await trace('k8s-1.36-iptables-nft-bridge', 'shop/web'))
    expect(text).toMatchInlineSnapshot(`
      "REACHABLE  shop/web   rules and routes lead there from pods on n1, n2 and n3
      ClusterIP 10.96.244.84 · tcp 80 → 8080 · 5 of 5 endpoints ready on 3 nodes
      recorded 2026-11-21 09:29 UTC, 3 nodes

      DNS  web.shop.svc.cluster.local → 10.96.244.84 (expected; DNS was not queried)
           resolver kube-system/kube-dns 10.96.0.10: 2 of 2 pods ready, reachable from these nodes

      n1  iptables (nft)                                                                    20 connections
        cluster IP 10.96.244.84:80/tcp from a pod on n1                                     20 connections
          KUBE-SERVICES → KUBE-SVC-E3PXEPMWAWIUT6ZV
            expected  endpoint         pod                   node  via                                       connections  actual
          ├     20 %  10.244.1.4:8080  web-66877cb9fb-2pkt5  n1    vethe7302c64 on cni0                                4    20 %
          ├     20 %  10.244.2.2:8080  web-66877cb9fb-75wlg  n2    eth0 → 172.30.0.12, vethc6f03141 on cni0            5    25 %
          ├     20 %  10.244.2.4:8080  web-66877cb9fb-brjh6  n2    eth0 → 172.30.0.12, vethd5cada1a on cni0            4    20 %
          ├     20 %  10.244.3.3:8080  web-66877cb9fb-r6lfn  n3    eth0 → 172.30.0.13, veth0cafea8e on cni0            0     0 %
          └     20 %  10.244.3.4:8080  web-66877cb9fb-7wvfs  n3    eth0 → 172.30.0.13, vetha6729862 on cni0            7    35 %
      n2, n3: same as n1                                                                     0 connections

      note: not checked: whether a process listens in the pods (their sockets were not read)
      "
    `)
  })

  test('a node that differs stands out, and the reason comes before all else', async () => {
    const text = tree(await trace('broken-n2-kube-proxy-stuck', 'shop/web'))
    expect(lines(text).slice(0, 3)).toMatchInlineSnapshot(`
      [
        "DEGRADED  shop/web   pods on n2 cannot reach it; n1 and n3 can",
        "✗ n2  10.96.146.6:80: its rules lead to 3 addresses that are no longer endpoints (10.244.1.5:8080, …); 3 ready endpoints have no rule (10.244.3.4:8080, …)",
        "ClusterIP 10.96.146.6 · tcp 80 → 8080 · 3 of 3 endpoints ready on 3 nodes",
      ]
    `)
    expect(text).toMatch(/^n3: same as n1/m)
    expect(text).toMatch(/^n2 {2}iptables \(nft\) {2}broken/m)
    expect(text).toContain('missing: no rule leads here')
    expect(text).toContain('no longer an endpoint')
  })

  test('the same reason on several nodes is told once', async () => {
    const text = tree(await trace('k8s-1.36-iptables-nft-bridge', 'shop/empty'))
    expect(lines(text)[1]).toBe('✗ n1, n2, n3  10.96.102.53:80: the service has no ready endpoint: rejected')
  })

  test('nftables: conntrack entries are called what they are', async () => {
    const text = tree(await trace('k8s-1.36-nftables-dualstack-ptp', 'shop/web'))
    expect(text).toContain('20 conntrack entries')
    expect(text).toMatch(/\d+ tracked/)
    expect(text).toMatch(/^n1 {2}nftables +20 conntrack entries$/m)
  })
})

describe('fitting in', () => {
  test.each([50, 60, 80, 100, 132])('no line is wider than a terminal of %i columns', async (width) => {
    for (const capture of CAPTURES.filter((name) => !name.includes('5000'))) {
      for (const service of [
        'shop/web',
        'shop/web-named',
        'shop/web-np',
        'shop/manual',
        'shop/ext',
        'kube-system/kube-dns',
      ]) {
        const wide = lines(tree(await trace(capture, service), { width })).filter((line) => stringWidth(line) > width)
        expect([capture, service, wide]).toEqual([capture, service, []])
      }
    }
  })

  test.each([60, 80])('with -v no rule is wider than %i columns, and none loses a word', async (width) => {
    const report = await trace('k8s-1.36-iptables-nft-bridge', 'shop/web')
    const text = tree(report, { width, verbose: true })
    const [way] = text.split('FINDINGS')
    expect(lines(way!).filter((line) => stringWidth(line) > width)).toEqual([])
    const rule = report.nodes[0]!.entries[0]!.rules[0]!
    expect(way!.replaceAll(/\s+/g, ' ')).toContain(rule.text.replace(/^\[\d+:\d+\] /, ''))
  })

  test.each([60, 80, 120])('why an endpoint is not reached stands whole in %i columns', async (width) => {
    const stale = tree(await trace('broken-n2-kube-proxy-stuck', 'shop/web'), { width })
    const [endpoints] = stale.split('FINDINGS')
    expect(endpoints!.match(/ no longer an endpoint$/gm)).toHaveLength(3)
    expect(endpoints!.match(/ missing: no rule leads here$/gm)).toHaveLength(3)
    const [dropped] = tree(await trace('broken-mixed-backends-and-kernel', 'shop/web-np'), { width }).split('FINDINGS')
    expect(dropped!.replaceAll(/\n[ │]+/g, ' ')).toMatch(/drop: [^…]*FORWARD[^…]*DROP/)
    expect(dropped).not.toMatch(/drop.*…$/m)
  })

  const many = async (count: number, odd: (i: number) => Partial<EndpointPath> = () => ({})) => {
    const report = structuredClone(await trace('k8s-1.36-iptables-nft-bridge', 'shop/web'))
    const [first] = report.nodes[0]!.entries[0]!.endpoints
    report.nodes = [{ ...report.nodes[0]!, entries: [report.nodes[0]!.entries[0]!] }]
    report.nodes[0]!.entries[0]!.endpoints = Array.from({ length: count }, (_, i) => ({
      ...first!,
      address: `10.244.${i >> 8}.${i & 255}`,
      probability: 1 / count,
      ...odd(i),
    }))
    return report
  }

  test('200 endpoints fold to a few and a count', async () => {
    const text = tree(await many(200))
    expect(lines(text).length).toBeLessThan(25)
    expect(text).toContain('… and 192 more, each 0.5 %, none with a fault (-v shows all)')
    expect(lines(tree(await many(200), { verbose: true })).length).toBeGreaterThan(200)
  })

  test('of 200 endpoints the one that is not as it should be is shown', async () => {
    const text = tree(await many(200, (i) => (i === 170 ? { state: 'stale' } : {})))
    expect(text).toMatch(/10\.244\.0\.170:8080.*no longer an endpoint/)
  })
})

test('control characters and direction marks are replaced', async () => {
  const report = structuredClone(await trace('k8s-1.36-iptables-nft-bridge', 'shop/web'))
  report.service.name = 'web\u001b[31m\u202e'
  report.nodes[0]!.entries[0]!.endpoints[0]!.pod!.name = 'pod\r\nFAKE'
  const text = tree(report)
  expect(text).toContain('shop/web\ufffd[31m\ufffd')
  expect(text).toContain('pod\ufffd\ufffdFAKE')
})
