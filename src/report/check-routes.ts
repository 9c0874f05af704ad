import { isConverged, softened } from '../diagnose/drift.ts'
import type { CheckedService, CheckReport } from '../model/check.ts'
import type { Finding } from '../model/finding.ts'
import type { RouteReport } from '../model/front/report.ts'
import type { Observation } from '../model/observation.ts'
import { countEndpoints, type PathReport } from '../model/report.ts'
import { type CheckOptions, isIgnored } from './check.ts'
import { type Exception, exceptionText } from './exceptions.ts'
import { type FrontQuestion, routeReport } from './front.ts'
import { outcomeOf, worst } from './outcome.ts'

/** Judges an Ingress, HTTPRoute or Gateway: a row for itself, and one for each Service and port that it leads to, as far as its requests go. */
export function checkRoutes(observation: Observation, question: FrontQuestion, options: CheckOptions): CheckReport {
  const report = routeReport(observation, question)
  const services = [rowOf(report, options), ...report.ways.map((way) => wayRow(way.report, way.key, options))]
  const { observedAt, source, origin, notes } = report
  return {
    ...({ apiVersion: 'svcpath/v1alpha1', kind: 'CheckReport' } as const),
    ...{ observedAt, source, origin, failOn: options.failOn, ignored: options.ignored.map(exceptionText) },
    outcome: worst(services.map(({ outcome }) => outcome)),
    services,
    ...(notes.length > 0 ? { notes } : {}),
  }
}

const kept = (findings: readonly Finding[], of: { namespace: string; name: string }, { ignored }: CheckOptions) =>
  findings.filter((one) => !isIgnored(one, of, ignored, new Map<Exception, Set<string>>()))

/** What is wrong before its Services. */
function rowOf({ subject, findings: all, reasons, verdict }: RouteReport, options: CheckOptions): CheckedService {
  const { kind, namespace, name } = subject
  const findings = kept(all, subject, options)
  const unknowns = reasons.filter(({ finding }) => finding === undefined)
  return {
    ...{ namespace, name: `${kind.toLowerCase()}/${name}`, type: kind, verdict },
    outcome: outcomeOf(findings, unknowns, options),
    ...{ ready: null, endpoints: 0, converged: 0, nodes: 0, findings, unknowns },
  }
}

function wayRow(report: PathReport, key: string, options: CheckOptions): CheckedService {
  const { service, nodes } = report
  const { ready, total } = countEndpoints(report)
  const findings = softened(kept(report.findings, service, options), options.passing)
  const unknowns = report.reasons.filter(({ finding }) => finding === undefined)
  return {
    ...{ namespace: service.namespace, name: key.slice(service.namespace.length + 1), type: service.type ?? '?' },
    outcome: outcomeOf(findings, unknowns, options),
    ...{ verdict: report.verdict, ready, endpoints: total },
    ...{ converged: nodes.filter(isConverged).length, nodes: nodes.length, findings, unknowns },
  }
}
