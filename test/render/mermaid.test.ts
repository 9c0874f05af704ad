import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printable } from '../../src/model/printable.ts'
import type { PathReport } from '../../src/model/report.ts'
import { renderMermaid } from '../../src/render/mermaid.ts'
import { clip } from '../../src/render/terminal.ts'
import {
  hostile,
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
  manyNodes,
  rejected,
  stuckNode,
  twoNodes,
} from './report-factory.ts'

const OUTSIDE = { kind: 'outside' as const, name: null, node: 'n1' }

const linesOf = (report: PathReport) => renderMermaid(report).split('\n')
const trimmed = (report: PathReport) => linesOf(report).map((line) => line.trim())

/** Every line that may occur; a label holds no quote and no bracket of any kind, and `#` only in entity codes. */
const LABEL = /"(?:[\p{L}\p{M}\p{N} .,:/()%+→≤…·⛔-]|#\d+;|<br\/>)*"/u.source
const OPEN = String.raw`(?:\(\[|\[\[|\{\{|\[|\(|>)`
const CLOSE = String.raw`(?:\]\)|\]\]|\}\}|\]|\))`
const STATEMENTS = [
  'flowchart LR',
  String.raw`  %%\{init: \{"flowchart": \{"wrappingWidth": 360\}\}\}%%`,
  String.raw`  subgraph cluster\d+\[${LABEL}\]`,
  '  end',
  String.raw`  class cluster\d+ [a-zA-Z]+`,
  String.raw`(?:  ){1,2}[a-z]+\d+${OPEN}${LABEL}${CLOSE}:::[a-z]+`,
  String.raw`  [a-z]+\d+ -(?:-|\.-)>(?:\|${LABEL}\|)? [a-z]+\d+`,
  String.raw`  linkStyle \d+(?:,\d+)* stroke:#[0-9a-f]{6}`,
  '  classDef [a-zA-Z]+ [a-z0-9:#,. -]+',
]
const STATEMENT = new RegExp(`^(?:${STATEMENTS.join('|')})$`, 'u')

