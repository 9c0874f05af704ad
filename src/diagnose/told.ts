import type { Finding } from '../model/finding.ts'
import type { Reason } from '../model/report.ts'

/**
 * Codes that say why connections fail or go where they should not, as the walk itself shows it. What any other code tells may be wrong besides, and
 * explains nothing of what the walk calls broken.
 */
const EXPLAINING = new Set(
  [
    101, 102, 103, 104, 301, 302, 303, 304, 305, 306, 307, 308, 309, 310, 312, 313, 314, 315, 401, 403, 408, 501, 701,
  ].map((number) => `SVP${number}`),
)

/** A warning by design: it explains what is degraded, and nothing that is broken. */
const BY_DESIGN = 'SVP311'

/** Does a finding say the same as a reason of the trace? What is unknown is told by the reason alone. */
export function isTold({ verdict, node, message }: Reason, findings: readonly Finding[]): boolean {
  if (verdict === 'unknown') return findings.some(({ code, node: unread }) => code === 'SVP801' && unread === node)
  return findings.some((finding) => {
    const explains = codesOf(finding).some(
      (code) => EXPLAINING.has(code) || (code === BY_DESIGN && verdict === 'degraded'),
    )
    // A reason may tell of what another node does: `on n1: the policy of FORWARD …`.
    const here = [null, node].includes(finding.node) || node === null || message.includes(`on ${finding.node}: `)
    return explains && here
  })
}

/** A finding's own code, and those of what follows from it. */
const codesOf = ({ code, consequences }: Finding): string[] => [code, ...consequences.map((one) => one.slice(0, 6))]

/** Findings on what could not be seen are no faults of the service. */
export const isEvidence = ({ code }: Finding): boolean => code.startsWith('SVP8')
