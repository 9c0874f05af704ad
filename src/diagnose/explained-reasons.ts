import type { Finding } from '../model/finding.ts'
import { DNS_LEG, type Reason } from '../model/report.ts'

/** Codes that say why connections fail or go where they should not, as the walk itself shows it: as errors they explain what it calls wrong. */
const EXPLAINING = new Set(
  [101, 102, 103, 301, 302, 303, 304, 306, 307, 308, 310, 312, 313, 314, 315, 401, 403, 408, 501, 701].map(
    (number) => `SVP${number}`,
  ),
)

/** What is wrong with the DNS leg, whatever the service's own rules do. */
const OF_DNS = new Set(['SVP201', 'SVP202', 'SVP203'])

/** A warning by design: it explains what is degraded, and nothing that is broken. */
const BY_DESIGN = 'SVP311'

/** Does a finding say the same as a reason of the trace? What is unknown is told by the reason alone. */
export function isTold({ verdict, node, subject, message }: Reason, findings: readonly Finding[]): boolean {
  if (verdict === 'unknown') return findings.some(({ code, node: unread }) => code === 'SVP801' && unread === node)
  return findings.some((finding) => {
    const codes = codesOf(finding)
    if (subject === DNS_LEG) return codes.some((code) => OF_DNS.has(code))
    const explains =
      (finding.severity === 'error' && codes.some((code) => EXPLAINING.has(code))) ||
      (verdict === 'degraded' && codes.includes(BY_DESIGN))
    // A reason may tell of what another node does: `on n1: the policy of FORWARD …`.
    const here = [null, node].includes(finding.node) || node === null || message.includes(`on ${finding.node}: `)
    return explains && here
  })
}

/** A finding's own code, and those of what follows from it. */
const codesOf = ({ code, consequences }: Finding): string[] => [code, ...consequences.map((one) => one.slice(0, 6))]

/** Findings on what could not be seen are no faults of the service. */
export const isEvidence = ({ code }: Finding): boolean => code.startsWith('SVP8')
