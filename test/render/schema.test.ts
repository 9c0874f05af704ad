import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import type { PathReport } from '../../src/model/report.ts'
import { renderList, renderReport } from '../../src/render/render.ts'
import { terminal } from '../../src/render/terminal.ts'
import {
  hostile,
  makeConntrack,
  makeDns,
  makeEndpoint,
  makeEntry,
  makeLink,
  makeList,
  makeNode,
  makeReport,
  makeRow,
  makeRule,
  makeService,
  makeTotal,
  manyEndpoints,
  rejected,
  stuckNode,
  twoNodes,
} from './report-factory.ts'

const load = (name: string) => JSON.parse(readFileSync(new URL(`../../schema/${name}`, import.meta.url), 'utf8'))
const pathReport = load('pathreport.schema.json')
const serviceList = load('servicelist.schema.json')
const ajv = new Ajv2020({ strict: true, strictRequired: true, allowUnionTypes: true, allErrors: true })
const checkReport = ajv.compile(pathReport)
const checkList = ajv.compile(serviceList)
const look = terminal({}, {})

/** What is wrong with a report as `-o json` prints it. */
function faults(report: PathReport): string[] {
  checkReport(JSON.parse(renderReport(report, 'json', look)))
  return (checkReport.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
}

/** A report with one value replaced, whatever the types say. */
function spoil(path: string, value: unknown): string[] {
  const report = JSON.parse(JSON.stringify(twoNodes()))
  const keys = path.split('.')
  const last = keys.pop()!
  const owner = keys.reduce((at, key) => at[key], report)
  if (value === undefined) delete owner[last]
  else owner[last] = value
  return faults(report)
}

describe('the schema of a report', () => {
  it.each([
    ['a plain one', makeReport()],
    ['two nodes', twoNodes()],
    ['a node that is stuck', stuckNode()],
    ['one that is rejected', rejected()],
    ['many endpoints', manyEndpoints(200)],
    ['any text', hostile('"]#<script>\n')],
    ['the way to DNS', makeReport({ dns: makeDns({ answers: ['10.96.0.80'], path: makeReport({ dns: null }) }) })],
    ['no DNS service', makeReport({ dns: makeDns({ service: null, server: null }) })],
    ['an alias', makeReport({ service: makeService({ type: 'ExternalName', externalName: 'a.example' }), nodes: [] })],
    [
      'pasted rules',
      makeReport({ source: 'rules', observedAt: null, service: makeService({ type: null, selector: null }) }),
    ],
  ])('takes %s', (_, report) => {
    expect(faults(report)).toEqual([])
  })

  it.each([
    { kind: 'policy', hook: 'forward', table: 'filter', chain: 'FORWARD' },
    { kind: 'route', hook: null, table: null, chain: null },
  ] as const)('takes what stops the way: a $kind', (stop) => {
    const reason = 'no way'
    const endpoint = makeEndpoint({
      fate: 'drop',
      reason,
      stop: { ...stop, node: 'n1', role: null, reason, evidence: [] },
    })
    expect(faults(makeReport({ nodes: [makeNode({ entries: [makeEntry({ endpoints: [endpoint] })] })] }))).toEqual([])
  })

  it('takes everything that may be null or left out', () => {
    const endpoint = makeEndpoint({
      address: null,
      port: null,
      chain: null,
      hits: { packets: 12000, bytes: 0, approximate: true },
      connections: null,
      pod: null,
      node: null,
      link: makeLink({ interface: null, bridge: null, how: null, reason: 'no neighbour' }),
      conntrack: [makeConntrack({ state: null, timeout: null, elsewhere: { command: 'a', file: 'b' } })],
    })
    const rules = [makeRule({ node: null, line: null, counter: null, maybe: 'the set is not in the text' })]
    const entry = makeEntry({ hits: null, conntrack: null, endpoints: [endpoint], rules })
    const node = makeNode({ mode: null, backend: null, connections: null, entries: [entry] })
    const total = makeTotal({ port: null, pod: null, node: null, connections: null, share: null, due: null })
    expect(faults(makeReport({ nodes: [node], endpoints: [total], connections: null }))).toEqual([])
  })

  it.each([
    ['verdict', 'fine', '/verdict must be equal to one of the allowed values'],
    ['kind', 'ServiceList', '/kind must be equal to constant'],
    ['service.clusterIPs', '10.96.0.80', '/service/clusterIPs must be array'],
    ['service.ports.0.port', 70000, '/service/ports/0/port must be <= 65535'],
    ['nodes.0.entries.0.kind', 'ingress', '/nodes/0/entries/0/kind must be equal to one of the allowed values'],
    ['nodes.0.entries.0.endpoints.0.probability', '0.5', '/nodes/0/entries/0/endpoints/0/probability must be number'],
    ['nodes.0.entries.0.endpoints.0.probability', -1, '/nodes/0/entries/0/endpoints/0/probability must be >= 0'],
    ['nodes.0.connections', 1.5, '/nodes/0/connections must be integer,null'],
    ['nodes.0.colour', 'red', '/nodes/0 must NOT have additional properties'],
    ['nodes.0.sameAs', undefined, "/nodes/0 must have required property 'sameAs'"],
    ['dns.names', undefined, "/dns must have required property 'names'"],
    ['findings', [{ code: 'SVP303' }], "/findings/0 must have required property 'name'"],
  ])('refuses %s as %j', (path, value, fault) => {
    expect(spoil(path, value)).toContain(fault)
  })
})

describe('the schema of the list', () => {
  const faultsOf = (json: unknown): string[] => {
    checkList(json)
    return (checkList.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)
  }

  it('takes what the list prints', () => {
    const rows = [
      makeRow(),
      makeRow({ ready: null, connections: null, verdict: 'broken', reason: 'dropped', entries: [] }),
    ]
    expect(faultsOf(JSON.parse(renderList(makeList(rows), 'json', look)))).toEqual([])
    expect(faultsOf(JSON.parse(renderList(makeList([]), 'json', look)))).toEqual([])
  })

  it('refuses a row that lacks or adds something', () => {
    const { reason: _, ...row } = makeRow()
    const list = makeList([])
    expect(faultsOf({ ...list, items: [row] })).toEqual(["/items/0 must have required property 'reason'"])
    expect(faultsOf({ ...list, items: [makeRow(), { ...makeRow(), age: 1 }] })).toEqual([
      '/items/1 must NOT have additional properties',
    ])
  })
})

/** What the types leave optional. */
const OPTIONAL = new Set([
  'elsewhere',
  'approximate',
  'byInterface',
  'cache',
  'finding',
  'counterNote',
  'held',
  'lags',
  'modeNote',
  'ofProxy',
  'onNodes',
  'partial',
  'shownBy',
  'shownIn',
  'silent',
  'rival',
  'stop',
  'answer',
  'ends',
  'interfaces',
  'verb',
  'stoppedOn',
  'subjects',
  'trackedBy',
  'untranslated',
])

describe.each([
  ['pathreport', pathReport],
  ['servicelist', serviceList],
  ['routereport', load('routereport.schema.json')],
])('%s.schema.json', (_, schema) => {
  const objects: { properties: Record<string, unknown>; required: string[]; additionalProperties: unknown }[] = []
  JSON.stringify(schema, (_key, value) => {
    if (value?.type === 'object') objects.push(value)
    return value
  })

  it('is strict: every field is required but those that the types leave optional, and no other may stand there', () => {
    expect(objects.length).toBeGreaterThan(1)
    for (const { properties, required, additionalProperties } of objects) {
      expect(additionalProperties).toBe(false)
      expect(required).toEqual(Object.keys(properties).filter((name) => !OPTIONAL.has(name)))
    }
  })
})
