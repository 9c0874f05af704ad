import type { Analyzer, Case } from '../../case.ts'
import { onNode } from '../../fix.ts'
import { prospectsOn } from '../../migration.ts'

/** What would be otherwise in the mode that somebody wants to move to. */
export const changesWithAnotherMode: Analyzer = {
  code: 'SVP335',
  beyond: true,
  needs: (seen) =>
    prospects(seen).flatMap(({ name, prospect }) => prospect.unread.map((what) => ({ node: name, what }))),
  find: (seen) =>
    prospects(seen).flatMap(({ name, prospect }) =>
      prospect.changes.map(({ subject, message, severity, evidence, remedy }) => ({
        ...{ node: name, subject, message, severity },
        evidence: evidence.map((line) => ({ node: name, ...line })),
        ...(remedy ? { fix: onNode(name, remedy.run, remedy.note) } : {}),
        hits: [],
      })),
    ),
}

const prospects = ({ observation, report, goal }: Case) => (goal ? prospectsOn(observation, report, goal) : [])
