import type { Finding } from '../model/finding.ts'
import type { Reason } from '../model/report.ts'

/** Does a finding say the same as a reason of the trace? What is unknown is told by the reason alone. */
export function isTold({ verdict, node, message }: Reason, findings: readonly Finding[]): boolean {
  if (verdict === 'unknown') return findings.some(({ code, node: unread }) => code === 'SVP801' && unread === node)
  // A reason may tell of what another node does: `on n1: the policy of FORWARD …`.
  return findings.some(
    (one) =>
      !isEvidence(one) &&
      (one.node === null || node === null || one.node === node || message.includes(`on ${one.node}: `)),
  )
}

/** Findings on what could not be seen are no faults of the service. */
export const isEvidence = ({ code }: Finding): boolean => code.startsWith('SVP8')
