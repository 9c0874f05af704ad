import type { CheckedService } from '../../model/check.ts'
import type { Finding } from '../../model/finding.ts'
import type { Reason } from '../../model/report.ts'
import { namesNode } from '../../model/sentence.ts'
import { evidenceText } from '../findings.ts'
import { fixLines } from '../fix.ts'
import { clientsText, consequencesOf } from '../node-names.ts'

/** Not unknown but wrong: the trace saw it, and no finding names it. */
export const isWrong = ({ verdict }: Reason): boolean => verdict === 'broken' || verdict === 'degraded'

/** `n2  10.96.0.1:80: why it is not known`. */
export function unknownText({ node, subject, message }: Reason): string {
  const where = [node, subject].filter(Boolean).join('  ')
  return where ? `${where}: ${message}` : message
}

/** The first thing that is wrong or not known, in a line; empty for a service of which nothing is to be told. */
export function headlineOf({ findings, unknowns, outcome }: CheckedService): string {
  const [first] = findings.filter(({ severity }) => outcome !== 'passed' || severity !== 'info')
  const [unknown] = unknowns
  const node = first?.node && !namesNode(first.message, first.node) ? `on ${first.node}: ` : ''
  if (first) return `${first.code} ${node}${first.message}`
  return unknown ? unknownText(unknown) : ''
}

/** A finding in plain lines: what, for whom, proof, consequences, what mends it. */
export function plainFinding(finding: Finding): string[] {
  const { code, name, node, message, who, evidence, fix } = finding
  const consequences = consequencesOf([finding])
  return [
    `${code} ${name}${node ? ` on ${node}` : ''}: ${message}`,
    ...(who.length > 0 ? [`  affects: ${clientsText(who)}`] : []),
    ...evidence.map((one) => `  ${evidenceText(one)}`),
    ...(consequences.length > 0 ? [`  leads to: ${consequences.join('; ')}`] : []),
    ...(fix ? fixLines(fix, false, null).map((line) => `  ${line}`) : []),
  ]
}
