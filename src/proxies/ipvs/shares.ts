/** How a virtual server deals its connections: the schedulers of net/netfilter/ipvs. */
import type { RealServer, VirtualServer } from '../../model/ipvs.ts'

interface Dealing {
  /** The part of new connections that each gets, 0 to 1; who gets none is left out. */
  shares: readonly { server: RealServer; probability: number }[]
  /** In words, why the parts are no fixed ones; null where they are. */
  varying: string | null
}

/**
 * Weight 0 gets nothing new from any scheduler. In turn (rr) and by weight (wrr) the parts are exact. By the connections that are open at the time, or by the client's
 * address, they are means over many; and dh looks at the destination, which behind a virtual server is one.
 */
export function dealingOf({ scheduler, realServers }: Pick<VirtualServer, 'scheduler' | 'realServers'>): Dealing {
  const able = realServers.filter(({ weight }) => weight !== 0)
  const given = scheduler === 'fo' ? heaviest(able) : able
  const weighs = WEIGHED.has(scheduler ?? '')
  const weightOf = ({ weight }: RealServer) => (weighs ? (weight ?? 1) : 1)
  const whole = given.reduce((sum, server) => sum + weightOf(server), 0)
  const shares = given.map((server) => ({ server, probability: weightOf(server) / whole }))
  return { shares, varying: given.length < 2 ? null : varyingOf(scheduler, given) }
}

/** Those that heed the weights; rr (ip_vs_rr.c) and lc (ip_vs_lc.c) ask of a weight only whether it is 0. */
const WEIGHED = new Set(['wrr', 'wlc', 'sed', 'nq', 'ovf', 'sh', 'mh', 'lblc', 'lblcr', 'twos'])

/** The first of the greatest weight gets all: ip_vs_fo.c. */
function heaviest(servers: readonly RealServer[]): RealServer[] {
  const [first, ...others] = servers
  return first ? [others.reduce((best, one) => ((one.weight ?? 0) > (best.weight ?? 0) ? one : best), first)] : []
}

function varyingOf(scheduler: string | null, servers: readonly RealServer[]): string | null {
  if (scheduler === null) return 'its scheduler is not in the text, and the shares are a guess'
  if (servers.some(({ weight }) => weight === null))
    return 'its weights are not in the text, and the shares are a guess'
  if (FIXED.has(scheduler)) return null
  if (BY_CLIENT.has(scheduler)) return `${scheduler} picks by the client's address, and the shares are means over many`
  if (BY_LOAD.has(scheduler))
    return `${scheduler} picks by the connections that are open at the time, and the shares are means over many`
  if (BY_DESTINATION.has(scheduler)) return `${scheduler} gives all to one of them, picked by the destination's address`
  return `how ${scheduler} picks is not known, and the shares are a guess`
}

const FIXED = new Set(['rr', 'wrr', 'fo'])
const BY_CLIENT = new Set(['sh', 'mh'])
const BY_LOAD = new Set(['lc', 'wlc', 'sed', 'nq', 'ovf', 'twos'])
const BY_DESTINATION = new Set(['dh', 'lblc', 'lblcr'])
