import { withFindings } from '../diagnose/diagnose.ts'
import { softened } from '../diagnose/drift.ts'
import { isEvidence, isTold } from '../diagnose/explained-reasons.ts'
import type { Service } from '../model/cluster.ts'
import type { Finding } from '../model/finding.ts'
import type { Outcome, PathReport, Reason } from '../model/report.ts'

export type FailOn = 'error' | 'warning'

export interface Rules {
  failOn: FailOn
  /** Findings that are left out. */
  isIgnored?: (finding: Finding) => boolean
  /** What else is not known, besides what the walk does not know. */
  unknowns?: readonly Reason[] | undefined
  /** What the last of several looks alone showed: it is told as a warning. */
  passing?: ReadonlySet<string> | undefined
}

export interface Judgement {
  report: PathReport
  findings: Finding[]
  /** Why its way is not known in part, or what is wrong and no finding names. */
  unknowns: Reason[]
  outcome: Outcome
}

/** Judges a service by its way and all that was found on it, as `check` and the list of services do. */
export function judge(
  path: PathReport,
  { externalName }: Pick<Service, 'externalName'>,
  all: readonly Finding[],
  { failOn, isIgnored = () => false, unknowns: more = [], passing }: Rules,
): Judgement {
  // What follows from an ignored cause is no less there.
  const report = withFindings(
    path,
    all.filter((one) => !isIgnored(one)),
  )
  const findings = softened(report.findings, passing)
  // An alias leads out of the cluster: no node has anything of it.
  const unknowns = externalName ? [] : [...path.reasons.filter((reason) => !isTold(reason, all)), ...more]
  return { report, findings, unknowns, outcome: outcomeOf(findings, unknowns, { failOn }) }
}

export function outcomeOf(
  findings: readonly Finding[],
  unknowns: readonly Reason[],
  { failOn }: Pick<Rules, 'failOn'>,
): Outcome {
  if (findings.some((one) => fails(one, failOn))) return 'failed'
  // What the trace calls wrong and no finding names is never passed over.
  if (unknowns.some(({ verdict }) => verdict === 'broken' || verdict === 'degraded')) return 'failed'
  const partial = findings.some((one) => isEvidence(one) && one.severity === 'warning')
  return unknowns.length > 0 || partial ? 'unknown' : 'passed'
}

/** Is it as bad as what makes a service fail? */
export const fails = (finding: Finding, failOn: FailOn): boolean =>
  !isEvidence(finding) && (finding.severity === 'error' || (finding.severity === 'warning' && failOn === 'warning'))

/** `failed` before `unknown` before `passed`. */
export const worst = (outcomes: readonly Outcome[]): Outcome =>
  (['failed', 'unknown'] as const).find((one) => outcomes.includes(one)) ?? 'passed'

/** The exit codes of `check` and of the list. */
export const OUTCOME_CODES: Readonly<Record<Outcome, number>> = { passed: 0, failed: 3, unknown: 4 }
