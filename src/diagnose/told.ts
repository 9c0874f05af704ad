import type { Finding } from '../model/finding.ts'
import type { Reason } from '../model/report.ts'

/**
 * Warnings that say by themselves why connections fail, or are led where they should not be. Any other warning tells of what may happen, and an info of
 * what is worth knowing: neither explains what is broken now.
 */
const EXPLAINING = new Set(['SVP104', 'SVP305', 'SVP309', 'SVP311'])

/** Does a finding say the same as a reason of the trace? What is unknown is told by the reason alone. */
export function isTold({ verdict, node, message }: Reason, findings: readonly Finding[]): boolean {
  if (verdict === 'unknown') return findings.some(({ code, node: unread }) => code === 'SVP801' && unread === node)
  // A reason may tell of what another node does: `on n1: the policy of FORWARD …`.
  return findings.some(
    (one) =>
      (one.severity === 'error' || EXPLAINING.has(one.code)) &&
      (one.node === null || node === null || one.node === node || message.includes(`on ${one.node}: `)),
  )
}

/** Findings on what could not be seen are no faults of the service. */
export const isEvidence = ({ code }: Finding): boolean => code.startsWith('SVP8')
