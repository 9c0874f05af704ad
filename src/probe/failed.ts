/** A probe as `check` judges it. */
import { entryOf } from '../diagnose/catalogue.ts'
import type { Finding } from '../model/finding.ts'
import type { ProbedEntry, ProbedPlace, ProbeReport } from '../model/probe/report.ts'
import type { Reason } from '../model/report.ts'
import { sh } from '../model/shell.ts'

/** What a probe adds to what was found of a service. */
export interface ProbeJudgement {
  findings: Finding[]
  /** What is not known of it. */
  unknowns: Reason[]
}

const [FAILED, AGAINST] = ['SVP607', 'SVP606']

/** Connections that failed, as one finding for each node that they were made from; and where the kernel contradicts the walk. */
export function judgementOf(report: ProbeReport): ProbeJudgement {
  const { places, findings, service } = report
  const failed = [...Map.groupBy(places, ({ node }) => node)].flatMap(([node, own]) => failedFrom(node, own, service))
  const untold = places.flatMap((place) => [
    ...(place.failure === null
      ? []
      : [unknown(place.node, `no connection could be made from ${textOf(place)}: ${place.failure}`)]),
    ...place.entries
      .filter(({ unknown }) => unknown > 0)
      .map((entry) =>
        unknown(
          place.node,
          `${entry.unknown} of ${entry.made} connections from ${textOf(place)} are not known to have got through: ${entry.unknowns[0] ?? ''}`,
        ),
      ),
  ])
  return { findings: [...failed, ...findings.filter(({ code }) => code === AGAINST)], unknowns: untold }
}

function failedFrom(node: string, places: readonly ProbedPlace[], service: ProbeReport['service']): Finding[] {
  const entries = places.flatMap((place) => place.entries.map((entry) => ({ place, entry })))
  const [first] = entries.filter(({ entry }) => entry.failed > 0)
  if (!first) return []
  const sum = (part: 'failed' | 'made') => entries.reduce((total, { entry }) => total + entry[part], 0)
  const deaths = entries.flatMap(({ entry }) => entry.deaths)
  const reasons = [...new Set(deaths.map(({ reason }) => reason))]
  const { name, severity } = entryOf(FAILED)!
  const more =
    reasons.length > 1 ? `; and for ${reasons.length - 1} other ${reasons.length === 2 ? 'reason' : 'reasons'}` : ''
  return [
    {
      ...{ code: FAILED, name, severity, node, subject: subjectOf(first.entry) },
      message: `${sum('failed')} of ${sum('made')} real connections from ${node} failed: ${reasons[0]}${more}`,
      ...{ clients: [], who: [], consequences: [], leadsTo: [] },
      evidence: deaths.flatMap(({ evidence }) => evidence).slice(0, 4),
      fix: `${sh`kubectl svcpath probe ${service.name} -n ${service.namespace} --node ${node}`}  # shows each entry and endpoint, and where connections died`,
    },
  ]
}

const subjectOf = ({ address, port }: ProbedEntry): string => `${address} port ${port}`

const textOf = ({ kind, name }: ProbedPlace): string => `${kind} ${name}`

const unknown = (node: string, message: string): Reason => ({
  verdict: 'unknown',
  node,
  subject: null,
  message,
  evidence: [],
})
