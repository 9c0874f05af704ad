/** What a single reading of a node's counters shows that a second reading can prove, or clear. */
import type { Family } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import { lossesOf } from './growth.ts'
import { busyInvalidDrops, forwardsInvalid } from './invalid-packets.ts'
import { crowdedSources } from './snat-ports.ts'

/** Does a counter of the node stand where one of the findings that are about growth may follow? Healthy nodes are not asked twice. */
export const pointsToFault = (state: NodeState): boolean =>
  lossesOf(state) > 0 ||
  COUNTERS.some((key) => (state.counters?.at(-1)?.counts.get(key) ?? 0) > 0) ||
  FAMILIES.some((family) => forwardsInvalid(state, [family])) ||
  dropsInvalid(state) ||
  crowdedSources(state).length > 0

/** Does kube-proxy's rule against INVALID packets take a part of the traffic? */
export const dropsInvalid = (state: NodeState): boolean =>
  FAMILIES.some((family) => busyInvalidDrops(state, family).length > 0)

const FAMILIES: readonly Family[] = [4, 6]
const COUNTERS = ['softnet_stat dropped', 'arp_cache table_fulls', 'ndisc_cache table_fulls']
