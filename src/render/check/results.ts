/** The services of a check, a line each. */
import type { CheckedService } from '../../model/check.ts'
import type { Finding } from '../../model/finding.ts'
import { alike, nodesOf } from '../findings.ts'
import { type Cause, findingsIn } from './faults.ts'
import { unknownText } from './words.ts'

export const TITLES = ['NAMESPACE', 'NAME', 'ENDPOINTS', 'NODES'] as const

/** What stands below them. */
export const cellsOf = ({ namespace, name, ready, endpoints, converged, nodes }: CheckedService): string[] => [
  namespace,
  name,
  `${ready ?? '?'}/${endpoints}`,
  nodes === 0 ? '-' : `${converged}/${nodes}`,
]

/** Failures first, then what is not known, then what passed with a warning. */
export const inOrder = (services: readonly CheckedService[]): CheckedService[] =>
  services.toSorted((a, b) => rank(a) - rank(b))

const rank = (one: CheckedService): number =>
  one.outcome === 'passed' ? (warningsOf(one) > 0 ? 2 : 3) : one.outcome === 'unknown' ? 1 : 0

const warningsOf = ({ findings }: CheckedService): number =>
  new Set(findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code)).size

/** `passed, 1 warning` */
export function resultText(one: CheckedService): string {
  const count = one.outcome === 'passed' ? warningsOf(one) : 0
  return count > 0 ? `passed, ${count} warning${count === 1 ? '' : 's'}` : one.outcome
}

/** A cause of more services than its heading names is named there alone: in as many rows it would hide what is each row's own. */
const MOST_NAMED = 5

/** What many services have. */
export const commonFindings = (causes: readonly Cause[]): Set<Finding> =>
  new Set(causes.filter((cause) => cause.services.length > MOST_NAMED).flatMap(findingsIn))

/** `SVP306 mixed-backends n3; SVP403 forward-dropped n1`: what each is stands below. `common`: what many services have. */
export function gistOf({ findings, unknowns, outcome }: CheckedService, common: ReadonlySet<Finding>): string {
  const shown = findings.filter(({ severity }) => outcome !== 'passed' || severity !== 'info')
  const own = alike(shown.filter((one) => !common.has(one))).map((group) =>
    [group[0]!.code, group[0]!.name, nodesOf(group)].filter(Boolean).join(' '),
  )
  const codes = [...new Set(shown.filter((one) => common.has(one)).map(({ code }) => code))]
  const shared = codes.length > 0 ? [`shared: ${codes.join(', ')}`] : []
  return [...new Set(own), ...unknowns.slice(0, 1).map(unknownText), ...shared].join('; ')
}

/** `3 services: 2 passed (1 with a warning), 1 failed` */
export function summary(services: readonly CheckedService[]): string {
  const counts = (['passed', 'failed', 'unknown'] as const).flatMap((outcome) => {
    const some = services.filter((one) => one.outcome === outcome)
    const warned = outcome === 'passed' ? some.filter((one) => warningsOf(one) > 0).length : 0
    const which = warned > 0 ? ` (${warned} with a warning)` : ''
    return some.length > 0 ? [`${some.length} ${outcome}${which}`] : []
  })
  return `${services.length} ${services.length === 1 ? 'service' : 'services'}: ${counts.join(', ')}`
}
