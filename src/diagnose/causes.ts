import type { Evidence } from '../model/evidence.ts'
import { bySeverity, type Consequence, type Finding } from '../model/finding.ts'
import { evidenceKey } from '../model/identity.ts'
import { entryOf } from './catalogue.ts'

/**
 * Puts consequences under their causes: one fault is one finding, as bad as the worst that follows from it. What is seen on a node
 * follows from what is wrong there, or with all nodes.
 */
export function fold(findings: readonly Finding[]): Finding[] {
  const causeOf = (one: Finding): Finding | undefined =>
    findings.find((cause) => cause !== one && leadsTo(cause, one) && concerns(cause, one))
  const rootOf = (one: Finding): Finding => {
    let root = one
    // A chain of causes: the first of them is told. The edges make no circle.
    for (let next = causeOf(root); next; next = causeOf(root)) root = next
    return root
  }
  const groups = Map.groupBy(findings, rootOf)
  const folded = [...groups].map(([root, all]) =>
    withEffects(
      root,
      all.filter((one) => one !== root),
    ),
  )
  return folded.sort(bySeverity)
}

function withEffects(root: Finding, effects: readonly Finding[]): Finding {
  return {
    ...root,
    severity: [root, ...effects].toSorted(bySeverity)[0]!.severity,
    // What shows on the wire is the best proof of its cause.
    evidence: distinct([...root.evidence, ...effects.flatMap(({ evidence }) => evidence)]),
    consequences: effects.map(({ code, name, message }) => `${code} ${name}: ${message}`),
    leadsTo: effects.map(({ code, name, node, message }): Consequence => ({ code, name, node, message })),
  }
}

/** What follows from a cause by its record in the catalogue: whoever mends the cause is rid of it. */
const leadsTo = (cause: Finding, effect: Finding): boolean =>
  (entryOf(cause.code)?.leadsTo ?? []).some(
    ({ codes, only }) => codes.includes(effect.code) && (only?.(cause, effect) ?? true),
  )

const concerns = (cause: Finding, { node, onNodes }: Finding): boolean =>
  cause.node === null || node === cause.node || (node === null && (onNodes ?? []).includes(cause.node))

const distinct = (all: readonly Evidence[]): Evidence[] => [
  ...new Map(all.map((one) => [evidenceKey(one), one])).values(),
]
