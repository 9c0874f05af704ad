/** What the rules counted meanwhile: their counters before the first connection and after the last. Others' connections count, too. */
import { familyOf } from '../model/address.ts'
import type { Counted } from '../model/probe/report.ts'
import type { EndpointPath } from '../model/report.ts'
import type { Counter } from '../model/rules.ts'
import { pathTo } from './death.ts'
import type { Judged } from './judge.ts'
import { type Target, targetsOf } from './plan.ts'
import type { Probed } from './probed.ts'

export interface Counts {
  /** Null where the rules keep no counter, or began anew, or are others now. */
  entry(target: Target): Counted | null
  endpoint(target: Target, endpoint: { address: string; port: number }): Counted | null
}

export function countsOf({ plan, after }: Probed, judged: readonly Judged[]): Counts {
  const now = new Map(
    plan.places.flatMap((place) =>
      targetsOf(after.observation, plan.service, place, null).map((one) => [keyOf(one), one] as const),
    ),
  )
  const sent = Map.groupBy(judged, ({ attempt }) => doorOf(attempt.target))
  const led = Map.groupBy(
    judged.filter(({ trail }) => trail.endpoint !== null),
    ({ attempt, trail }) => endOf(attempt.target, trail.endpoint!),
  )
  return {
    entry(target) {
      const later = now.get(keyOf(target))
      if (!later || !isSame(target.entry.chains, later.entry.chains)) return null
      return grown(target.entry.hits, later.entry.hits, sent.get(doorOf(target))?.length ?? 0)
    },
    endpoint(target, endpoint) {
      const [first, later] = [pathTo(target.entry, endpoint), pathOf(now.get(keyOf(target)), endpoint)]
      if (!first || !later || first.chain !== later.chain) return null
      return grown(first.hits, later.hits, led.get(endOf(target, endpoint))?.length ?? 0)
    },
  }
}

/** Counters that were rounded, or are smaller than before, tell of no growth. */
function grown(before: Counter | null, after: Counter | null, probed: number): Counted | null {
  if (!before || !after || before.approximate || after.approximate || after.packets < before.packets) return null
  return { before: before.packets, after: after.packets, probed }
}

const pathOf = (target: Target | undefined, endpoint: { address: string; port: number }): EndpointPath | null =>
  target ? pathTo(target.entry, endpoint) : null

const isSame = (a: readonly string[], b: readonly string[]): boolean => a.join(' ') === b.join(' ')

const keyOf = ({ place, node, entry: { kind, address, port, protocol } }: Target): string =>
  [place.kind, place.name, node, kind, address, port, protocol].join(' ')

/** Places of one node have the same rules, and the addresses of one node port, too. */
const doorOf = ({ node, entry: { kind, address, port, protocol } }: Target): string =>
  [node, kind === 'nodePort' ? `node port ${familyOf(address)}` : address, port, protocol].join(' ')

/** The entries of one port share their endpoints' rules. */
const endOf = ({ node, entry: { portName, protocol } }: Target, { address, port }: { address: string; port: number }) =>
  [node, portName, protocol, address, port].join(' ')
