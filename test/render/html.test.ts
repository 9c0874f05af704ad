/** Pages in HTML: what they say, how large they are, and that no name comes through as anything but text. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CATALOGUE } from '../../src/diagnose/catalogue.ts'
import type { PathReport } from '../../src/model/report.ts'
import { renderCheck } from '../../src/render/check/render.ts'
import { pathGraph } from '../../src/render/graph/graph.ts'
import { layOut } from '../../src/render/html/picture/layout.ts'
import { renderList, renderReport } from '../../src/render/render.ts'
import { terminal } from '../../src/render/terminal.ts'
import { makeFinding, mixedReport } from './check/factory.ts'
import { JUNK, pagesOf } from './pages.ts'
import {
  hostile,
  makeList,
  makeReport,
  makeRow,
  makeRule,
  manyNodes,
  rejected,
  stuckNode,
  twoNodes,
} from './report-factory.ts'

const look = terminal({}, {})
const traceOf = (report: PathReport, verbose = false): string => renderReport(report, 'html', { ...look, verbose })

/** What a reader sees, a line a piece. */
const textOf = (page: string): string[] =>
  page
    .replace(/<(style|script)>.*?<\/\1>/gs, '')
    .split(/<[^>]*>/)
    .map((text) => text.replace(/\s+/g, ' ').trim())
    .filter(Boolean)

