/** What became of one connection. */
import type { Evidence } from '../model/evidence.ts'
import type { Death, Fate } from '../model/probe/report.ts'
import type { Attempted } from '../model/probe/request.ts'
import type { EntryKind } from '../model/report.ts'
import { type DeathGrounds, deathOf, isStale, laterDeath, pathTo, staleDeath, stalledDeath } from './death.ts'
import type { PlannedAttempt } from './plan.ts'
import type { Trail } from './trail.ts'

export interface Judged {
  attempt: PlannedAttempt
  made: Attempted
  trail: Trail
  fate: Fate
  /** Null where it did not fail. */
  death: Death | null
  /** Why its fate is unknown, or where it was led; null where both are known. */
  unknown: string | null
}

export function judge(attempt: PlannedAttempt, made: Attempted, trail: Trail, grounds: DeathGrounds): Judged {
  const judged = { attempt, made, trail }
  if (made.result === 'error')
    return {
      ...judged,
      fate: 'unknown',
      death: null,
      unknown: made.error === null ? 'what became of it was not said' : `could not be made: ${made.error}`,
    }
  if (made.result === 'silent') return { ...judged, fate: 'unknown', death: null, unknown: SILENT }
  if (made.result === 'connected' || made.result === 'answered')
    return { ...judged, ...answered(attempt, trail, grounds) }
  if (made.result === 'stalled') {
    const death = staleOrLater(attempt, trail, grounds) ?? stalledDeath(trail, made)
    return { ...judged, fate: 'failed', death, unknown: null }
  }
  return { ...judged, fate: 'failed', death: deathOf(attempt, made, trail, grounds), unknown: null }
}

const SILENT = 'sent by UDP, and nothing came back: that proves nothing'

/** An answer came: from whom? */
function answered(
  attempt: PlannedAttempt,
  trail: Trail,
  grounds: DeathGrounds,
): Pick<Judged, 'fate' | 'death' | 'unknown'> {
  const { place, entry, node } = attempt.target
  const { endpoint } = trail
  const through = { fate: 'through', death: null, unknown: null } as const
  const death = staleOrLater(attempt, trail, grounds)
  if (death) return { fate: 'failed', death, unknown: null }
  if (endpoint) return through
  if (trail.untranslated && !OF_OTHERS.has(entry.kind))
    return unknown(`something answered, and conntrack on ${node} shows that no rule translated it`)
  // A proxy in the pod (a service mesh) accepts connections before any node sees them.
  if (place.kind === 'pod' && trail.stages.length === 0)
    return unknown(
      trail.doubt === null && grounds.evidence.get(place.node)?.afterRead
        ? `something answered, and ${place.node} has no conntrack entry of it: a proxy in the pod, or not tracked`
        : `something answered, perhaps a proxy in the pod: ${trail.doubt ?? `the conntrack of ${place.node} could not be read`}`,
    )
  if (trail.doubt !== null) return { ...through, unknown: trail.doubt }
  return { ...through, unknown: 'where it was led was not seen' }
}

const unknown = (why: string): Pick<Judged, 'fate' | 'death' | 'unknown'> => ({
  fate: 'unknown',
  death: null,
  unknown: why,
})

/** Not with the one that was meant, or not for long: whatever the client took it for. */
const staleOrLater = (
  { target: { node, entry } }: PlannedAttempt,
  trail: Trail,
  { endpoints }: DeathGrounds,
): Death | null =>
  trail.endpoint && isStale(trail.endpoint, endpoints)
    ? staleDeath(node, trail.endpoint)
    : laterDeath(trail, pathTo(entry, trail.endpoint))

/** Addresses at which something else may answer rightly: the load balancer itself. */
const OF_OTHERS: ReadonlySet<EntryKind> = new Set(['externalIP', 'loadBalancerIP'])

/** The entries of one connection, as they were read. */
export const linesOf = ({ trail: { stages } }: Judged): Evidence[] =>
  stages.map(({ node, seen: { entry, when } }) => {
    const { elsewhere, text } = entry.source
    const command = elsewhere?.command ?? (when === 'new' ? 'conntrack -E -e NEW' : 'conntrack -L')
    return { node, command, file: '', line: null, text: text.trim() }
  })
