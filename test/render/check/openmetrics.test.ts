/** What a scraper reads: OpenMetrics, and of that only what the older text format has, too. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CheckReport } from '../../../src/model/check.ts'
import { renderOpenMetrics } from '../../../src/render/check/openmetrics.ts'
import { makeCheck, makeChecked, makeFinding, mixedReport } from './factory.ts'

/** The samples by name and labels. Throws where a line breaks the format. */
function read(text: string): Map<string, number> {
  const lines = text.split('\n')
  expect(lines.slice(-2)).toEqual(['# EOF', ''])
  const samples = new Map<string, number>()
  const seen = new Set<string>()
  let family = ''
  for (const line of lines.slice(0, -2)) {
    const [, kind, name] = /^# (TYPE|UNIT|HELP) (\w+) \S/.exec(line) ?? []
    if (kind === 'TYPE') {
      // Each family once, its samples together.
      expect(seen).not.toContain(name)
      expect(line).toMatch(/ gauge$/)
      family = name!
      seen.add(family)
    } else if (kind) {
      expect(name).toBe(family)
      if (kind === 'UNIT') expect(family.endsWith(`_${line.split(' ').at(-1)}`)).toBe(true)
    } else {
      const [, metric, labels = '', value] =
        /^(\w+)(\{(?:[a-z]+="(?:[^"\\\n]|\\["\\n])*"(?:,(?!\})|(?=\})))+\})? (\S+)$/.exec(line) ?? []
      expect(metric, line).toBe(family)
      expect(samples).not.toContain(`${metric}${labels}`)
      samples.set(`${metric}${labels}`, Number(value))
    }
  }
  return samples
}

const metrics = (report: CheckReport) => read(renderOpenMetrics(report))

test('verdict, outcome, endpoints and findings of each Service', () => {
  const findings = [makeFinding({ node: 'n1' }), makeFinding({ node: 'n2' })]
  const samples = metrics(
    makeCheck([
      makeChecked({
        namespace: 'shop',
        name: 'web',
        outcome: 'failed',
        verdict: 'degraded',
        findings,
        ready: 2,
        endpoints: 3,
      }),
    ]),
  )
  const web = 'namespace="shop",service="web"'
  expect(samples.get(`svcpath_service_outcome{${web},outcome="failed"}`)).toBe(1)
  expect(samples.get(`svcpath_service_outcome{${web},outcome="passed"}`)).toBe(0)
  expect(samples.get(`svcpath_service_verdict{${web},verdict="degraded"}`)).toBe(1)
  expect(samples.get(`svcpath_service_endpoints_ready{${web}}`)).toBe(2)
  const { code, name, severity } = findings[0]!
  expect(samples.get(`svcpath_service_findings{${web},code="${code}",name="${name}",severity="${severity}"}`)).toBe(2)
})

test('what each node should lead to, and does', () => {
  const programming = [{ node: 'n1', due: 3, programmed: 2, stray: 1 }]
  const samples = metrics({
    ...makeCheck([makeChecked({ namespace: 'shop', name: 'web', programming })]),
    convergedAfter: 4.25,
  })
  const at = '{namespace="shop",service="web",node="n1"}'
  expect(samples.get(`svcpath_node_endpoints_due${at}`)).toBe(3)
  expect(samples.get(`svcpath_node_endpoints_programmed${at}`)).toBe(2)
  expect(samples.get(`svcpath_node_endpoints_stray${at}`)).toBe(1)
  expect(samples.get('svcpath_check_convergence_seconds')).toBe(4.25)
})

test('what is not known has no sample', () => {
  const samples = metrics({ ...makeCheck([makeChecked({ ready: null })]), observedAt: null })
  const names = [...samples.keys()].map((key) => key.replace(/\{.*/s, ''))
  expect(names).not.toContain('svcpath_service_endpoints_ready')
  expect(names).not.toContain('svcpath_node_endpoints_due')
  expect(names).not.toContain('svcpath_check_observed_timestamp_seconds')
  expect(names).not.toContain('svcpath_check_convergence_seconds')
})

test('no name breaks it', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ unit: 'binary' }), { maxLength: 3 }), (names) => {
      // Names that differ in nothing that can be printed are no two Services.
      fc.pre(new Set(names.map((name) => name.replace(/[^ -~]/gu, '?'))).size === names.length)
      metrics(makeCheck(names.map((name) => makeChecked({ name }))))
    }),
  )
  metrics(mixedReport)
})
