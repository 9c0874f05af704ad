/** How a virtual server deals its connections: the schedulers of net/netfilter/ipvs. */
import type { RealServer, VirtualServer } from '../../model/ipvs.ts'

/** What a new connection comes to, and whether that is a rule or only a mean. */
export interface Share {
  server: RealServer
  /** 0 to 1. */
  probability: number
}

export interface Dealing {
  shares: readonly Share[]
  /** Who gets which part is decided by what is not in any list: in words; null where the parts are fixed. */
  varying: string | null
}

/**
 * The part of new connections that each real server gets. Weight 0 gets none (`rr` skips it in ip_vs_rr.c, the others in like manner). In turn (rr) or by weight (wrr) the
 * parts are exact; by the connections that are open at the time (lc, wlc, sed, nq) or by the client's address (sh, dh, mh) they are only means over many.
 */
export function dealingOf({ scheduler, realServers }: Pick<VirtualServer, 'scheduler' | 'realServers'>): Dealing {
  const given = realServers.filter(({ weight }) => weight !== 0)
  const weighs = WEIGHED.has(scheduler ?? '')
  const weightOf = ({ weight }: RealServer) => (weighs ? (weight ?? 1) : 1)
  const whole = given.reduce((sum, server) => sum + weightOf(server), 0)
  const shares = given.map((server) => ({ server, probability: weightOf(server) / whole }))
  return { shares, varying: given.length < 2 ? null : varyingOf(scheduler, given) }
}

/** Those that heed the weights; rr and lc ask of a weight only whether it is 0. */
const WEIGHED = new Set(['wrr', 'wlc', 'sed', 'nq', 'sh', 'mh', 'lblc', 'lblcr'])

function varyingOf(scheduler: string | null, servers: readonly RealServer[]): string | null {
  if (scheduler === null) return 'the scheduler is not in the text'
  if (servers.some(({ weight }) => weight === null)) return 'the weights are not in the text'
  if (FIXED.has(scheduler)) return null
  if (BY_CLIENT.has(scheduler)) return `the scheduler ${scheduler} picks by the client's address`
  if (BY_LOAD.has(scheduler)) return `the scheduler ${scheduler} picks by the connections that are open at the time`
  return `how the scheduler ${scheduler} picks is not known`
}

const FIXED = new Set(['rr', 'wrr'])
/** mh is Maglev; all three hash the source, dh and the cache schedulers lblc and lblcr the destination, which behind a virtual server is one. */
const BY_CLIENT = new Set(['sh', 'mh', 'dh', 'lblc', 'lblcr'])
const BY_LOAD = new Set(['lc', 'wlc', 'sed', 'nq', 'fo', 'ovf', 'twos'])
