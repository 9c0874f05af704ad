import { bySeverity, type Finding } from '../model/finding.ts'
import type { Evidence } from '../model/report.ts'

/** What follows from a cause on the same node; whoever mends the cause is rid of it. */
interface Edge {
  cause: string
  effects: readonly string[]
  /** Where not every one of them follows. */
  only?: (cause: Finding, effect: Finding) => boolean
}

/** The rules that kube-proxy writes, and no others, are out of date with it: what drops or ends in nothing may be somebody else's. */
const isKubeProxys = (_: Finding, { code, evidence }: Finding): boolean =>
  !['SVP308', 'SVP310'].includes(code) || evidence.some(({ text }) => /KUBE-|kube-proxy|cluster-ips/.test(text))

/** What the node itself sends goes through OUTPUT; no pod's connection does. */
const isNotOutput = ({ subject }: Finding): boolean => subject !== 'OUTPUT'

/** A next hop is asked for by the interface that is down; a route that went with it led to what lies behind it. */
const isByThatLink = (cause: Finding, effect: Finding): boolean =>
  effect.code === 'SVP506'
    ? effect.evidence.some(({ text }) => text.includes(` dev ${cause.subject} `))
    : isAbout(cause, effect)

/** Is all that the one is about among what the other is about? */
function isAbout(cause: Finding, { subject, subjects }: Finding): boolean {
  const known = new Set(cause.subjects ?? [cause.subject])
  return (subjects ?? [subject]).every((one) => known.has(one))
}

/** To what is no endpoint there need be no route, and a connection may well be held to it. */
const isOfTheSame = (cause: Finding, effect: Finding): boolean =>
  (effect.code !== 'SVP501' && effect.code !== 'SVP601') || isAbout(cause, effect)

const EDGES: readonly Edge[] = [
  { cause: 'SVP101', effects: ['SVP302', 'SVP310'] },
  { cause: 'SVP301', effects: ['SVP302', 'SVP304', 'SVP308', 'SVP309', 'SVP312', 'SVP315', 'SVP602'] },
  { cause: 'SVP302', effects: ['SVP304', 'SVP309', 'SVP312', 'SVP602'] },
  {
    cause: 'SVP316',
    effects: ['SVP302', 'SVP303', 'SVP304', 'SVP308', 'SVP309', 'SVP310', 'SVP312', 'SVP601'],
    only: isKubeProxys,
  },
  { cause: 'SVP306', effects: ['SVP303', 'SVP304', 'SVP305', 'SVP309'] },
  { cause: 'SVP307', effects: ['SVP303', 'SVP304', 'SVP309', 'SVP501'], only: isOfTheSame },
  { cause: 'SVP303', effects: ['SVP304', 'SVP309', 'SVP317', 'SVP501', 'SVP601'], only: isOfTheSame },
  { cause: 'SVP304', effects: ['SVP305', 'SVP309'] },
  { cause: 'SVP308', effects: ['SVP302', 'SVP304', 'SVP309'] },
  { cause: 'SVP310', effects: ['SVP304', 'SVP309'] },
  { cause: 'SVP312', effects: ['SVP304', 'SVP309'] },
  { cause: 'SVP313', effects: ['SVP304', 'SVP308'] },
  {
    cause: 'SVP315',
    effects: ['SVP302', 'SVP303', 'SVP304', 'SVP309', 'SVP310', 'SVP312', 'SVP602'],
    only: (cause, effect) => isNotOutput(cause) && isKubeProxys(cause, effect),
  },
  { cause: 'SVP408', effects: ['SVP302', 'SVP304', 'SVP309', 'SVP312', 'SVP602'] },
  { cause: 'SVP503', effects: ['SVP501', 'SVP506'], only: isByThatLink },
]

/**
 * Puts consequences under their causes: one fault is one finding, as bad as the worst that follows from it. Findings of several nodes (SVP309) name
 * theirs in the subject.
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
  }
}

const leadsTo = (cause: Finding, effect: Finding): boolean =>
  EDGES.some(
    (edge) => edge.cause === cause.code && edge.effects.includes(effect.code) && (edge.only?.(cause, effect) ?? true),
  )

const concerns = (cause: Finding, one: Finding): boolean =>
  cause.node === null ||
  one.node === cause.node ||
  (one.node === null && one.subject.split(/, | and /).includes(cause.node))

const distinct = (all: readonly Evidence[]): Evidence[] => [
  ...new Map(all.map((one) => [`${one.node} ${one.command} ${one.file} ${one.line} ${one.text}`, one])).values(),
]
