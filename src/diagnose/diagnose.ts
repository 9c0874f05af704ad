import type { Goal } from '../model/check.ts'
import type { Service } from '../model/cluster.ts'
import { bySeverity, type Finding } from '../model/finding.ts'
import { findingKey } from '../model/identity.ts'
import type { Observation } from '../model/observation.ts'
import type { PathReport, Verdict } from '../model/report.ts'
import { whoText } from '../model/who.ts'
import { ANALYZERS } from './analyzers.ts'
import { type Analyzer, type Case, type Draft, type Hit, type Missing, walkedNodes } from './case.ts'
import { entryOf } from './catalogue.ts'
import { fold } from './causes.ts'
import { whoIsHit } from './clients.ts'
import { withToldReasons } from './explained-reasons.ts'

/** Looks for all that the catalogue knows on a service whose way was walked, and gives the report with the findings. */
export function diagnose(observation: Observation, service: Service, report: PathReport, goal?: Goal): PathReport {
  return withFindings(report, findAll(observation, service, report, goal))
}

/** A report with findings, worst first, consequences under their causes. An error makes of a reachable or unknown service a degraded one. */
export function withFindings(report: PathReport, all: readonly Finding[]): PathReport {
  const findings = fold(all)
  const wrong = findings.some(({ severity }) => severity === 'error')
  const mayBeWell = report.verdict === 'reachable' || report.verdict === 'unknown'
  const verdict: Verdict = wrong && mayBeWell ? 'degraded' : report.verdict
  return withToldReasons({ ...report, verdict, findings })
}

/** The codes that one look could not tell, and on which node; null: on none. */
export function untoldCodes(
  observation: Observation,
  service: Service,
  report: PathReport,
): { code: string; node: string | null; what: string }[] {
  const endpoints = observation.cluster.endpointsOf(service.namespace, service.name)
  const seen = { observation, service, report, endpoints }
  return ANALYZERS.flatMap(({ code, needs }) => (needs?.(seen) ?? []).map(({ node, what }) => ({ code, node, what })))
}

/** All that is found, each for itself. `goal`: with what would be otherwise in this mode of the proxy. */
export function findAll(observation: Observation, service: Service, report: PathReport, goal?: Goal): Finding[] {
  const endpoints = observation.cluster.endpointsOf(service.namespace, service.name)
  return findingsOf({ observation, service, report, endpoints, ...(goal ? { goal } : {}) })
}

function findingsOf(seen: Case): Finding[] {
  const found: Finding[] = []
  for (const { code, find } of ANALYZERS) for (const draft of find(seen)) found.push(finding(seen, code, draft))
  for (const draft of missingDrafts(seen)) found.push(finding(seen, 'SVP802', draft))
  return distinct(found).sort((a, b) => bySeverity(a, b) || a.code.localeCompare(b.code))
}

/** What was not collected, each once, with all that is not known without it. */
function missingDrafts(seen: Case): Draft[] {
  const told: { analyzer: Analyzer; missing: Missing }[] = []
  for (const analyzer of NEEDING)
    for (const missing of analyzer.needs!(seen))
      if (missing.node !== null || seen.observation.source !== 'rules') told.push({ analyzer, missing })
  if (told.length === 0) return []
  const groups = Map.groupBy(told, ({ missing: { node, what } }) => `${node} ${what}`)
  return [...groups.values()].map((group) => {
    const { node, what } = group[0]!.missing
    const codes = group.map(({ analyzer: { code } }) => `${code} (${entryOf(code)!.name})`)
    return {
      ...(node === null ? {} : { node }),
      ...(group.every(({ analyzer, missing }) => analyzer.beyond || missing.beyond)
        ? { severity: 'info' as const }
        : {}),
      subject: what,
      message: `${what}${node === null ? '' : ` of ${node}`} were not collected: not known whether ${codes.join(', ')} ${codes.length === 1 ? 'applies' : 'apply'}`,
      hits: [],
    }
  })
}

const NEEDING = ANALYZERS.filter(({ needs }) => needs)

function finding(seen: Case, code: string, draft: Draft): Finding {
  const { node, subject, subjects, onNodes, byInterface, ofProxy, message, evidence, fix, severity, hits } = draft
  const entry = entryOf(code)!
  const path = walkedNodes(seen).find((one) => one.path.name === node)?.path
  const met = hits ?? (path?.entries ?? []).map((one): Hit => ({ node: path!.name, entry: one }))
  const who = whoIsHit(met)
  return {
    ...{ code, name: entry.name, severity: severity ?? entry.severity, node: node ?? null, subject, message },
    ...(subjects && subjects.length > 1 ? { subjects } : {}),
    ...(onNodes ? { onNodes } : {}),
    ...(byInterface === undefined ? {} : { byInterface }),
    ...(ofProxy ? { ofProxy } : {}),
    ...{
      clients: [...new Set(who.map(whoText))],
      who,
      evidence: evidence ?? [],
      fix: fix ?? null,
      consequences: [],
      leadsTo: [],
    },
  }
}

/** The same of several entries is one. */
const distinct = (all: readonly Finding[]): Finding[] => [...new Map(all.map((one) => [findingKey(one), one])).values()]
