/** What counters say by one reading, since the node booted, and by two: whether it still happens. */
import type { Evidence } from '../model/evidence.ts'
import type { NodeState } from '../model/node.ts'
import { type Case, type Missing, ofNodes } from './case.ts'

export interface Growth {
  seconds: number
  /** By how much a counter grew; null where it was not read twice, or began anew meanwhile. */
  of(key: string): number | null
}

/** Two readings need some time between them: by less, chance is told as a rate. */
const LEAST_SECONDS = 1

/** Null where the counters were read once, as in most recordings. */
export function growthOf({ counters }: NodeState): Growth | null {
  const [first, last] = [counters?.[0], counters?.at(-1)]
  if (!first || !last || last.uptime - first.uptime < LEAST_SECONDS) return null
  return {
    seconds: last.uptime - first.uptime,
    of(key) {
      const [before, after] = [first.counts.get(key), last.counts.get(key)]
      // A CPU that came or went takes with it what it counted.
      const cpus = `${key.split(' ')[0]} CPUs`
      if (first.counts.get(cpus) !== last.counts.get(cpus)) return null
      return before === undefined || after === undefined || after < before ? null : after - before
    },
  }
}

/** The newest value of a counter; null where the kernel has none. */
export const countOf = ({ counters }: NodeState, key: string): number | null =>
  counters?.at(-1)?.counts.get(key) ?? null

/** `12 per second`, `0.5 per second` */
export function rate(count: number, { seconds }: Growth): string {
  const each = count / seconds
  return `${each < 10 ? Number(each.toFixed(1)) : Math.round(each)} per second`
}

/** `2.1 s` */
export const span = ({ seconds }: Growth): string => `${seconds.toFixed(1)} s`

/** The end of a sentence about a counter since boot: whether it still grows is what counts. */
export const sinceThen = (growth: Growth | null): string =>
  growth === null
    ? '; one reading does not say whether it still happens'
    : `; none in the ${span(growth)} between two readings: it does not happen now`

/** Counters of the newest reading, and by how much each grew. */
export function counterEvidence(state: NodeState, command: string, keys: readonly string[]): Evidence[] {
  const last = state.counters?.at(-1)
  if (!last) return []
  const growth = growthOf(state)
  const texts = keys.flatMap((key) => {
    const count = last.counts.get(key)
    const grown = growth?.of(key) ?? null
    const more = growth && grown !== null ? ` (+${grown} in ${span(growth)})` : ''
    return count === undefined ? [] : [`${key.split(' ').at(-1)}=${count}${more}`]
  })
  return [{ node: state.name, command, file: last.file, line: null, text: texts.join(' ') }]
}

/** Recordings of others do not hold them; who looks now wants to know. */
export const lacksCounters = (seen: Case): Missing[] =>
  seen.observation.source === 'live'
    ? ofNodes(seen, 'the counters of the network stack', ({ counters }) => counters === null)
    : []

/** What conntrack counts where a connection is lost or thrown out. */
export const LOSSES = ['nf_conntrack insert_failed', 'nf_conntrack drop', 'nf_conntrack early_drop']

/** All of them since boot. */
export const lossesOf = ({ conntrackStats: stats }: NodeState): number =>
  stats === null ? 0 : stats.insertFailed + stats.drop + stats.earlyDrop

/** By how much they grew in all; null where one of them was not read twice. */
export const lossesNow = (growth: Growth | null): number | null =>
  LOSSES.reduce((sum: number | null, key) => {
    const grown = growth?.of(key) ?? null
    return sum === null || grown === null ? null : sum + grown
  }, 0)
