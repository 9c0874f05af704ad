import type { Explained } from '../model/catalogue.ts'
import type { Finding } from '../model/finding.ts'
import { DNS_LEG, type PathReport, type Reason } from '../model/report.ts'
import { EVIDENCE } from './catalogue/connections.ts'
import { entryOf } from './catalogue.ts'

/** The report with each of its reasons knowing the finding that tells it, too. */
export function withToldReasons(report: PathReport): PathReport {
  const { findings } = report
  const reasons = report.reasons.map(({ finding: _, ...reason }): Reason => {
    const told = findings.find((one) => tells(one, reason))
    return told ? { ...reason, finding: told.code } : reason
  })
  return { ...report, reasons }
}

/** Does a finding say the same as a reason of the trace? */
export const isTold = (reason: Reason, findings: readonly Finding[]): boolean =>
  findings.some((finding) => tells(finding, reason))

/** What is unknown is told by the reason alone, but for a node that could not be read. */
function tells(finding: Finding, { verdict, node, subject, stoppedOn }: Reason): boolean {
  if (verdict === 'unknown') return entryOf(finding.code)?.explains === 'unread' && finding.node === node
  const explained = explainedBy(finding)
  if (subject === DNS_LEG) return explained.includes('names')
  if (subject !== null && explained.includes('entry') && (finding.subjects ?? []).includes(subject)) return true
  const explains =
    (finding.severity === 'error' && explained.includes('way')) ||
    (verdict === 'degraded' && explained.includes('design'))
  const here = finding.node === null || node === null || finding.node === node || finding.node === stoppedOn
  return explains && here
}

/** What a finding explains by itself and by what follows from it. */
const explainedBy = ({ code, leadsTo }: Finding): (Explained | undefined)[] =>
  [code, ...leadsTo.map((one) => one.code)].map((one) => entryOf(one)?.explains)

/** Findings on what could not be seen are no faults of the service. */
export const isEvidence = ({ code }: Finding): boolean => EVIDENCE.some((entry) => entry.code === code)
