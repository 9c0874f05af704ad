/** Pages in Markdown: what they say, and that no name can become a link, HTML, or the end of what it stands in. */
import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CATALOGUE } from '../../src/diagnose/catalogue.ts'
import type { PathReport } from '../../src/model/report.ts'
import { renderCheck } from '../../src/render/check/render.ts'
import { code, fenced, prose, table } from '../../src/render/markdown/escape.ts'
import { renderList, renderReport } from '../../src/render/render.ts'
import { terminal } from '../../src/render/terminal.ts'
import { isLeftOut } from '../needs.ts'
import { makeFinding, mixedReport } from './check/factory.ts'
import { JUNK, pagesOf } from './pages.ts'
import { makeList, makeNode, makeReport, makeRow, manyNodes, stuckNode, twoNodes } from './report-factory.ts'

const look = terminal({}, {})
const traceOf = (report: PathReport, verbose = false): string => renderReport(report, 'markdown', { ...look, verbose })

describe('words from elsewhere', () => {
  test.each([
    [
      'every connection from n2 to port 80 goes to 10.244.1.5:8080',
      'every connection from n2 to port 80 goes to 10.244.1.5:8080',
    ],
    ['3 addresses (10.244.1.5:8080, …), which are gone', '3 addresses (10.244.1.5:8080, …), which are gone'],
    ['tcp 80 → 8080 · 33.3 %', 'tcp 80 → 8080 · 33.3 %'],
    ['ask @octocat about #12', 'ask `@octocat` about `#12`'],
    ['see https://example.test/x or www.example.test', 'see `https://example.test/x` or `www.example.test`'],
    ['write to a@example.test', 'write to `a@example.test`'],
    ['<b> & [x](y) ![z](y)', '`<b> & [x](y) ![z](y)`'],
    ['a_b_c *d* `e`', '`` a_b_c *d* `e` ``'],
    ['1. first', '`1.` first'],
    ['- list', '`-` list'],
    ['fd00:10:96::1 :boom:', '`fd00:10:96::1 :boom:`'],
    ['    four spaces', 'four spaces'],
    ['eth0 → fd00::12, veth1', 'eth0 → `fd00::12`, veth1'],
    [', ;;', '`, ;`;'],
  ])('%s', (text, set) => {
    expect(prose(text)).toBe(set)
  })

  test('code and fences take more backticks than they hold', () => {
    expect(code('a``b`')).toBe('``` a``b` ```')
    expect(fenced(['````', 'x'], 'sh')).toEqual(['`````sh', '````', 'x', '`````'])
  })

  test('a table has the columns that hold something, and no bar of a name', () => {
    expect(
      table(
        ['a', 'b', 'c'],
        [
          ['1', '', '`x|y`'],
          ['2', '', '3'],
        ],
      ),
    ).toEqual(['| a | c |', '|---|---|', '| 1 | `x¦y` |', '| 2 | 3 |'])
  })
})

describe('a trace', () => {
  test('says who is affected, then what is wrong with its fix, then the path', () => {
    const report = { ...stuckNode(), findings: [makeFinding({ fix: 'kubectl delete pod x  # it comes again' })] }
    expect(traceOf(report).split('\n')).toEqual([
      ...['## BROKEN `shop/web`', '', 'pods on n1 cannot reach it', ''],
      ...['- ClusterIP 10.96.0.80', '- tcp 80 → 8080', '- 1 of 1 endpoint ready on 1 node'],
      ...['- recorded Fri Nov 21 10:00:00 2025, 1 node', ''],
      '❌ **SVP303** n2: every connection from n2 goes to 10.244.1.9:8080, which is no longer an endpoint',
      ...['', '- affects: pods on n2', '', '```sh', '# it comes again', 'kubectl delete pod x', '```', ''],
      '- proof: `n2  iptables-save -c  nodes/n2/iptables-save.txt:12  -A KUBE-SEP-X`',
      ...['- leads to: SVP304 missing-endpoint: 10.244.1.7:8080', ''],
      '- ❌ n1 10.96.0.80:80: its rules lead to an address that is no longer an endpoint (10.244.1.5:8080)',
      ...['', '### Path', ''],
      '- DNS: web.shop.svc.cluster.local → 10.96.0.80 (expected; DNS was not queried)',
      ...['- DNS: resolver kube-system/kube-dns 10.96.0.10: 2 of 2 pods ready', ''],
      ...['❌ `n1` · iptables (nft) · broken · 4 connections', ''],
      '- cluster IP `10.96.0.80:80/tcp` from a pod on n1 · broken · 4 connections',
      ...['  `KUBE-SERVICES → KUBE-SVC-BBBBBBBBBBBBBBBB`', ''],
      '|  | expected | endpoint | pod | node | via | connections | actual | remark |',
      '|---|---|---|---|---|---|---|---|---|',
      '| ❌ | 100 % | 10.244.1.5:8080 |  |  | veth1 on cni0 | 4 | 100 % | no longer an endpoint |',
      '| ❌ | - | 10.244.1.6:8080 | web-1 | n1 | veth1 on cni0 |  |  | missing: no rule leads here |',
      '',
    ])
  })

  test('nodes with the same path share an entry', () => {
    expect(traceOf(twoNodes())).toContain('✅ `n1` · iptables (nft) · reachable · 10 connections (the same on n2)\n')
  })

  test('is short, unless everything is asked for', () => {
    const many = manyNodes(12, 3, 60)
    const nodes = many.nodes.map((node, i) => (i === 11 ? { ...node, verdict: 'broken' as const } : node))
    const text = traceOf({ ...many, nodes })
    expect(text).toMatch(/^❌ `n11`/m)
    expect(text).toContain('… and 8 more nodes with paths of their own, see `-v`')
    expect(text).toContain('… and 52 more, each 1.67 %, none with a fault (-v shows all)')
    expect(text.length).toBeLessThan(20_000)
    expect(traceOf({ ...many, nodes }, true)).not.toContain('-v')
  })

  test('a node that was not read says why', () => {
    const unread = makeNode({
      name: 'n9',
      verdict: 'unknown',
      mode: null,
      backend: null,
      entries: [],
      notes: ['no answer'],
      connections: null,
    })
    expect(traceOf(makeReport({ nodes: [unread] }))).toContain('❔ `n9` · no rules read · unknown\n\n- no answer\n')
  })
})

