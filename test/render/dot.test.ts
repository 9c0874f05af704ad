import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printable } from '../../src/model/printable.ts'
import type { PathReport } from '../../src/model/report.ts'
import { renderDot } from '../../src/render/dot.ts'
import { clip } from '../../src/render/terminal.ts'
import { hostile, makeNode, makeReport, manyEndpoints, rejected, stuckNode, twoNodes } from './report-factory.ts'

interface Statement {
  indent: number
  /** Words and signs; a quoted string is a token with its quotes. */
  tokens: string[]
}

/** Reads DOT line by line as its lexer would: quoted strings with backslash escapes, words, arrows and brackets. */
function read(text: string): Statement[] {
  expect(text).toMatch(/[^\n]\n$/)
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => {
      const rest = line.trimStart()
      const tokens = rest.match(/"(?:[^"\\]|\\.)*"|->|[\w.]+|[[\]{}=,]|[^\s]/gs) ?? []
      return { indent: line.length - rest.length, tokens }
    })
}

/** The attributes of a statement, with what Graphviz shows for a string. */
function attributes({ tokens }: Statement): Record<string, string> {
  const found: Record<string, string> = {}
  tokens.forEach((token, i) => {
    if (token === '=') found[tokens[i - 1]!] = decode(tokens[i + 1]!)
  })
  return found
}

const decode = (token: string) =>
  token
    .replace(/^"|"$/g, '')
    .replace(/\\(.)/g, (_, letter) => (letter === 'n' ? '\n' : letter))
    .replaceAll('&amp;', '&')

const nodesOf = (report: PathReport) =>
  new Map(
    read(renderDot(report))
      .filter(({ tokens }) => tokens[1] === '[' && /\d$/.test(tokens[0]!))
      .map((statement) => [statement.tokens[0]!, attributes(statement)]),
  )

const edgesOf = (report: PathReport) => read(renderDot(report)).filter(({ tokens }) => tokens[1] === '->')

describe('renderDot', () => {
  it('draws DNS, client, entry, chains, endpoints and pods, and the nodes that do the same', () => {
    const labels = [...nodesOf(twoNodes())].map(([id, { label }]) => `${id}: ${label}`)
    expect(labels).toEqual([
      'name1: web.shop.svc.cluster.local\nasked at kube-system/kube-dns 10.96.0.10',
      'client1: a pod',
      'entry1: cluster IP\n10.96.0.80:80/tcp',
      'chain1: KUBE-SERVICES',
      'chain2: KUBE-SVC-BBBBBBBBBBBBBBBB',
      'endpoint1: KUBE-SEP-AAAAAAAAAAAAAAAA\n→ 10.244.1.6:8080, 4 connections',
      'endpoint2: KUBE-SEP-CCCCCCCCCCCCCCCC\n→ 10.244.2.5:8080, 6 connections\nby eth0 → 172.30.0.12',
      'pod1: web-1\nveth1 on cni0',
      'pod2: web-2\nveth2 on cni0',
      'more1: as on n1\n0 connections',
    ])
    const edges = edgesOf(twoNodes()).map(
      (edge) => `${edge.tokens[0]} ${edge.tokens[2]} ${attributes(edge).label ?? ''}`,
    )
    expect(edges).toEqual([
      'client1 entry1 ',
      'name1 entry1 A',
      'entry1 chain1 10 connections',
      'chain1 chain2 ',
      'chain2 endpoint1 50 %',
      'endpoint1 pod1 ',
      'chain2 endpoint2 50 %',
      'endpoint2 pod2 ',
      'entry1 more1 ',
    ])
  })

  it('puts each machine and the service into a cluster', () => {
    const text = renderDot(twoNodes())
    const titles = read(text)
      .filter(({ tokens, indent }) => tokens[0] === 'graph' && indent === 4)
      .map((statement) => attributes(statement).label)
    expect(titles).toEqual([
      'shop/web · ClusterIP · reachable',
      'n1 · iptables (nft)',
      'pods on n1',
      'pods on n2',
      'n2 (same as n1)',
    ])
    expect(text.startsWith('digraph "shop/web" {\n  graph [rankdir="LR", ')).toBe(true)
  })

  it('marks what is stale, missing or stopped', () => {
    const stuck = nodesOf(stuckNode())
    expect(stuck.get('endpoint1')).toMatchObject({ style: 'dashed,filled', color: '#b91c1c', fillcolor: '#fee2e2' })
    expect(stuck.get('endpoint2')).toMatchObject({ style: 'dashed,filled', color: '#b91c1c', fillcolor: '#ffffff' })
    const missing = edgesOf(stuckNode()).find(({ tokens }) => tokens[2] === 'endpoint2')!
    expect(attributes(missing)).toEqual({ label: 'no rule', style: 'dashed', color: '#b91c1c' })
    expect(nodesOf(rejected()).get('stop1')).toMatchObject({
      label: 'the service has no ready endpoint: rejected',
      shape: 'octagon',
      fillcolor: '#fee2e2',
    })
  })

  it('folds the endpoints beyond 15', () => {
    const nodes = nodesOf(manyEndpoints(200))
    expect([...nodes.keys()].filter((id) => id.startsWith('endpoint'))).toHaveLength(15)
    expect(nodes.get('more1')!.label).toBe('… 185 more\nnone with a fault')
  })

  it('escapes quotes, backslashes and entities', () => {
    const text = renderDot(makeReport({ nodes: [makeNode({ name: 'a\\N"b&lt;' })] }))
    expect(text).toContain(String.raw`graph [label="a\\N\"b&amp;lt; · iptables (nft)", `)
  })

  it('never lets a name out of its string', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.string({
        unit: fc.constantFrom('"', '\\', ']', '}', '\n', '\r', '\u2028', '&', ';', '\\N', '->', '//', '/*', '#'),
      }),
    )
    fc.assert(
      fc.property(text, (name) => {
        const report = hostile(name)
        const statements = read(renderDot(report))
        const names = new Set(statements.map(({ tokens }) => tokens[0]))
        for (const { tokens } of statements) {
          const shape = tokens.map((token) => (token.startsWith('"') ? '"' : token)).join(' ')
          expect(shape).toMatch(
            /^(digraph " {|subgraph cluster\d+ {|}|\w+( -> \w+)?( \[ \w+ = ("|[\d.]+)( , \w+ = ("|[\d.]+))* \])?)$/,
          )
          if (tokens[1] === '->') expect(names.has(tokens[2])).toBe(true)
        }
        const depth = statements.reduce(
          (open, { tokens }) => open + (tokens.at(-1) === '{' ? 1 : tokens[0] === '}' ? -1 : 0),
          0,
        )
        expect(depth).toBe(0)
        expect(nodesOf(report).get('client1')!.label).toBe(clip(printable(name), 64) || '?')
      }),
      { numRuns: 100 },
    )
  })
})
