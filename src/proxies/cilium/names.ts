/** What Cilium calls its things. */
import type { ChainRole } from '../../model/report.ts'

/** The table that its frontends are said to stand in, beside `nat` and `filter`. */
export const CILIUM_TABLE = 'cilium'

/** Where the frontends of all services stand. */
export const FRONTENDS = 'frontends'

export const roleInCilium = (chain: string): ChainRole => (chain === FRONTENDS ? 'services' : 'service')

/** Links that lead to pods by Cilium's programs (pkg/defaults, HostDevice; the agent names those of pods itself). */
export const CILIUM_LINK = /^(?:cilium_|lxc)/