test('a list is a table', () => {
  const rows = [makeRow(), makeRow({ name: 'api', verdict: 'broken', reason: 'no endpoint', finding: 'SVP101' })]
  expect(renderList(makeList(rows), 'markdown', look).split('\n')).toEqual([
    '2 services: 1 broken, 1 reachable',
    '',
    '| service | type | entries | endpoints | nodes | connections | verdict | reason |',
    '|---|---|---|---|---|---|---|---|',
    '| `shop/web` | ClusterIP | 10.96.0.80:80/tcp | 2/2 | 3/3 | 4 | reachable |  |',
    '| `shop/api` | ClusterIP | 10.96.0.80:80/tcp | 2/2 | 3/3 | 4 | **broken** | SVP101 no endpoint |',
    '',
  ])
})

test('a check has a line a service, failures first, then what is wrong', () => {
  const text = renderCheck(mixedReport, 'markdown', look, CATALOGUE)
  expect(text.split('\n').slice(0, 12)).toEqual([
    '## ❌ FAILED: 4 services: 2 passed (1 with a warning), 1 failed, 1 unknown',
    '',
    'the cluster lab, read 2026-11-24 10:00 UTC',
    '',
    '|  | service | endpoints | nodes | result | why |',
    '|---|---|---|---|---|---|',
    '| ❌ | `shop/web` | 3/3 | 2/3 | failed | SVP303 stale-endpoint n2 |',
    '| ❔ | `shop/api` | 3/3 | 3/3 | unknown | n3: no answer within 5 s |',
    '| ✅ | `shop/web-local` | 3/3 | 3/3 | passed, 1 warning | SVP311 no-local-endpoints |',
    '| ✅ | `shop/ok` | 3/3 | 3/3 | passed |  |',
    '',
    '❌ **SVP303** n2: every connection from n2 goes to 10.244.1.9:8080, which is no longer an endpoint',
  ])
  expect(text).toContain('- ❔ shop/api: n3: no answer within 5 s\n')
})

/** Kinds of blocks and cells, one after the other, as GitHub's own parser sees them. */
const shapeOf = (xml: string): string[] =>
  [...xml.matchAll(/<(\w+)[ />]/g)].map(([, name]) => name!).filter((name) => BLOCKS.has(name))

const BLOCKS = new Set([
  'document',
  'heading',
  'paragraph',
  'list',
  'item',
  'code_block',
  'table',
  'table_header',
  'table_row',
  'table_cell',
  'block_quote',
  'thematic_break',
])

const parsed = (markdown: string): string =>
  execFileSync(
    'cmark-gfm',
    ['--unsafe', '-t', 'xml', ...['table', 'autolink', 'strikethrough', 'tasklist'].flatMap((one) => ['-e', one])],
    {
      input: markdown,
      encoding: 'utf8',
    },
  )

describe.skipIf(isLeftOut('markdown'))("as GitHub's parser reads it", () => {
  const harmless = pagesOf('web', 'markdown').map(parsed).map(shapeOf)

  test('whatever names hold, the page has the same parts, and none of them is a link, a picture or HTML', () => {
    expect(harmless[0]).toContain('table_cell')
    fc.assert(
      fc.property(JUNK, (name) => {
        for (const [i, page] of pagesOf(name, 'markdown').entries()) {
          const xml = parsed(page)
          expect(shapeOf(xml)).toEqual(harmless[i])
          expect(
            [...xml.matchAll(/<(link|image|html\w*|strikethrough|emph|hardbreak)\b/g)].map(([, kind]) => kind),
          ).toEqual([])
          // What stands side by side is one text to what looks for links in it.
          const whole = xml.replaceAll(/<\/text>\s*<text [^>]*>/g, '')
          const texts = [...whole.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text]) => text)
          expect(texts.filter((text) => /@|#\d|www\.|:\/\/|:[a-z]\w*:/.test(text!))).toEqual([])
        }
      }),
      { numRuns: 80 },
    )
  })
})
