import type { Service } from '../model/cluster.ts'
import type { Finding } from '../model/finding.ts'
import type { Observation } from '../model/observation.ts'
import type { PathReport, Verdict } from '../model/report.ts'
import { ANALYZERS } from './analyzers.ts'
import { type Analyzer, type Case, clientsOf, type Draft, walkedNodes } from './case.ts'
import { findEntry } from './catalogue.ts'
import { fold } from './fold.ts'

/**
 * Looks for all that the catalogue knows on a service whose way was walked, and gives the report with the findings, worst first, consequences
 * under their causes. An error makes of a reachable service a degraded one.
 */
export function diagnose(observation: Observation, service: Service, report: PathReport): PathReport {
  const endpoints = observation.cluster.endpointsOf(service.namespace, service.name)
  const findings = fold(findingsOf({ observation, service, report, endpoints }))
  const wrong = findings.some(({ severity }) => severity === 'error')
  const verdict: Verdict = wrong && report.verdict === 'reachable' ? 'degraded' : report.verdict
  return { ...report, verdict, findings }
}

const LEVELS = ['error', 'warning', 'info'] as const

function findingsOf(seen: Case): Finding[] {
  const findings = ANALYZERS.flatMap((analyzer) => {
    const missing = analyzer.needs?.(seen) ?? null
    return missing === null
      ? analyzer.find(seen).map((draft) => finding(seen, analyzer.code, draft))
      : [finding(seen, 'SVP802', missingDraft(analyzer, missing))]
  })
  return distinct(findings).sort(
    (a, b) => LEVELS.indexOf(a.severity) - LEVELS.indexOf(b.severity) || a.code.localeCompare(b.code),
  )
}

const missingDraft = ({ code, beyond }: Analyzer, missing: string): Draft => ({
  ...(beyond ? { severity: 'info' } : {}),
  subject: missing,
  message: `${missing} were not collected: whether ${code} (${findEntry(code)!.name}) holds is not known`,
})

function finding(seen: Case, code: string, draft: Draft): Finding {
  const { node, subject, message, evidence, fix, severity, entries } = draft
  const entry = findEntry(code)!
  const met = entries ?? walkedNodes(seen).find(({ path }) => path.name === node)?.path.entries ?? []
  return {
    ...{ code, name: entry.name, severity: severity ?? entry.severity, node: node ?? null, subject, message },
    clients: node === undefined ? [] : clientsOf(node, met),
    ...{ evidence: evidence ?? [], fix: fix ?? null, consequences: [] },
  }
}

/** The same of several entries is one. */
const distinct = (all: readonly Finding[]): Finding[] => [
  ...new Map(all.map((one) => [`${one.code} ${one.node} ${one.subject} ${one.message}`, one])).values(),
]