/** What mermaid shows for a label. */
const decode = (label: string) => label.replace(/#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))

describe('renderMermaid', () => {
  it('draws DNS, client, entry, chains, endpoints and pods, and the nodes that do the same', () => {
    expect(linesOf(twoNodes()).slice(0, 39)).toEqual([
      'flowchart LR',
      '  %%{init: {"flowchart": {"wrappingWidth": 360}}}%%',
      '  name1[["web.shop.svc.cluster.local<br/>asked at kube-system/kube-dns 10.96.0.10"]]:::name',
      '  client1(["a pod"]):::client',
      '  subgraph cluster1["shop/web · ClusterIP · reachable"]',
      '    entry1("cluster IP<br/>10.96.0.80:80/tcp"):::entry',
      '  end',
      '  class cluster1 box',
      '  subgraph cluster2["n1 · iptables (nft)"]',
      '    chain1["KUBE-SERVICES"]:::chain',
      '    chain2["KUBE-SVC-BBBBBBBBBBBBBBBB"]:::chain',
      '    endpoint1["KUBE-SEP-AAAAAAAAAAAAAAAA<br/>→ 10.244.1.6:8080, 4 connections"]:::endpoint',
      '    endpoint2["KUBE-SEP-CCCCCCCCCCCCCCCC<br/>→ 10.244.2.5:8080, 6 connections<br/>by eth0 → 172.30.0.12"]:::endpoint',
      '  end',
      '  class cluster2 box',
      '  subgraph cluster3["pods on n1"]',
      '    pod1("web-1<br/>veth1 on cni0"):::pod',
      '  end',
      '  class cluster3 box',
      '  subgraph cluster4["pods on n2"]',
      '    pod2("web-2<br/>veth2 on cni0"):::pod',
      '  end',
      '  class cluster4 box',
      '  subgraph cluster5["n2 (same as n1)"]',
      '    more1("as on n1<br/>0 connections"):::more',
      '  end',
      '  class cluster5 box',
      '  client1 --> entry1',
      '  name1 -.->|"A"| entry1',
      '  entry1 -->|"10 connections"| chain1',
      '  chain1 --> chain2',
      '  chain2 -->|"50 %"| endpoint1',
      '  endpoint1 --> pod1',
      '  chain2 -->|"50 %"| endpoint2',
      '  endpoint2 --> pod2',
      '  entry1 --> more1',
      '  classDef name fill:#ede9fe,stroke:#7c3aed,color:#0f172a',
      '  classDef entry fill:#dbeafe,stroke:#1d4ed8,color:#0f172a',
      '  classDef client fill:#f8fafc,stroke:#64748b,color:#0f172a',
    ])
    expect(renderMermaid(twoNodes())).toMatch(/[^\n]\n$/)
  })

  it('marks a stale endpoint, one that no rule leads to, and the edges to them', () => {
    const lines = trimmed(stuckNode())
    expect(lines).toContain(
      'endpoint1["KUBE-SEP-AAAAAAAAAAAAAAAA<br/>→ 10.244.1.5:8080, 4 connections<br/>no longer an endpoint"]:::stale',
    )
    expect(lines).toContain('endpoint2["→ 10.244.1.6:8080<br/>missing: no rule leads here"]:::missing')
    expect(lines).toContain('chain2 -.->|"no rule"| endpoint2')
    // client, DNS, entry and chain come first; then two edges to each endpoint and on.
    expect(lines).toContain('linkStyle 4,5 stroke:#b91c1c')
    expect(lines).toContain('linkStyle 6,7 stroke:#b91c1c')
    expect(lines).toContain('class cluster2 boxBroken')
  })

  it('ends a rejected entry in a stop with the reason', () => {
    const lines = trimmed(rejected())
    expect(lines).toContain('stop1{{"⛔<br/>the service has no ready endpoint: rejected"}}:::broken')
    expect(lines).toContain('chain1 --> stop1')
  })

  it('ends an endpoint whose packets are dropped in a stop, not in its pod', () => {
    const endpoint = makeEndpoint({ fate: 'drop', reason: 'no route' })
    const lines = trimmed(makeReport({ nodes: [makeNode({ entries: [makeEntry({ endpoints: [endpoint] })] })] }))
    expect(lines).toContain('stop1{{"⛔<br/>dropped: no route"}}:::broken')
    expect(lines).toContain('endpoint1 --> stop1')
    expect(lines.filter((line) => line.startsWith('pod'))).toEqual([])
  })

  it('lets entries run on together where their chains meet, each with what it counted', () => {
    const endpoints = [makeEndpoint({ masquerade: 'yes' })]
    const chains = ['KUBE-SERVICES', 'KUBE-NODEPORTS', 'KUBE-EXT-BBBBBBBBBBBBBBBB', 'KUBE-SVC-BBBBBBBBBBBBBBBB']
    const part = { kind: 'nodePort' as const, port: 30080, client: 'a client outside', who: OUTSIDE, chains, endpoints }
    const ports = ['172.30.0.11', '172.30.0.12'].map((address) => makeEntry({ ...part, address }))
    const nodes = [
      makeNode({ entries: [makeEntry(), ports[0]!] }),
      makeNode({ name: 'n2', sameAs: 'n1', connections: 3, entries: [makeEntry(), ports[1]!] }),
    ]
    const lines = trimmed(makeReport({ nodes }))
    expect(lines).toContain('entry2("node port<br/>:30080/tcp<br/>at 172.30.0.11, 172.30.0.12"):::entry')
    expect(lines.filter((line) => line.includes('KUBE-SVC-BBBBBBBBBBBBBBBB'))).toHaveLength(1)
    expect(lines.filter((line) => line.includes('["KUBE-SERVICES"]'))).toHaveLength(2)
    expect(lines.filter((line) => line.startsWith('endpoint'))).toHaveLength(2)
    expect(lines).toContain('entry2 -->|"4 connections, masqueraded"| chain3')
    expect(lines).toContain('chain5 --> chain2')
    expect(lines).toContain('more1("as on n1<br/>3 connections"):::more')
  })

  it('draws the pods of a headless service as one entry without shares', () => {
    const part = {
      kind: 'podIP' as const,
      port: 8080,
      client: 'a client outside',
      who: OUTSIDE,
      chains: [],
      hits: null,
      outcome: 'none' as const,
    }
    const far = makeEndpoint({ address: '10.244.2.5', chain: null, hits: null, connections: 2, link: makeFarLink() })
    const near = makeEndpoint({ chain: null, hits: null, connections: 5, pod: null })
    const entries = [near, far].map((one) => makeEntry({ ...part, address: one.address!, endpoints: [one] }))
    const lines = trimmed(makeReport({ dns: null, nodes: [makeNode({ entries, connections: null })] }))
    expect(lines).toContain('entry1("the pods themselves<br/>:8080/tcp<br/>at 10.244.1.6, 10.244.2.5"):::entry')
    expect(lines).toContain('endpoint1["→ 10.244.1.6:8080, 5 in conntrack"]:::endpoint')
    expect(lines).toContain('entry1 --> endpoint1')
    expect(lines).toContain('entry1 --> endpoint2')
    expect(lines).toContain('pod1("10.244.1.6<br/>veth1 on cni0"):::pod')
  })

  it('draws a pod once, whatever leads to it', () => {
    const six = makeEndpoint({ address: 'fd00::6' })
    const entries = [makeEntry(), makeEntry({ address: 'fd00:96::80', endpoints: [six] })]
    const lines = trimmed(makeReport({ nodes: [makeNode({ entries })] }))
    expect(lines).toContain('entry2("cluster IP<br/>#91;fd00:96::80#93;:80/tcp"):::entry')
    expect(lines.filter((line) => line.startsWith('pod'))).toEqual(['pod1("web-1<br/>veth1 on cni0"):::pod'])
    expect(lines).toContain('endpoint2 --> pod1')
  })

  it('shows a doubt beside a translation, and an endpoint that depends on something', () => {
    const endpoint = makeEndpoint({ conditions: ['the set X holds the client'], link: makeLink() })
    const reason = 'the set X is not in the text'
    const entry = makeEntry({ verdict: 'unknown', reason, conditions: [reason], endpoints: [endpoint] })
    const lines = trimmed(makeReport({ nodes: [makeNode({ verdict: 'unknown', entries: [entry] })] }))
    expect(lines).toContain('doubt1>"the set X is not in the text"]:::unknown')
    expect(lines).toContain('chain2 -.->|"≤100 %"| endpoint1')
    expect(lines).toContain('chain2 -.-> doubt1')
  })

  it('draws an alias, a service without an address, and nodes that nobody read', () => {
    const service = makeService({ type: 'ExternalName', externalName: 'api.example.com', clusterIPs: [] })
    const alias = trimmed(makeReport({ service, verdict: 'unknown', nodes: [] }))
    expect(alias).toContain('entry1("api.example.com"):::unknown')
    expect(alias).toContain('name1 -.->|"CNAME"| entry1')

    const reasons = [makeReason({ node: null, verdict: 'unknown', message: 'headless and without endpoints' })]
    expect(trimmed(makeReport({ reasons, verdict: 'unknown', nodes: [] }))).toContain(
      'stop1{{"headless and without endpoints"}}:::unknown',
    )

    const unread = ['n2', 'n3'].map((name) =>
      makeNode({ name, verdict: 'unknown', entries: [], notes: ['nothing was collected'] }),
    )
    const lines = trimmed(makeReport({ nodes: [makeNode(), ...unread] }))
    expect(lines).toContain('subgraph cluster4["n2, n3"]')
    expect(lines).toContain('stop1{{"nothing was collected"}}:::unknown')
    expect(lines).toContain('entry1 -.-> stop1')
  })

  it('tells that the way to DNS is broken', () => {
    const dns = makeDns({ verdict: 'broken', path: makeReport({ dns: null, verdict: 'broken' }) })
    expect(trimmed(makeReport({ dns }))).toContain(
      'name1[["web.shop.svc.cluster.local<br/>asked at kube-system/kube-dns 10.96.0.10<br/>the way to it is broken"]]:::broken',
    )
  })

  it('folds the endpoints beyond 15, and keeps those with faults', () => {
    const report = manyEndpoints(200)
    const { endpoints } = report.nodes[0]!.entries[0]!
    endpoints[150] = { ...endpoints[150]!, state: 'stale' }
    const lines = trimmed(report)
    expect(lines.filter((line) => /^endpoint\d+\[/.test(line))).toHaveLength(15)
    expect(lines.filter((line) => line.includes(':::stale'))).toHaveLength(2)
    expect(lines).toContain('more1("… 185 more<br/>none with a fault"):::more')
    expect(lines).toContain('chain2 -->|"92.5 % together"| more1')
  })

  it('stays within what mermaid draws: 500 edges, 50,000 characters', () => {
    for (const report of [manyNodes(30, 5, 40), manyNodes(10, 4, 200), manyNodes(1, 60, 40), manyNodes(60, 1, 3)]) {
      const text = renderMermaid(report)
      expect(text.length).toBeLessThan(50_000)
      expect(text.split('\n').filter((line) => /-->|-\.->/.test(line)).length).toBeLessThan(500)
    }
    expect(trimmed(manyNodes(30, 1, 3))).toContain('more1("… 20 more nodes with other ways<br/>all reachable"):::more')
    expect(trimmed(manyNodes(1, 60, 3))).toContain('more1("… 50 more entries"):::more')
  })

  it('encodes what could end a label or start something else', () => {
    expect(trimmed(hostile('x"]<b>`%%{#;'))).toContain(
      'client1(["x#34;#93;#60;b#62;#96;#37;#37;#123;#35;#59;"]):::client',
    )
  })

  it('never lets a name out of its label', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.string({
        unit: fc.constantFrom(
          '"',
          ']',
          ')',
          '}',
          '#',
          ';',
          '\n',
          '\r',
          '\u2028',
          '`',
          '<br/>',
          '%%',
          '{',
          ' end',
          '-->',
        ),
      }),
    )
    fc.assert(
      fc.property(text, (name) => {
        const lines = linesOf(hostile(name))
        expect(lines.pop()).toBe('')
        for (const line of lines) expect(line).toMatch(STATEMENT)
        const client = lines.find((line) => line.startsWith('  client'))
        const label = /^ {2}client1\(\["(.*)"\]\)/.exec(client ?? '')?.[1] ?? ''
        expect(decode(label)).toBe(clip(printable(name), 64) || '?')
      }),
      { numRuns: 100 },
    )
  })
})
