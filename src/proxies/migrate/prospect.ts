/** What would be otherwise on a node if kube-proxy ran there in nftables mode. */
import type { Goal } from '../../model/check.ts'
import type { NodeState } from '../../model/node.ts'
import { isKubeRouters } from '../ipvs/names.ts'
import { modeOf, proxiesOn } from '../on-node.ts'
import type { Prospect, Surroundings } from '../prospect.ts'
import { foreignJumps, forwardAccepts } from './add-ons.ts'
import { invalidDropsToGo } from './invalid.ts'
import { localhostPorts } from './localhost.ts'
import type { Look } from './look.ts'
import { secondaryPorts } from './node-ports.ts'
import { olderKernel, olderNft, olderRelease } from './requirements.ts'
import { virtualServerWays } from './virtual-servers.ts'

type Looker = (node: NodeState, around: Surroundings) => Look

/** What was read of a node, and what of it kube-proxy would do otherwise in another mode. Nothing found is said only of what was read. */
export function prospectOf(_goal: Goal, node: NodeState, around: Surroundings): Prospect {
  const { mode } = modeOf(node)
  if (mode === 'nftables') return { now: 'there', changes: [], unread: [] }
  if (mode === 'cilium' || (mode === 'ipvs' && isKubeRouters(node))) return { now: 'foreign', changes: [], unread: [] }
  if (mode === null) return { now: 'unknown', changes: [], unread: ["kube-proxy's rules"] }
  const looks = [...GENERAL, ...(mode === 'ipvs' ? OF_IPVS : OF_IPTABLES)].map((look) => look(node, around))
  return {
    now: 'other',
    changes: looks.flatMap(({ changes }) => changes),
    unread: [...new Set([...looks.flatMap(({ unread }) => unread), ...unseenRules(node)])],
  }
}

const GENERAL: readonly Looker[] = [olderRelease, olderKernel, olderNft, secondaryPorts, foreignJumps, forwardAccepts]
const OF_IPTABLES: readonly Looker[] = [localhostPorts, invalidDropsToGo]
const OF_IPVS: readonly Looker[] = [virtualServerWays]

/** Rules that are not in the text may be anything. */
function unseenRules(node: NodeState): string[] {
  const { seen } = proxiesOn(node, 4)
  const tables = [...new Set([...seen.unseen, ...seen.partial])].sort()
  if (tables.length > 0) return [`all rules of the tables ${tables.join(', ')}`]
  return seen.how === 'partial' || seen.elided || seen.cutOff ? ["all of kube-proxy's rules"] : []
}
