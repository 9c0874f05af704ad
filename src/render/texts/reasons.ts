import type { PathReport, Reason, Verdict } from '../../model/report.ts'
import { renamed, unnamed } from '../../model/sentence.ts'
import { some } from '../phrases.ts'

export interface ReasonText {
  verdict: Verdict
  /** Nodes and subjects; '' for none. */
  where: string
  message: string
}

/** What is not known, or wrong and in no finding: the same message on several nodes is told once, with their names. */
export function reasonTexts({ reasons }: PathReport): ReasonText[] {
  const untold = reasons.filter(({ finding }) => finding === undefined)
  const groups = Map.groupBy(untold, ({ verdict, message, node }) => `${verdict} ${unnamed(message, node)}`)
  return [...groups.values()].map(reasonText)
}

function reasonText(group: readonly Reason[]): ReasonText {
  const { verdict, message, node } = group[0]!
  const where = [...new Set(group.flatMap((one) => one.node ?? []))].join(', ')
  const subjects = [...new Set(group.flatMap(({ subject }) => subject ?? []))]
  const nodes = new Set(group.map((one) => one.node))
  return {
    verdict,
    where: [where, some(subjects)].filter(Boolean).join('  '),
    // One node's name within the message would be wrong for the others.
    message: nodes.size > 1 ? renamed(message, node ?? '', 'each of them') : message,
  }
}
