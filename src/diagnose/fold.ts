import type { Finding } from '../model/finding.ts'
import type { Evidence } from '../model/report.ts'

/** What follows from what on the same node; `*`: on any. Whoever mends the cause is rid of these. */
const CAUSES: Readonly<Record<string, readonly string[]>> = {
  SVP101: ['SVP302', 'SVP310'],
  SVP311: ['SVP302', 'SVP309', 'SVP310'],
  SVP301: ['SVP302', 'SVP304', 'SVP308', 'SVP309', 'SVP315'],
  SVP302: ['SVP304', 'SVP309'],
  SVP316: ['SVP302', 'SVP303', 'SVP304', 'SVP308', 'SVP309', 'SVP310', 'SVP601'],
  SVP306: ['SVP303', 'SVP304', 'SVP305', 'SVP309'],
  SVP303: ['SVP304', 'SVP309'],
  SVP304: ['SVP309'],
  SVP308: ['SVP302', 'SVP304', 'SVP309'],
  SVP310: ['SVP304', 'SVP309'],
  SVP312: ['SVP309'],
  SVP315: ['SVP302', 'SVP304', 'SVP309'],
  SVP408: ['SVP302', 'SVP304', 'SVP309', 'SVP602'],
  SVP401: ['SVP403', 'SVP501', 'SVP701'],
  SVP503: ['SVP501', 'SVP506'],
}

/** Puts consequences under their causes: one fault is one finding. Findings of several nodes (SVP309) name theirs in the subject. */
export function fold(findings: readonly Finding[]): Finding[] {
  const causeOf = (one: Finding): Finding | undefined =>
    findings.find((cause) => CAUSES[cause.code]?.includes(one.code) && concerns(cause, one))
  const roots = findings.filter((one) => !causeOf(one))
  const folded = new Map(roots.map((root) => [root, [] as Finding[]]))
  for (const one of findings) {
    let root = causeOf(one)
    // A chain of causes: the first of them is told. The table has no circles.
    for (let next = root && causeOf(root); next; next = causeOf(next)) root = next
    if (root) folded.get(root)?.push(one)
  }
  return roots.map((root) => {
    const all = folded.get(root) ?? []
    return {
      ...root,
      // What shows on the wire is the best proof of its cause.
      evidence: distinct([...root.evidence, ...all.flatMap(({ evidence }) => evidence)]),
      consequences: all.map(({ code, name, message }) => `${code} ${name}: ${message}`),
    }
  })
}

const concerns = (cause: Finding, one: Finding): boolean =>
  cause.node === null ||
  one.node === cause.node ||
  (one.node === null && one.subject.split(/, | and /).includes(cause.node))

const distinct = (all: readonly Evidence[]): Evidence[] => [
  ...new Map(all.map((one) => [`${one.node} ${one.command} ${one.file} ${one.line} ${one.text}`, one])).values(),
]
