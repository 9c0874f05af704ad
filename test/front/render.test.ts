/** What is printed of an Ingress, HTTPRoute or Gateway. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import { parseFrontQuery } from '../../src/model/front/query.ts'
import type { RouteReport } from '../../src/model/front/report.ts'
import { observeRecorded } from '../../src/observe/observation.ts'
import { renderRouteReport } from '../../src/render/front/render.ts'
import { stringWidth, terminal } from '../../src/render/terminal.ts'
import { routeReport } from '../../src/report/front.ts'
import { capturePath } from '../fixtures.ts'
import { planOf } from '../lab/cluster/objects.ts'
import {
  condition,
  fixture,
  gateway,
  gatewayClass,
  ingress,
  lookup,
  pathTo,
  reportOf,
  route,
  rule,
  to,
  web,
} from './samples.ts'

const load = (name: string) => JSON.parse(readFileSync(new URL(`../../schema/${name}`, import.meta.url), 'utf8'))
const ajv = new Ajv2020({ strict: true, strictRequired: true, allowUnionTypes: true, allErrors: true })
ajv.addSchema(load('pathreport.schema.json'))
const check = ajv.compile(load('routereport.schema.json'))

function faults(report: RouteReport): string[] {
  check(JSON.parse(renderRouteReport(report, 'json', terminal({}, {}))))
  return (check.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

async function recorded(word: string, file: string): Promise<RouteReport> {
  const paths = [capturePath('k8s-1.36-iptables-nft-bridge'), fixture(file)]
  const observation = await observeRecorded(paths, () => process.stdin)
  return routeReport(observation, { query: parseFrontQuery(word)!, namespace: null, from: null, nodes: [] })
}

const hostile = 'x"]#<script>\u001b[2J\u202e\n'
const plain = (report: RouteReport, width: number | null = null): string =>
  renderRouteReport(report, 'tree', { ...terminal({}, {}), width })

describe('the schema', () => {
  test.each([
    ['ingress/storefront', 'ingress.yaml'],
    ['httproute/storefront', 'gateway.yaml'],
    ['gateway/edge', 'gateway.yaml'],
  ])('takes %s', async (word, file) => {
    expect(faults(await recorded(word, file))).toEqual([])
  })

  test('takes what is missing everywhere', () => {
    expect(
      faults(
        reportOf('ingress/store', [
          ingress([{ pathType: 'Exact' }], { host: null, spec: { ingressClassName: undefined } }),
        ]),
      ),
    ).toEqual([])
    expect(faults(reportOf('httproute/store', [route([{}], { hostnames: [] })]))).toEqual([])
    expect(faults(reportOf('gateway/edge', [gateway([])]))).toEqual([])
  })

  test('refuses what is not in it', async () => {
    const report = await recorded('ingress/storefront', 'ingress.yaml')
    expect(faults({ ...report, verdict: 'fine' as never })[0]).toContain('/verdict')
    expect(faults({ ...report, ways: [{ key: 'a', report: {} as never }] })[0]).toContain('/ways/0/report')
  })
})

describe('the tree', () => {
  test('each rule with what it leads to, and each way once below the first rule that leads there', async () => {
    const text = plain(await recorded('ingress/storefront', 'ingress.yaml'))
    const lines = text.split('\n')
    expect(lines[0]).toBe(
      'DEGRADED  Ingress shop/storefront   1 of 6 rules leads nowhere; 3 of 6 rules could not be followed to the end',
    )
    expect(text).toContain('class nginx · controller k8s.io/ingress-nginx · address 203.0.113.40')
    expect(text.match(/REACHABLE {2}shop\/web /g)).toHaveLength(1)
    const at = (line: string) => lines.indexOf(line)
    expect(at('shop.example.com  / (Prefix)')).toBeLessThan(
      at('    REACHABLE  shop/web   rules and routes lead there from pods on n1, n2 and n3'),
    )
    expect(lines.slice(at('*.example.com  / (Prefix)')).slice(1, 3)).toEqual(['  → shop/web:80', '    see above'])
    expect(text).toContain('SVP901')
  })

  test('weights, filters and methods', async () => {
    const text = plain(await recorded('httproute/storefront', 'gateway.yaml'))
    expect(text).toContain('  → 90 %  shop/web:80')
    expect(text).toContain('  → 0 %  shop/gone:80  unknown\n    weight 0: no requests; ')
    expect(text).toContain('shop.example.com  GET /old (Exact)\n  redirect to https, path /new, status 301')
    expect(text).toContain('header x-canary=true, header Authorization=***')
    expect(text).not.toContain('hunter2')
  })

  test('node ports and load balancers of a Service are no part of the way from inside', async () => {
    const { objects } = await planOf('k8s-1.36-iptables-nft-bridge')
    const own = objects.find(({ kind, metadata }) => kind === 'Service' && metadata?.name === 'web-local')
    const spec = own?.spec as { externalTrafficPolicy: string }
    expect(spec.externalTrafficPolicy).toBe('Local')
    const made = join(mkdtempSync(join(tmpdir(), 'svcpath-inside-')), 'ingress.json')
    try {
      writeFileSync(made, JSON.stringify(ingress([pathTo('web-local', 80)], { spec: { ingressClassName: 'x' } })))
      const observation = await observeRecorded(
        [capturePath('k8s-1.36-iptables-nft-bridge'), made],
        () => process.stdin,
      )
      const question = { query: parseFrontQuery('ingress/store')!, namespace: null, from: null, nodes: [] }
      const { ways } = routeReport(observation, question)
      const [way] = ways
      expect([way?.key, way?.report.verdict]).toEqual(['shop/web-local:80', 'reachable'])
      expect(way?.report.nodes.flatMap(({ entries }) => entries.map(({ kind }) => kind))).toEqual([
        'clusterIP',
        'clusterIP',
        'clusterIP',
      ])
      expect(way?.report.service).toMatchObject({
        externalTrafficPolicy: 'Local',
        ports: [{ nodePort: expect.any(Number) }],
      })
    } finally {
      rmSync(dirname(made), { recursive: true })
    }
  })

  test('a Gateway names the route of each rule', async () => {
    expect(plain(await recorded('gateway/edge', 'gateway.yaml'))).toContain('/ (PathPrefix)  HTTPRoute shop/storefront')
  })

  test.each([60, 80, 120])('fits into %d columns', async (width) => {
    for (const [word, file] of [
      ['ingress/storefront', 'ingress.yaml'],
      ['httproute/storefront', 'gateway.yaml'],
    ] as const)
      for (const line of plain(await recorded(word, file), width).split('\n'))
        expect(stringWidth(line), line).toBeLessThanOrEqual(Math.max(width, 80))
  })

  test('no word of an object begins a command of its own', () => {
    const said = [condition('Accepted', 'False', 'x\nrm -rf /')]
    const away = to('a', { namespace: 'pay\nrm -rf /' })
    const objects = [gatewayClass(), gateway(), route([rule('/', [away])], { conditions: said })]
    const grants = lookup('ReferenceGrant', 'pay\nrm -rf /', null, 'found')
    const { findings } = reportOf('httproute/store', [...objects, grants])
    expect(findings.map(({ code }) => code)).toEqual(['SVP902', 'SVP903'])
    for (const { fix } of findings) expect(fix).not.toContain('\n')
  })

  test('no word of an object moves the cursor', () => {
    const said = [condition(hostile, 'False', hostile, 1, hostile), condition('Accepted', 'False', hostile, 1, hostile)]
    const reports = [
      reportOf('httproute/store', [
        web(),
        gatewayClass(),
        gateway(),
        route([rule(hostile, [to(hostile)])], { hostnames: [hostile], conditions: said }),
      ]),
      reportOf('ingress/store', [
        ingress([pathTo(hostile, hostile, hostile, hostile)], {
          host: hostile,
          spec: { ingressClassName: hostile, tls: [{ hosts: [hostile], secretName: hostile }] },
        }),
        lookup('Secret', 'shop', hostile),
      ]),
    ]
    for (const report of reports)
      for (const output of ['tree', 'wide', 'json', 'yaml', 'markdown'] as const)
        expect(renderRouteReport(report, output, terminal({}, {}))).not.toMatch(/\p{Bidi_Control}|(?!\n)\p{Cc}/u)
  })
})

describe('markdown', () => {
  test('has the rules as a table, then the path of each Service', async () => {
    const text = renderRouteReport(await recorded('ingress/storefront', 'ingress.yaml'), 'markdown', terminal({}, {}))
    expect(text).toMatch(/^## [A-Z]+ Ingress `shop\/storefront`\n/)
    expect(text).toMatch(/^\| host \| request \| share \| leads to \| verdict /m)
    expect(text).toMatch(/^\| .* \| `shop\/web:80` \| reachable \|/m)
    expect(text).toMatch(/^## REACHABLE `shop\/web`$/m)
  })

  test('escapes names', () => {
    const report = reportOf('ingress/store', [ingress([pathTo('web', 80, '/<img src=x>|@octocat')])])
    const text = renderRouteReport(report, 'markdown', terminal({}, {}))
    expect(text).not.toMatch(/(?<!`[^`]*)<img/)
  })
})
