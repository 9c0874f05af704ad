/** Findings of one look, held against those of another. */
import { DNS } from '../diagnose/catalogue/dns.ts'
import { isEvidence } from '../diagnose/explained-reasons.ts'
import type { DiffFinding, Incomparable } from '../model/diff/report.ts'
import type { Finding } from '../model/finding.ts'
import { findingKeys } from '../model/identity.ts'
import type { PathReport } from '../model/report.ts'
import { renamed, unnamed } from '../model/sentence.ts'

/** What one side found, what it could not have found, and on which nodes it saw the way. */
export interface Judged {
  report: PathReport
  untold: readonly { code: string; node: string | null; what: string }[]
}

/** Did both sides see as much of a node, and of the API? */
export type Alike = (node: string) => boolean

export interface FindingDifferences {
  appeared: DiffFinding[]
  vanished: DiffFinding[]
  unknowns: Incomparable[]
}

/** What one look could not have found, the other did not find anew. */
export function findingChanges(before: Judged, after: Judged, alike: Alike): FindingDifferences {
  const appeared = onlyIn(after, before, alike)
  const vanished = onlyIn(before, after, alike)
  return {
    appeared: folded(appeared.sure),
    vanished: folded(vanished.sure),
    unknowns: [
      ...appeared.unsure.map((one) => incomparable(one, 'before')),
      ...vanished.unsure.map((one) => incomparable(one, 'after')),
    ],
  }
}

function onlyIn({ report }: Judged, other: Judged, alike: Alike): { sure: Finding[]; unsure: Finding[] } {
  const known = new Set(other.report.findings.flatMap((one) => [...findingKeys(one), ...one.leadsTo.map(effectKey)]))
  const isKnown = (one: Finding) => [...findingKeys(one), effectKey(one)].some((key) => known.has(key))
  const lone = report.findings.filter((one) => !isEvidence(one) && !isKnown(one))
  const { true: sure = [], false: unsure = [] } = Object.groupBy(
    lone,
    (one) => `${isAlike(one, other, alike) && isQueriedAlike(one, report, other.report) && couldTell(other, one)}`,
  )
  return { sure, unsure }
}

/** What follows from a cause is folded into it: it was found, too. */
const effectKey = ({ code, node }: Pick<Finding, 'code' | 'node'>): string => `follows ${code} ${node}`

/** A finding of no node may rest on any. */
const isAlike = ({ node, onNodes }: Finding, { report }: Judged, alike: Alike): boolean =>
  (node === null ? (onNodes ?? report.nodes.map(({ name }) => name)) : [node]).every(alike)

/** What names are answered with is found only where DNS was queried. */
const isQueriedAlike = ({ code }: Finding, one: PathReport, other: PathReport): boolean =>
  !DNS.some((entry) => entry.code === code) || (one.dns?.servers == null) === (other.dns?.servers == null)

/** Would this side have found it, had it been there? Not where its part was not collected, or the way is not known. */
function couldTell({ report, untold }: Judged, { code, node, onNodes }: Finding): boolean {
  if (untold.some((one) => one.code === code && (one.node === null || node === null || one.node === node))) return false
  return (node === null ? (onNodes ?? []) : [node]).every((name) =>
    report.nodes.some((path) => path.name === name && path.entries.length > 0),
  )
}

const incomparable = ({ code, name, node }: Finding, missingIn: 'before' | 'after'): Incomparable => ({
  ...{ nodes: node === null ? [] : [node], what: `${code} ${name}`, missingIn },
})

/** The same of several nodes is one. */
function folded(findings: readonly Finding[]): DiffFinding[] {
  const groups = Map.groupBy(findings, ({ code, node, subject, message }) =>
    [code, unnamed(subject, node), unnamed(message, node)].join('\n'),
  )
  return [...groups.values()].map((all) => {
    const { code, name, severity, node, subject, message } = all[0]!
    const nodes = [...new Set(all.flatMap((one) => one.node ?? []))]
    const text = nodes.length > 1 ? renamed(message, node!, nodes.join(', ')) : message
    return { code, name, severity, nodes, subject, message: text }
  })
}
