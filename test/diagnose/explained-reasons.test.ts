/** What the trace calls wrong is told by a finding that explains it, or by itself; never by one that only happens to be there. */
import { expect, test } from 'vitest'
import { isTold } from '../../src/diagnose/explained-reasons.ts'
import type { Finding } from '../../src/model/finding.ts'
import type { Reason } from '../../src/model/report.ts'
import { makeFinding } from '../render/check/factory.ts'

const STALE = { code: 'SVP303', name: 'stale-endpoint', node: 'n2', message: '…' }
const broken: Reason = { verdict: 'broken', node: 'n2', subject: '10.96.0.1:80', message: 'dropped', evidence: [] }

test.each<[Partial<Finding>, boolean]>([
  [{ code: 'SVP303', severity: 'error', node: 'n2' }, true],
  [{ code: 'SVP303', severity: 'error', node: 'n1' }, false],
  [{ code: 'SVP101', severity: 'error', node: null }, true],
  [{ code: 'SVP311', severity: 'warning', node: null }, false],
  [{ code: 'SVP405', severity: 'error', node: 'n2', leadsTo: [] }, false],
  [{ code: 'SVP316', severity: 'error', node: 'n2', leadsTo: [STALE] }, true],
  [{ code: 'SVP316', severity: 'warning', node: 'n2', leadsTo: [] }, false],
  [{ code: 'SVP702', severity: 'info', node: null }, false],
  [{ code: 'SVP103', severity: 'info', node: null }, false],
  [{ code: 'SVP305', severity: 'warning', node: 'n2' }, false],
  [{ code: 'SVP104', severity: 'warning', node: null }, false],
  [{ code: 'SVP314', severity: 'warning', node: 'n2' }, false],
  [{ code: 'SVP703', severity: 'warning', node: 'n2' }, false],
  [{ code: 'SVP802', severity: 'warning', node: 'n2' }, false],
])('%j: %s', (finding, told) => {
  expect(isTold(broken, [makeFinding({ leadsTo: [], ...finding })])).toBe(told)
})

test('what is wrong with names is told by what is wrong with names', () => {
  const dns: Reason = { ...broken, node: null, subject: 'DNS', message: 'no way to the cluster DNS' }
  expect(isTold(dns, [makeFinding({ code: 'SVP303', severity: 'error', node: 'n2' })])).toBe(false)
  expect(isTold(dns, [makeFinding({ code: 'SVP201', severity: 'error', node: null, leadsTo: [] })])).toBe(true)
})

test('a drop by design explains what is degraded', () => {
  const degraded: Reason = { ...broken, verdict: 'degraded' }
  expect(isTold(degraded, [makeFinding({ code: 'SVP311', severity: 'warning', node: null })])).toBe(true)
})

test('what another node does is told by the finding on that node', () => {
  const message = 'on n1: the policy of FORWARD in the table filter is DROP'
  const there = { ...broken, message, stoppedOn: 'n1' }
  expect(isTold(there, [makeFinding({ code: 'SVP403', severity: 'error', node: 'n1' })])).toBe(true)
})

test('what is unknown stands for itself, but for a node that could not be read', () => {
  const unknown: Reason = { ...broken, verdict: 'unknown' }
  expect(isTold(unknown, [makeFinding({ code: 'SVP303', severity: 'error', node: 'n2' })])).toBe(false)
  expect(isTold(unknown, [makeFinding({ code: 'SVP801', severity: 'warning', node: 'n2' })])).toBe(true)
})
