import { isDecided } from '../diagnose/drift.ts'
import type { NodeProgramming } from '../model/check.ts'
import type { EndpointPath, NodePath } from '../model/report.ts'

/**
 * How many endpoints a node's rules should lead to over all entries, how many of these they lead to by every entry that should, and to how many others. Null where
 * that is not known: the walk did not come to an end, or the API's endpoints were not read.
 */
export function programmingOf({ name, entries }: NodePath): NodeProgramming | null {
  const all = entries.filter(({ kind }) => kind !== 'podIP')
  const endpoints = all.flatMap((entry) => entry.endpoints)
  if (all.length === 0 || !all.every(isDecided) || endpoints.some(({ state }) => state === 'unknown')) return null
  const byAddress = [...Map.groupBy(endpoints, ({ address, port }) => `${address} ${port}`).values()]
  const due = byAddress.filter((some) => some.some(isDue))
  return {
    node: name,
    due: due.length,
    programmed: due.filter((some) => some.every(({ state }) => state !== 'missing')).length,
    stray: byAddress.filter((some) => !some.some(isDue) && some.some(({ probability }) => probability > 0)).length,
  }
}

const isDue = ({ state, probability }: EndpointPath): boolean =>
  state === 'missing' || (probability > 0 && (state === 'ready' || state === 'serving'))
