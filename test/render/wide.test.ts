import { Chalk } from 'chalk'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PathReport } from '../../src/model/report.ts'
import { type Look, stringWidth } from '../../src/render/terminal.ts'
import { renderWide } from '../../src/render/wide.ts'
import {
  hostile,
  makeConntrack,
  makeDns,
  makeEndpoint,
  makeEntry,
  makeFarLink,
  makeLink,
  makeNode,
  makeReason,
  makeReport,
  makeService,
  manyEndpoints,
  rejected,
  stuckNode,
  twoNodes,
} from './report-factory.ts'

const piped: Look = { width: null, colour: new Chalk({ level: 0 }), verbose: false }
const linesOf = (report: PathReport, look: Look = piped) => renderWide(report, look).split('\n')
const withEndpoint = (part: Parameters<typeof makeEndpoint>[0]) =>
  makeReport({ nodes: [makeNode({ entries: [makeEntry({ endpoints: [makeEndpoint(part)] })] })] })

describe('renderWide', () => {
  it('shows every column to a pipe, and nodes with the same way as one line', () => {
    expect(renderWide(twoNodes(), piped)).toBe(
      [
        'REACHABLE  shop/web   rules and routes lead there from pods on n1 and n2',
        'ClusterIP 10.96.0.80 · tcp 80 → 8080 · 2 of 2 endpoints ready on 2 nodes',
        'recorded Fri Nov 21 10:00:00 2025, 2 nodes',
        '',
        'DNS NAME                    RECORD  EXPECTED VALUE  RESOLVER',
        'web.shop.svc.cluster.local  A       10.96.0.80      kube-system/kube-dns 10.96.0.10',
        '',
        'n1  iptables (nft)  10 connections',
        '',
        'cluster IP 10.96.0.80:80/tcp  from a pod on n1  10 connections  0 in conntrack',
        'KUBE-SERVICES → KUBE-SVC-BBBBBBBBBBBBBBBB',
        'EXPECTED  ENDPOINT         CHAIN                      STATE  POD    NODE  INTERFACE                          FOUND VIA             MASQUERADE  CONNECTIONS  ACTUAL  CONNTRACK  FATE',
        '    50 %  10.244.1.6:8080  KUBE-SEP-AAAAAAAAAAAAAAAA  ready  web-1  n1    veth1 on cni0                      neighbour+fdb         no                    4    40 %          0  forwarded',
        '    50 %  10.244.2.5:8080  KUBE-SEP-CCCCCCCCCCCCCCCC  ready  web-2  n2    eth0 → 172.30.0.12, veth2 on cni0  route, neighbour+fdb  no                    6    60 %          0  forwarded',
        '',
        'n2: same as n1  0 connections',
        '',
      ].join('\n'),
    )
  })

  it('leaves columns out on 80 columns, by their worth, and names them', () => {
    const lines = linesOf(twoNodes(), { ...piped, width: 80 })
    expect(lines).toContain('EXPECTED  ENDPOINT         STATE  POD    NODE  CONNECTIONS  ACTUAL  CONNTRACK')
    expect(lines).toContain('    50 %  10.244.2.5:8080  ready  web-2  n2              6    60 %          0')
    expect(lines).toContain('no room on 80 columns for: RESOLVER, CHAIN, INTERFACE, FOUND VIA, MASQUERADE,')
    expect(lines.slice(-2)).toEqual(['FATE', ''])
    expect(lines.filter((line) => stringWidth(line) > 80)).toEqual([])
  })

  it('clips even the first column where it must', () => {
    const lines = linesOf(withEndpoint({ address: 'fd00:10:244:1::4' }), { ...piped, width: 16 })
    expect(lines).toContain('[fd00:10:244:1:…')
    expect(lines.filter((line) => stringWidth(line) > 16)).toEqual([])
  })

  it('keeps the columns of a long table under each other', () => {
    const lines = linesOf(manyEndpoints(100))
    const start = lines.findIndex((line) => line.startsWith('EXPECTED  ENDPOINT'))
    const rows = lines.slice(start + 1, start + 101)
    expect(rows.map((row) => row.slice(10, 26).trim())).toEqual(
      Array.from({ length: 100 }, (_, i) => `10.244.1.${i}:8080`),
    )
    expect(new Set(rows.map((row) => row.indexOf('forwarded')))).toEqual(new Set([lines[start]!.indexOf('FATE')]))
    expect(lines[start + 101]).toBe("an endpoint's rule counts the connections of all entries that lead to it")
  })

  it('uses no colour in a pipe, and red for an endpoint at fault on a terminal', () => {
    expect(renderWide(stuckNode(), piped)).not.toContain('\u001b')
    const colour = new Chalk({ level: 1 })
    const lines = linesOf(stuckNode(), { ...piped, width: 100, colour })
    expect(lines[0]).toBe(`${colour.red.bold('BROKEN')}  ${colour.bold('shop/web')}   pods on n1 cannot reach it`)
    const [before, stale] = linesOf(stuckNode(), { ...piped, width: 100 }).filter((line) =>
      /^ *(EXPECTED|100 %) {2}/.test(line),
    )
    expect(lines).toContain(colour.bold(before))
    expect(lines).toContain(colour.red(stale))
    expect(lines).toContain(
      colour.red.bold('broken: its rules lead to an address that is no longer an endpoint (10.244.1.5:8080)'),
    )
  })

  it('tells beside the table what no column holds, once for all endpoints', () => {
    const link = makeLink({ interface: null, how: null, reason: 'no neighbour' })
    const part = { conditions: ['the set X holds the client'], known: 'hash' as const, link }
    const endpoints = ['10.244.1.6', '10.244.1.7', '10.244.1.8', '10.244.1.9'].map((address) =>
      makeEndpoint({ ...part, address }),
    )
    const entry = makeEntry({ endpoints, hits: { packets: 16, bytes: 960 } })
    const lines = linesOf(makeReport({ nodes: [makeNode({ entries: [entry] })] }))
    const names = '10.244.1.6:8080, 10.244.1.7:8080 and 2 more'
    expect(lines).toContain(`${names}: only if the set X holds the client`)
    expect(lines).toContain(`${names}: its address is proven by its chain's name`)
    expect(lines).toContain(`${names}: the interface is not known: no neighbour`)
    expect(lines.find((line) => line.trimStart().startsWith('≤100 %  10.244.1.9:8080'))).toBeDefined()
  })

  it('says that a rule counts for every entry, where an entry counted less than its endpoints', () => {
    const text = "an endpoint's rule counts the connections of all entries that lead to it"
    expect(linesOf(twoNodes())).not.toContain(text)
    const entry = makeEntry({ hits: { packets: 1, bytes: 60 } })
    expect(linesOf(makeReport({ nodes: [makeNode({ entries: [entry] })] }))).toContain(text)
  })

  it('gives the reason of an entry that leads nowhere, and what the outcome depends on', () => {
    expect(linesOf(rejected())).toContain('broken: the service has no ready endpoint: rejected')
    const part = {
      verdict: 'unknown' as const,
      reason: 'a set is missing',
      conditions: ['a set is missing', 'the mark is 1'],
    }
    const lines = linesOf(makeReport({ nodes: [makeNode({ verdict: 'unknown', entries: [makeEntry(part)] })] }))
    expect(lines).toContain('unknown: a set is missing')
    expect(lines.filter((line) => line.startsWith('depends on: '))).toEqual(['depends on: the mark is 1'])
  })

  it('lists at most ten conntrack entries an endpoint, all of them when verbose', () => {
    const conntrack = Array.from({ length: 13 }, (_, i) => makeConntrack({ client: `10.244.1.3:${40000 + i}` }))
    const udp = makeConntrack({ protocol: 'udp', state: null, timeout: 29, client: '10.244.1.3:5353' })
    const other = makeEndpoint({ address: '10.244.2.5', conntrack: [udp], link: makeFarLink() })
    const endpoints = [makeEndpoint({ conntrack, connections: 13 }), other]
    const report = makeReport({ nodes: [makeNode({ entries: [makeEntry({ endpoints, conntrack: 14 })] })] })
    const lines = linesOf(report)
    const start = lines.indexOf('PROTOCOL  STATE        TIMEOUT  CLIENT            ENDPOINT')
    expect(lines.slice(start + 1, start + 13)).toEqual([
      ...Array.from(
        { length: 10 },
        (_, i) => `tcp       ESTABLISHED  86395 s  10.244.1.3:${40000 + i}  10.244.1.6:8080`,
      ),
      '… and 3 more to 10.244.1.6:8080 (-v shows all)',
      'udp       -               29 s  10.244.1.3:5353   10.244.2.5:8080',
    ])
    const verbose = linesOf(report, { ...piped, verbose: true })
    expect(verbose.filter((line) => line.startsWith('tcp '))).toHaveLength(13)
    expect(verbose.join()).not.toContain('more to')
  })

  it('says what is not counted, and marks counters that were printed rounded', () => {
    const nodes = [
      makeNode({ mode: 'nftables', connections: null, entries: [makeEntry({ hits: null, conntrack: 2 })] }),
    ]
    const lines = linesOf(makeReport({ nodes }))
    expect(lines).toContain('n1  nftables  not counted')
    expect(lines).toContain('cluster IP 10.96.0.80:80/tcp  from a pod on n1  not counted  2 in conntrack')
    const row = linesOf(withEndpoint({ hits: { packets: 12000, bytes: 0, approximate: true } })).find((line) =>
      line.includes('~12000'),
    )
    expect(row).toMatch(/^ *100 % {2}10\.244\.1\.6:8080 .* ~12000 +100 % /)
  })

  it('puts the pods of a headless service into one table, without a share that they are due', () => {
    const entries = ['10.244.1.6', '10.244.2.5'].map((address) => {
      const endpoint = makeEndpoint({ address, chain: null, hits: null, connections: 3 })
      const part = { kind: 'podIP' as const, address, port: 8080, chains: [], hits: null, conntrack: 3 }
      return makeEntry({ ...part, outcome: 'none', endpoints: [endpoint] })
    })
    const lines = linesOf(makeReport({ nodes: [makeNode({ connections: null, entries })] }))
    expect(lines).toContain('the pods themselves :8080/tcp  from a pod on n1  6 in conntrack')
    expect(lines.filter((line) => line.startsWith('ENDPOINT         STATE'))).toHaveLength(1)
    expect(lines.filter((line) => /^10\.244\.[12]\.\d:8080 {2}ready/.test(line))).toHaveLength(2)
  })

  it('shows an alias, general reasons, notes, DNS answers and nodes that were not read', () => {
    const service = makeService({ type: 'ExternalName', externalName: 'api.example.com', clusterIPs: [] })
    const message = 'DNS answers with api.example.com'
    const reasons = [makeReason({ node: null, verdict: 'unknown', message })]
    const nodes = [
      makeNode({ name: 'n4', mode: null, verdict: 'unknown', entries: [], notes: ['nothing was collected'] }),
    ]
    const dns = makeDns({ answers: [] })
    const lines = linesOf(
      makeReport({ service, verdict: 'unknown', reasons, dns, nodes, notes: ['not collected: n4'] }),
    )
    expect(lines.slice(0, 3)).toEqual([
      'UNKNOWN  shop/web',
      message,
      'ExternalName · tcp 80 → 8080 · DNS alias of api.example.com',
    ])
    expect(lines).toContain('answered: nothing')
    expect(lines).toContain('n4  no rules read  unknown')
    expect(lines).toContain('nothing was collected')
    expect(lines).toContain('note: not collected: n4')
  })

  it('holds any text to one line and to the width', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('\n', '\u001b[31m', '\t', 'n', ' ', '\u0007') }),
    )
    fc.assert(
      fc.property(text, fc.constantFrom(null, 40, 80, 200), (name, width) => {
        const report = hostile(name)
        const lines = linesOf(report, { ...piped, width })
        expect(lines.pop()).toBe('')
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not come through
        for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/)
        if (width !== null) expect(Math.max(...lines.map((line) => stringWidth(line)))).toBeLessThanOrEqual(width)
        // A table for each lane but the one that is rejected.
        expect(lines.filter((line) => /^ *EXPECTED {2}/.test(line))).toHaveLength(2)
      }),
      { numRuns: 100 },
    )
  })
})
