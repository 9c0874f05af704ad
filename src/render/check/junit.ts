import type { CheckedService, CheckReport, Times } from '../../model/check.ts'
import { attribute, text } from '../xml.ts'
import { migrationLines } from './migration.ts'
import { headlineOf, isWrong, plainFinding, unknownText } from './words.ts'

/**
 * JUnit as Jenkins, GitLab and their like read it: a suite a namespace, a case a service. A service that failed is a `failure`; one that could not be
 * judged is an `error`, since a test that could not run is one.
 */
export function renderJunit(report: CheckReport, times: Times = NO_TIMES): string {
  const suites = [...Map.groupBy(report.services, ({ namespace }) => namespace)]
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="kubectl svcpath check" ${counts(report.services)} time="${seconds(times.total)}">`,
    ...suites.flatMap(([namespace, services], i) => suite(namespace, services, { report, times, isFirst: i === 0 })),
    '</testsuites>',
  ]
  return `${lines.join('\n')}\n`
}

const NO_TIMES: Times = { total: 0, services: new Map() }

const seconds = (value: number): string => value.toFixed(3)

interface Around {
  report: CheckReport
  times: Times
  isFirst: boolean
}

/** What would change with another mode of the proxy is of the cluster, and a suite of a namespace has to hold it. */
function suite(namespace: string, services: readonly CheckedService[], { report, times, isFirst }: Around): string[] {
  const { observedAt } = report
  const migration = isFirst ? report.migration : undefined
  const took = services.reduce((sum, one) => sum + timeOf(one, times), 0)
  // The schema wants ISO 8601 without a zone; a dump's own words are no time at all.
  const time = observedAt !== null && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.exec(observedAt)?.[0]
  const stamp = time ? ` timestamp="${time}"` : ''
  return [
    `  <testsuite name="${attribute(namespace)}" ${counts(services)} skipped="0" time="${seconds(took)}"${stamp}>`,
    ...services.flatMap((one) => testCase(one, times)),
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

/** What it took to judge it; that the nodes were read before is in the time of the run. */
const timeOf = ({ namespace, name }: CheckedService, { services }: Times): number =>
  services.get(`${namespace}/${name}`) ?? 0

function testCase(service: CheckedService, times: Times): string[] {
  const { namespace, name, outcome, findings, unknowns } = service
  const body = [...findings.flatMap(plainFinding), ...unknowns.map(unknownText)].join('\n')
  const open = `    <testcase classname="${attribute(namespace)}" name="${attribute(name)}" time="${seconds(timeOf(service, times))}"`
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
