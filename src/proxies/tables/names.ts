/** What the service tables of other data planes are called where they stand beside tables of rules. */
import type { ChainRole } from '../../model/report.ts'

export const SERVICE_TABLE = 'service table'

export const TABLE_FRONTENDS = 'service frontends'

export const roleInTable = (chain: string): ChainRole => (chain === TABLE_FRONTENDS ? 'services' : 'service')
