/** Where a text lacks what leads packets to chains that are known by name. */
import type { Family } from '../model/address.ts'
import type { Hook, Ruleset } from '../model/rules.ts'
import { type Start, standIns } from './base-chains.ts'
import type { Passage, Trail } from './flow.ts'
import { stepsOf } from './journey.ts'
import { chainStation, type Station } from './station.ts'

const FILTERING = ['input', 'forward', 'output'] as const

/**
 * For each hook the first of the chains whose rules take the packet, where nothing in the text leads it to them and something may be missing. `pass`: what a
 * station does to the packet; nat is asked at the packet's first hook alone.
 */
export function standInsFor(
  { rulesets, family, first }: { rulesets: readonly Ruleset[]; family: Family; first: 'prerouting' | 'output' },
  stations: readonly Station[],
  startsOf: () => readonly Start[],
  pass: (station: Station) => Passage,
): Station[] {
  const standing = (hook: Hook, type: Start['type']) =>
    stations.filter((one) => one.hook === hook && one.type === type && !one.sends)
  const isWhole = (hook: Hook, type: Start['type']) => standing(hook, type).some(({ whole }) => whole)
  if (isWhole(first, 'nat') && FILTERING.every((hook) => isWhole(hook, 'filter'))) return []
  return [...Map.groupBy(startsOf(), ({ hook, type }) => `${hook} ${type}`).values()].flatMap((group) => {
    const { hook, type } = group[0]!
    if (type === 'nat' && hook !== first) return []
    const there = standing(hook, type)
    if (there.some((station) => station.whole || takes(pass(station)))) return []
    const known = group.flatMap((one) =>
      standIns(rulesets, family, one).map((base) => ({ station: chainStation(base), own: one.own === true })),
    )
    const found =
      known.find(({ station }) => takes(pass(station))) ?? known.find((one) => one.own && marks(pass(one.station)))
    return found?.station ?? []
  })
}

/** Does a rule end the packet's way through a station, or one that asks for its destination take it? */
const takes = ({ ended, returned }: Passage): boolean =>
  ended.some(({ verdict, trail }) => verdict.kind !== 'unknown' || isAimedAt(trail) || isLookedUp(trail)) ||
  returned.some(({ trail }) => isAimedAt(trail))

/** Does a rule meet the packet, be it to mark it for what is decided later? */
const marks = ({ returned }: Passage): boolean => returned.some(({ trail }) => stepsOf(trail).length > 0)

/** Did a rule on the way ask for the packet's own destination? */
const isAimedAt = (trail: Trail): boolean =>
  stepsOf(trail).some(({ rule }) =>
    rule.matches.some(
      (one) => (one.kind === 'address' || one.kind === 'port') && one.side === 'destination' && !one.negated,
    ),
  )

/** Was it looked up in a map? */
const isLookedUp = (trail: Trail): boolean =>
  stepsOf(trail).some(({ rule }) =>
    rule.actions.some(
      (action) =>
        action.kind === 'verdictMap' &&
        action.fields.some((one) => (one.kind === 'address' || one.kind === 'port') && one.side === 'destination'),
    ),
  )
