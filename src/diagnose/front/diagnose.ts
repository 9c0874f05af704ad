import type { FrontCase } from '../../front/case.ts'
import { bySeverity, type Finding } from '../../model/finding.ts'
import { printable } from '../../model/printable.ts'
import { entryOf } from '../catalogue.ts'
import type { FrontAnalyzer, FrontDraft } from './analyzer.ts'
import { backendNotFound } from './backend-not-found.ts'
import { classUnknown } from './class-unknown.ts'
import { noListenerMatches } from './no-listener-matches.ts'
import { referenceNotGranted } from './reference-not-granted.ts'
import { routeNotAccepted } from './route-not-accepted.ts'
import { ruleShadowed } from './rule-shadowed.ts'
import { tlsSecretMissing } from './tls-secret-missing.ts'

const ANALYZERS: readonly FrontAnalyzer[] = [
  backendNotFound,
  routeNotAccepted,
  referenceNotGranted,
  classUnknown,
  tlsSecretMissing,
  noListenerMatches,
  ruleShadowed,
]

/** What is wrong before the Services, worst first. */
export function diagnoseFront(seen: FrontCase): Finding[] {
  const found = ANALYZERS.flatMap(({ code, find }) => find(seen).map((draft) => finding(code, draft)))
  const distinct = new Map(found.map((one) => [`${one.code} ${one.message}`, one]))
  return [...distinct.values()].sort((a, b) => bySeverity(a, b) || a.code.localeCompare(b.code))
}

function finding(code: string, { subject, message, evidence, fix, severity }: FrontDraft): Finding {
  const entry = entryOf(code)!
  return {
    ...{ code, name: entry.name, severity: severity ?? entry.severity, node: null, subject, message },
    // A note behind a command names things of others: a line end in it would begin a command.
    ...{ clients: [], who: [], evidence, fix: printable(fix), consequences: [], leadsTo: [] },
  }
}
