/** The first line: who is affected, in words, and never more than the report shows. */
import { expect, test } from 'vitest'
import type { EntryPath } from '../../src/model/report.ts'
import type { Who } from '../../src/model/who.ts'
import { impactText } from '../../src/render/impact.ts'
import { makeFinding } from './check/factory.ts'
import { makeEndpoint, makeEntry, makeNode, makeReport } from './report-factory.ts'

const pods = (node: string): Who => ({ kind: 'pods', name: null, node })
const outside = (node: string): Who => ({ kind: 'outside', name: null, node })
const node = (name: string, ...entries: EntryPath[]) => makeNode({ name, entries })
const lost = (who: Who, part: Partial<EntryPath> = {}) => makeEntry({ who, verdict: 'broken', ...part })
const fine = (who: Who, part: Partial<EntryPath> = {}) => makeEntry({ who, ...part })
const stuck = [node('n1', fine(pods('n1'))), node('n2', lost(pods('n2'))), node('n3', fine(pods('n3')))]

test('who cannot reach it, and who can', () => {
  const nodes = stuck
  expect(impactText(makeReport({ verdict: 'degraded', nodes }))).toBe('pods on n2 cannot reach it; n1 and n3 can')
})

test('nobody is said to be well of whom a finding may be true', () => {
  const said = (part: Parameters<typeof makeFinding>[0]) =>
    impactText(makeReport({ verdict: 'degraded', nodes: stuck, findings: [makeFinding(part)] }))
  expect(said({ node: 'n2' })).toBe('pods on n2 cannot reach it; n1 and n3 can')
  expect(said({ node: 'n3', who: [pods('n3')] })).toBe('pods on n2 cannot reach it; n1 can')
  expect(said({ severity: 'warning', node: null, who: [] })).toBe('pods on n2 cannot reach it')
  expect(said({ severity: 'info', node: null, who: [] })).toBe('pods on n2 cannot reach it; n1 and n3 can')
})

test('clients that fare alike share a sentence', () => {
  const nodes = [node('n1', fine(pods('n1')), fine(outside('n1'))), node('n2', lost(pods('n2')), lost(outside('n2')))]
  expect(impactText(makeReport({ verdict: 'degraded', nodes }))).toBe(
    'pods on n2 and outside clients that arrive there cannot reach it; n1 can',
  )
})

test('a part of the service, and a part of the connections', () => {
  const ports = [fine(pods('n1'), { port: 80 }), lost(pods('n1'), { port: 443 })]
  expect(impactText(makeReport({ verdict: 'degraded', nodes: [node('n1', ...ports)] }))).toBe(
    'pods on n1 cannot reach port 443',
  )
  const endpoints = [makeEndpoint({ probability: 0.2, state: 'stale' }), makeEndpoint({ probability: 0.8 })]
  const some = makeEntry({ who: pods('n1'), verdict: 'degraded', endpoints })
  expect(impactText(makeReport({ verdict: 'degraded', nodes: [node('n1', some)] }))).toBe(
    'up to 20 % of the connections from pods on n1 may fail',
  )
  const missing = makeEntry({
    who: pods('n1'),
    verdict: 'degraded',
    endpoints: [makeEndpoint(), makeEndpoint({ state: 'missing', probability: 0 })],
  })
  expect(impactText(makeReport({ verdict: 'degraded', nodes: [node('n1', missing)] }))).toBe(
    'pods on n1 do not reach every ready endpoint',
  )
})

test('what is not known is not called reachable', () => {
  const unknown = makeEntry({ who: pods('n2'), verdict: 'unknown' })
  const nodes = [node('n1', fine(pods('n1'))), node('n2', unknown)]
  expect(impactText(makeReport({ verdict: 'unknown', nodes }))).toBe('not known whether pods on n2 can reach it')
  expect(impactText(makeReport({ nodes: [node('n1', fine(pods('n1')))] }))).toBe(
    'rules and routes lead there from pods on n1',
  )
})

test('pasted rules say what they show, and what is missing', () => {
  const unknown = makeEntry({ who: pods('node'), verdict: 'unknown' })
  const report = makeReport({ source: 'rules', verdict: 'unknown', nodes: [node('node', unknown)] })
  expect(impactText({ ...report, endpoints: [], endpointsKnown: false })).toBe(
    'the rules lead to 1 endpoint; to be sure, add the output of: kubectl get endpointslices -A -o yaml',
  )
  expect(impactText({ ...report, nodes: [] })).toBe('this text does not show where its connections go')
  const broken = makeReport({ source: 'rules', verdict: 'broken', nodes: [node('node', lost(pods('node')))] })
  expect(impactText(broken)).toBe('pods on this node cannot reach it')
})