describe('a trace', () => {
  const report = {
    ...stuckNode(),
    findings: [makeFinding({ fix: 'kubectl delete pod x  # it comes again' })],
  }

  test('says who is affected, what is wrong with its fix, and when this was seen', () => {
    const text = textOf(traceOf(report)).join('\n')
    expect(text).toMatch(/^shop\/web: broken\nshop\/web\nbroken\npods on n1 cannot reach it\n/)
    expect(text).toContain('recorded Fri Nov 21 10:00:00 2025, 1 node · from capture.tgz')
    expect(text).toContain('n2: every connection from n2 goes to 10.244.1.9:8080')
    expect(text).toContain('\nAffects: pods on n2\nkubectl delete pod x\nCopy\nthe fix\nit comes again\nLeads to:\n')
    expect(text).toContain('\nProof: 1 line\nn2 · iptables-save -c · nodes/n2/iptables-save.txt:12\n-A KUBE-SEP-X\n')
  })

  test('shows every rule with its counter and where it stands', () => {
    const nodes = report.nodes.map((node) => ({
      ...node,
      entries: node.entries.map((entry) => ({ ...entry, rules: [makeRule()] })),
    }))
    const text = textOf(traceOf({ ...report, nodes })).join('\n')
    expect(text).toContain('1 rule that the packet meets, in order')
    expect(text).toMatch(/\n4\n-A KUBE-SERVICES -d 10\.96\.0\.80\/32 .*\nnat\niptables-save.txt:42\n/)
  })

  test('draws each part of the way, and says it in words', () => {
    const page = traceOf(twoNodes())
    const words = textOf(page)
    expect(words).toContain(
      'KUBE-SVC-BBBBBBBBBBBBBBBB → KUBE-SEP-AAAAAAAAAAAAAAAA, → 10.244.1.6:8080, 4 connections (50 %)',
    )
    const svg = /<svg.*<\/svg>/s.exec(page)![0]
    const { nodes, edges } = pathGraph(twoNodes())
    expect(svg.match(/<g class="is-/g)).toHaveLength(nodes.length)
    expect(svg.match(/marker-end=/g)).toHaveLength(edges.length)
  })

  test('nodes with faults come first, and are open', () => {
    const many = manyNodes(3, 1, 2)
    const nodes = many.nodes.map((node, i) => (i === 2 ? { ...node, verdict: 'broken' as const } : node))
    const found = [...traceOf({ ...many, nodes }).matchAll(/<details class="node"( open)?><summary><h3>(\w+)</g)]
    expect(found.map(([, open, name]) => `${name}${open ?? ''}`)).toEqual(['n2 open', 'n0', 'n1'])
  })
})

describe('conntrack entries', () => {
  /** A node whose first endpoint has these entries, of so many. */
  function tracked(count: number, text: string, client = '10.244.1.3'): PathReport {
    const report = twoNodes()
    const line = (i: number) => ({ protocol: 'tcp', state: 'ESTABLISHED', timeout: 60, client, line: i, text })
    const nodes = report.nodes.slice(0, 1).map((node) => ({
      ...node,
      entries: node.entries.map((entry) => ({
        ...entry,
        endpoints: entry.endpoints.map((one, i) =>
          i === 0 ? { ...one, connections: count, conntrack: Array.from({ length: count }, (_, at) => line(at)) } : one,
        ),
      })),
    }))
    return { ...report, nodes }
  }

  test('are folded below their node', () => {
    const page = traceOf(tracked(1, 'tcp 6 60 ESTABLISHED src=10.244.1.3'))
    expect(page).toContain('<details class="conntrack"><summary>1 conntrack entry</summary>')
    expect(textOf(page).join('\n')).toContain('\ntcp 6 60 ESTABLISHED src=10.244.1.3\n0\n')
    expect(traceOf(twoNodes())).not.toContain('class="conntrack"')
  })

  test('of many the first ones, with how many are left out; all of them with -v', () => {
    const page = traceOf(tracked(133, 'tcp 6'))
    expect(textOf(page)).toContain('133 conntrack entries')
    expect(textOf(page)).toContain('113 more are left out: conntrack -L on n1 shows all')
    expect(page.match(/<code>tcp 6<\/code>/g)).toHaveLength(20)
    const all = traceOf(tracked(133, 'tcp 6'), true)
    expect(all.match(/<code>tcp 6<\/code>/g)).toHaveLength(133)
    expect(all).not.toContain('left out:')
  })

  test('are text, whatever they hold', () => {
    const page = traceOf(tracked(1, '</code><script>alert(1)</script>', '"><img src=x onerror=y>'))
    expect(page).not.toMatch(/<script>alert|<img/)
    expect(textOf(page).join('\n')).toContain('&lt;/code&gt;&lt;script&gt;alert(1)&lt;/script&gt;')
  })
})

test('a check lists the services, failures first', () => {
  const text = textOf(renderCheck(mixedReport, 'html', look, CATALOGUE)).join('\n')
  expect(text).toMatch(
    /^Service check: failed\nService check\nfailed\n4 services: 2 passed \(1 with a warning\), 1 failed, 1 unknown\n/,
  )
  expect(text).toContain('\nfailed\nshop\nweb\nSVP303 stale-endpoint n2\n3/3\n2/3\nunknown\nshop\napi\n')
})

test('a list is a table', () => {
  expect(textOf(renderList(makeList([makeRow({ reason: 'x' })]), 'html', look)).join('\n')).toContain(
    '\nreachable\nshop\nweb\nx\n2/2\n3/3\n4\nClusterIP\n10.96.0.80:80/tcp\n',
  )
})

describe('ten nodes', () => {
  test.each([
    [2, 5, 18],
    [4, 20, 50],
    [10, 100, 200],
  ])('with %i ports, %i endpoints and %i rules each stay below 500 kB', (ports, endpoints, rules) => {
    const report = manyNodes(10, ports, endpoints)
    for (const node of report.nodes) {
      for (const entry of node.entries)
        entry.rules = Array.from({ length: rules }, (_, line) =>
          makeRule({
            line,
            file: `nodes/${node.name}/iptables-save.txt`,
            text: `[0:0] -A KUBE-SVC-E3PXEPMWAWIUT6ZV -m comment --comment "shop/web -> 10.244.1.6:8080" -m statistic --mode random --probability 0.20000000019 -j KUBE-SEP-BWKQ2ZW4IRW35RFX`,
          }),
        )
    }
    const findings = Array.from({ length: 40 }, (_, i) =>
      makeFinding({
        node: `n${i % 10}`,
        message: `fault ${i}`,
        evidence: Array.from({ length: 60 }, (_, line) => ({ ...makeRule({ line }) })),
      }),
    )
    const size = Buffer.byteLength(traceOf({ ...report, findings }))
    expect(size).toBeLessThan(500_000)
    const whole = traceOf({ ...report, findings }, true)
    expect(whole).not.toContain('Left out')
    expect(whole.match(/<td>nat<\/td>/g)).toHaveLength(10 * ports * rules)
  })
})

describe('the picture', () => {
  const REPORTS: [string, PathReport][] = [
    ['two nodes', twoNodes()],
    ['a broken node', stuckNode()],
    ['a rejected service', rejected()],
    ['many nodes', manyNodes(10, 3, 20)],
    ['odd names', hostile('名前 😀 a\u0301')],
    ['no node', makeReport({ nodes: [] })],
  ]

  test.each(REPORTS)('%s: nothing lies over anything else, and all is inside', (_, report) => {
    const { nodes, boxes, width, height } = layOut(pathGraph(report))
    const over = (a: Rectangle, b: Rectangle) =>
      a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
    for (const group of [nodes, boxes]) {
      for (const [i, one] of group.entries()) {
        expect(one.x >= 0 && one.y >= 0 && one.x + one.width <= width && one.y + one.height <= height).toBe(true)
        expect(group.slice(i + 1).filter((other) => over(one, other))).toEqual([])
      }
    }
    for (const { node, ...area } of nodes) {
      const home = boxes.find(({ cluster }) => cluster.id === node.cluster)
      expect(boxes.filter((box) => over(box, area))).toEqual(home ? [home] : [])
    }
  })

  interface Rectangle {
    x: number
    y: number
    width: number
    height: number
  }
})

test('only what is ours is a tag, whatever names hold', () => {
  fc.assert(
    fc.property(JUNK, (name) => {
      for (const page of pagesOf(name, 'html')) {
        const left = page
          .replace(/<(style|script)>.*?<\/\1>/gs, '')
          .replaceAll(/<!doctype html>|<\/?[a-z][a-zA-Z0-9]*(?: [a-zA-Z-]+(?:="[^"<>]*")?)*\/?>/g, '')
        expect(left).not.toMatch(/[<>"]/)
        expect(left).not.toMatch(/&(?!amp;|lt;|gt;|quot;|#39;)/)
      }
    }),
    { numRuns: 60 },
  )
})
