/** A look again at services that were judged before: of most of them nothing has to be judged anew. */
import type { WantedServices } from '../ask/check-services.ts'
import { isDrift, softened } from '../diagnose/drift.ts'
import type { CheckedService, CheckReport } from '../model/check.ts'
import type { Observation } from '../model/observation.ts'
import { type CheckOptions, checkChosen } from './check.ts'
import { outcomeOf, worst } from './outcome.ts'

/** Judges those services again of which something was found that may pass. The others stand as they were. */
export function checkAgain(
  before: CheckReport,
  observation: Observation,
  wanted: WantedServices,
  namespace: string | null,
  options: CheckOptions,
): CheckReport {
  const drifting = driftingIn(before)
  const now = checkChosen(observation, wanted, namespace, { ...options, only: (one) => drifting.has(keyOf(one)) })
  const judged = new Map(now.services.map((one) => [keyOf(one), one]))
  const kept = before.services.flatMap((one) => judged.get(keyOf(one)) ?? (drifting.has(keyOf(one)) ? [] : one))
  // A service that has gone since then is a name that none has.
  const services = [...kept, ...now.services.filter((one) => !kept.includes(one))]
  const notes = [...new Set([...(before.notes ?? []), ...(now.notes ?? [])])]
  return {
    ...now,
    ...(before.migration ? { migration: before.migration } : {}),
    ...{ services, outcome: worst(services.map(({ outcome }) => outcome)) },
    ...(notes.length > 0 ? { notes } : {}),
  }
}

/** The services of which something was found that may pass, as `namespace/name`. */
export const driftingIn = ({ services }: CheckReport): ReadonlySet<string> =>
  new Set(services.filter(isDrifting).map(keyOf))

/** The same, where the last of several looks alone showed `passing`: that is told as a warning. */
export function whilePassing(
  report: CheckReport,
  passing: ReadonlySet<string>,
  options: Pick<CheckOptions, 'failOn'>,
): CheckReport {
  if (passing.size === 0) return report
  const services = report.services.map((one) => {
    if (!isDrifting(one)) return one
    const findings = softened(one.findings, passing)
    return { ...one, findings, outcome: outcomeOf(findings, one.unknowns, options) }
  })
  return { ...report, services, outcome: worst(services.map(({ outcome }) => outcome)) }
}

const isDrifting = ({ findings }: CheckedService): boolean => findings.some(({ code }) => isDrift(code))

const keyOf = ({ namespace, name }: Pick<CheckedService, 'namespace' | 'name'>): string => `${namespace}/${name}`
