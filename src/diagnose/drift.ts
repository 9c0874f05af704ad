import type { Finding } from '../model/finding.ts'
import { findingKeys } from '../model/identity.ts'
import type { EndpointPath, EntryPath, NodePath } from '../model/report.ts'
import { entryOf } from './catalogue.ts'

/**
 * Is it seen in passing while things follow the API, and gone by the time of a second look? kube-proxy writes what changed within its minSyncPeriod, a
 * second by default (proxier.go). Lists of the API are read one after the other, a pod may end between the look at the API and that at its sockets, and
 * CoreDNS hears of endpoints a moment after the API has them.
 */
export const isDrift = (code: string): boolean => entryOf(code)?.passes === true

/** Does each entry of a node lead to exactly the endpoints that the API now lists? What could not be told is not known to. */
export function isConverged({ entries }: NodePath): boolean {
  return entries.length > 0 && entries.every((entry) => isDecided(entry) && entry.endpoints.every(isInStep))
}

/** Did the walk of the rules come to an end? Routes and links, which it may lack, are no matter of kube-proxy's. */
export function isDecided({ kind, outcome, verdict, conditions, endpoints }: EntryPath): boolean {
  if (kind === 'podIP') return true
  if (outcome === 'unknown' || (outcome === 'none' && verdict === 'unknown')) return false
  const dealt = endpoints.reduce((sum, { probability }) => sum + probability, 0)
  return outcome !== 'dnat' || conditions.length > 0 || dealt > 1 - 1e-6
}

const isInStep = ({ state, probability }: EndpointPath): boolean =>
  // A rival's endpoints are no matter of time.
  state === 'stale' || state === 'notReady' || state === 'terminating' ? probability === 0 : state !== 'missing'

/** Drift of which nothing was there in the look before is told as what it is: likely to pass. */
export const softened = (findings: readonly Finding[], passing: ReadonlySet<string> = new Set()): Finding[] =>
  findings.map((one) =>
    isDrift(one.code) && findingKeys(one).every((key) => passing.has(key))
      ? {
          ...one,
          severity: 'warning',
          message: `${one.message} (a moment ago it was otherwise: endpoints are changing right now)`,
        }
      : one,
  )
