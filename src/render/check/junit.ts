import type { CheckedService, CheckReport } from '../../model/check.ts'
import { attribute, text } from '../xml.ts'
import { migrationLines } from './migration.ts'
import { headlineOf, isWrong, plainFinding, unknownText } from './words.ts'

/**
 * JUnit as Jenkins, GitLab and their like read it: a suite a namespace, a case a service. A service that failed is a `failure`; one that could not be
 * judged is an `error`, since a test that could not run is one.
 */
export function renderJunit(report: CheckReport): string {
  const suites = [...Map.groupBy(report.services, ({ namespace }) => namespace)]
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="kubectl svcpath check" ${counts(report.services)}>`,
    ...suites.flatMap(([namespace, services], i) =>
      suite(namespace, services, report.observedAt, i === 0 ? report.migration : undefined),
    ),
    '</testsuites>',
  ]
  return `${lines.join('\n')}\n`
}

/** `migration`: it is of the cluster, and a suite of a namespace has to hold it. */
function suite(
  namespace: string,
  services: readonly CheckedService[],
  observedAt: string | null,
  migration: CheckReport['migration'],
): string[] {
  // The schema wants ISO 8601 without a zone; a dump's own words are no time at all.
  const time = observedAt !== null && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.exec(observedAt)?.[0]
  const stamp = time ? ` timestamp="${time}"` : ''
  return [
    `  <testsuite name="${attribute(namespace)}" ${counts(services)} skipped="0" time="0"${stamp}>`,
    ...services.flatMap(testCase),
    ...(migration
      ? [
          `    <system-out>${text([`kube-proxy to ${migration.to} mode`, ...migrationLines(migration)].join('\n'))}</system-out>`,
        ]
      : []),
    '  </testsuite>',
  ]
}

const counts = (services: readonly CheckedService[]): string => {
  const count = (outcome: string) => services.filter((one) => one.outcome === outcome).length
  return `tests="${services.length}" failures="${count('failed')}" errors="${count('unknown')}"`
}

function testCase(service: CheckedService): string[] {
  const { namespace, name, outcome, findings, unknowns } = service
  const body = [...findings.flatMap(plainFinding), ...unknowns.map(unknownText)].join('\n')
  const open = `    <testcase classname="${attribute(namespace)}" name="${attribute(name)}" time="0"`
  if (outcome === 'passed' && body === '') return [`${open}/>`]
  const type = findings[0]?.code ?? (unknowns.some(isWrong) ? 'broken' : 'unknown')
  const message = `message="${attribute(headlineOf(service))}" type="${attribute(type)}"`
  const inner =
    outcome === 'failed'
      ? `<failure ${message}>${text(body)}</failure>`
      : outcome === 'unknown'
        ? `<error ${message}>${text(body)}</error>`
        : `<system-out>${text(body)}</system-out>`
  return [`${open}>`, `      ${inner}`, '    </testcase>']
}
