/** Check reports made up for tests. */
import fc from 'fast-check'
import type { CheckedService, CheckReport } from '../../../src/model/check.ts'
import type { Finding } from '../../../src/model/finding.ts'

export const makeFinding = (parts: Partial<Finding> = {}): Finding => ({
  code: 'SVP303',
  name: 'stale-endpoint',
  severity: 'error',
  node: 'n2',
  subject: '10.244.1.9:8080',
  message: 'every connection from n2 goes to 10.244.1.9:8080, which is no longer an endpoint',
  clients: ['pods on n2'],
  who: [{ kind: 'pods', name: null, node: 'n2' }],
  evidence: [
    { node: 'n2', command: 'iptables-save -c', file: 'nodes/n2/iptables-save.txt', line: 12, text: '-A KUBE-SEP-X' },
  ],
  fix: 'restart kube-proxy on n2',
  consequences: ['SVP304 missing-endpoint: 10.244.1.7:8080'],
  leadsTo: [{ code: 'SVP304', name: 'missing-endpoint', node: 'n2', message: '10.244.1.7:8080' }],
  ...parts,
})

export const makeChecked = (parts: Partial<CheckedService> = {}): CheckedService => ({
  namespace: 'shop',
  name: 'web',
  type: 'ClusterIP',
  outcome: 'passed',
  verdict: 'reachable',
  ready: 3,
  endpoints: 3,
  converged: 3,
  nodes: 3,
  findings: [],
  unknowns: [],
  ...parts,
})

export const makeCheck = (services: CheckedService[]): CheckReport => ({
  apiVersion: 'svcpath/v1alpha1',
  kind: 'CheckReport',
  observedAt: '2026-11-24T10:00:00.000Z',
  source: 'live',
  origin: 'the cluster lab',
  failOn: 'error',
  ignored: [],
  outcome: 'failed',
  services,
})

export const failed = makeChecked({ outcome: 'failed', verdict: 'broken', converged: 2, findings: [makeFinding()] })

const warned = makeChecked({
  name: 'web-local',
  findings: [makeFinding({ code: 'SVP311', name: 'no-local-endpoints', severity: 'warning', node: null })],
})

export const unknown = makeChecked({
  name: 'api',
  outcome: 'unknown',
  unknowns: [{ verdict: 'unknown', node: 'n3', subject: null, message: 'no answer within 5 s', evidence: [] }],
})

/** One of each outcome, and one with a warning. */
export const mixedReport = makeCheck([failed, warned, unknown, makeChecked({ name: 'ok' })])

/** Words as nobody should name a service, and as no tool should print. */
const oddWord = fc.oneof(
  fc.constantFrom(
    ']]>',
    '::error::',
    '%0A::warning::x',
    '"',
    "'",
    '<b>&amp;',
    'a#b\\',
    '😀',
    '\ud800',
    '\u0000\u001b[31m',
    'a\r\nb',
    '\ufffe',
    '# SKIP',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ maxLength: 12 }),
)

const oddFinding = fc
  .record({
    node: fc.option(oddWord),
    subject: oddWord,
    message: oddWord,
    text: oddWord,
    file: oddWord,
    fix: fc.option(oddWord),
  })
  .map(({ text, file, ...rest }) =>
    makeFinding({ ...rest, evidence: [{ node: 'n1', command: 'ip route', file, line: 3, text }] }),
  )

/** Reports that hold such words everywhere. */
export const oddReport: fc.Arbitrary<CheckReport> = fc
  .array(
    fc.record({
      namespace: oddWord,
      name: oddWord,
      findings: fc.array(oddFinding, { maxLength: 3 }),
      outcome: fc.constantFrom('passed' as const, 'failed' as const, 'unknown' as const),
      why: oddWord,
    }),
    { maxLength: 4 },
  )
  .map((all) =>
    makeCheck(
      all.map(({ why, ...rest }) =>
        makeChecked({
          ...rest,
          unknowns:
            rest.outcome === 'unknown'
              ? [{ verdict: 'unknown', node: 'n1', subject: why, message: why, evidence: [] }]
              : [],
        }),
      ),
    ),
  )
