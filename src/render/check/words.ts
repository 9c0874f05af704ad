import type { CheckedService } from '../../model/check.ts'
import type { Finding } from '../../model/finding.ts'
import type { Evidence, Reason } from '../../model/report.ts'

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
  if (first) return `${first.code} ${first.node ? `on ${first.node}: ` : ''}${first.message}`
  return unknown ? unknownText(unknown) : ''
}

/** A finding in plain lines: what, for whom, proof, consequences, what mends it. */
export function plainFinding({ code, name, node, message, clients, evidence, consequences, fix }: Finding): string[] {
  return [
    `${code} ${name}${node ? ` on ${node}` : ''}: ${message}`,
    ...(clients.length > 0 ? [`  concerns: ${clients.join('; ')}`] : []),
    ...evidence.map((one) => `  ${plainEvidence(one)}`),
    ...(consequences.length > 0 ? [`  leads to: ${consequences.join('; ')}`] : []),
    ...(fix ? [`  fix: ${fix}`] : []),
  ]
}

function plainEvidence({ node, command, file, line, text }: Evidence): string {
  const place = file ? `${file}${line === null ? '' : `:${line}`}` : ''
  return [node, command, place, text].filter(Boolean).join('  ')
}
