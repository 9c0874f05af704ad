import type { Evidence } from '../../model/evidence.ts'
import type { Finding, Severity } from '../../model/finding.ts'
import { evidenceKey } from '../../model/identity.ts'
import { nodesOf, type Shared, sentencesOf, sharedConsequences } from '../findings.ts'
import { type FixText, fixText } from '../fix.ts'
import { clientsText, consequencesOf } from '../node-names.ts'

/** Findings that are one fault, as a page sets them. */
export interface FindingText {
  code: string
  name: string
  severity: Severity
  /** `n1, n2`; '' where none is named. */
  nodes: string
  /** What is wrong, without the nodes' names. */
  sentence: string
  /** More of it: of some nodes or services alone. */
  others: string[]
  /** Where it is of several services. */
  services: readonly string[]
  /** `pods on n2`; '' where it concerns all, or none for sure. */
  affects: string
  fixes: FixText[]
  proof: Evidence[]
  leadsTo: string[]
}

export function findingText(group: readonly Finding[], shared: Shared | null, verbose: boolean): FindingText {
  const { code, name, severity } = group[0]!
  const [sentence = '', ...others] = sentencesOf(group, shared, verbose)
  const clients = group.flatMap(({ who }) => who)
  return {
    ...{ code, name, severity, sentence, others },
    nodes: nodesOf(group),
    services: shared?.services ?? [],
    affects: clients.length > 0 ? clientsText(clients) : '',
    fixes: [...new Set(group.flatMap(({ fix }) => fix ?? []))].map(fixText),
    proof: [...new Map(group.flatMap(({ evidence }) => evidence).map((one) => [evidenceKey(one), one])).values()],
    leadsTo: shared === null ? consequencesOf(group) : sharedConsequences(shared),
  }
}
