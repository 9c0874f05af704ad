/**
 * What `check` found as metrics: in OpenMetrics 1.0, and of that only what the textfile collector of node_exporter and a Pushgateway read, too
 * (gauges). See https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md.
 */
import type { CheckedService, CheckReport } from '../../model/check.ts'
import { printable } from '../../model/printable.ts'

type Sample = { labels: Record<string, string>; value: number }

export function renderOpenMetrics(report: CheckReport): string {
  const { services, observedAt } = printable(report)
  const at = observedAt === null ? Number.NaN : Date.parse(observedAt) / 1000
  const families = [
    family(
      'service_outcome',
      '1 for how the check of the Service went',
      services.flatMap((one) => states(one, 'outcome', OUTCOMES, one.outcome)),
    ),
    family(
      'service_verdict',
      '1 for what is known of the way to the Service',
      services.flatMap((one) => states(one, 'verdict', VERDICTS, one.verdict)),
    ),
    family(
      'service_endpoints',
      'endpoints of the Service in the API',
      services.map((one) => sample(one, one.endpoints)),
    ),
    family(
      'service_endpoints_ready',
      'endpoints of the Service that the API calls ready',
      services.flatMap((one) => (one.ready === null ? [] : sample(one, one.ready))),
    ),
    family(
      'service_nodes',
      'nodes whose rules were walked',
      services.map((one) => sample(one, one.nodes)),
    ),
    family(
      'service_nodes_converged',
      'nodes that lead to exactly the endpoints that they should',
      services.map((one) => sample(one, one.converged)),
    ),
    ...(['due', 'programmed', 'stray'] as const).map((key) =>
      family(
        `node_endpoints_${key}`,
        HELP[key],
        services.flatMap((one) =>
          (one.programming ?? []).map(({ node, ...counts }) => sample(one, counts[key], { node })),
        ),
      ),
    ),
    family('service_findings', 'findings of the Service, by code', services.flatMap(findings)),
    family(
      'check_observed_timestamp_seconds',
      'when the cluster was looked at',
      Number.isNaN(at) ? [] : [{ labels: {}, value: at }],
      'seconds',
    ),
    family(
      'check_convergence_seconds',
      'how long --wait waited until every node led to the endpoints in the API',
      report.convergedAfter === undefined ? [] : [{ labels: {}, value: report.convergedAfter }],
      'seconds',
    ),
  ]
  return `${families.join('')}# EOF\n`
}

const OUTCOMES = ['passed', 'failed', 'unknown'] as const
const VERDICTS = ['reachable', 'degraded', 'broken', 'unknown'] as const

const HELP = {
  due: 'endpoints that the rules of the node should lead to',
  programmed: 'endpoints of these that the rules of the node lead to',
  stray: 'endpoints that the rules of the node lead to and should not',
}

const sample = ({ namespace, name }: CheckedService, value: number, more: Record<string, string> = {}): Sample => ({
  labels: { namespace, service: name, ...more },
  value,
})

/** A state each, so that an alert can ask for one of them, and a graph shows when it changed. */
const states = (service: CheckedService, label: string, all: readonly string[], now: string): Sample[] =>
  all.map((state) => sample(service, state === now ? 1 : 0, { [label]: state }))

const findings = (service: CheckedService): Sample[] =>
  [...Map.groupBy(service.findings, ({ code, severity }) => `${code} ${severity}`).values()].map((some) =>
    sample(service, some.length, { code: some[0]!.code, name: some[0]!.name, severity: some[0]!.severity }),
  )

/** Nothing where there is no sample: a family without one says less than none. */
function family(name: string, help: string, samples: readonly Sample[], unit?: string): string {
  if (samples.length === 0) return ''
  const lines = [
    `# TYPE svcpath_${name} gauge`,
    ...(unit ? [`# UNIT svcpath_${name} ${unit}`] : []),
    `# HELP svcpath_${name} ${help}`,
    ...samples.map(({ labels, value }) => `svcpath_${name}${labelsText(labels)} ${value}`),
  ]
  return lines.map((line) => `${line}\n`).join('')
}

function labelsText(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}="${value.replace(/[\\"]/g, '\\$&')}"`)
  return pairs.length > 0 ? `{${pairs.join(',')}}` : ''
}
