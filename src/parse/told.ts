import type { Family } from '../model/address.ts'

/** What the command above a text tells of it; null where it does not. */
export interface Told {
  /** The table of iptables. */
  table: string | null
  family: Family | null
  /** Of kubectl. */
  namespace: string | null
  /** The bridge that brctl was asked for. */
  bridge: string | null
  /** The link that tc was asked for, and the direction. */
  link: { name: string; direction: string } | null
}

export const UNTOLD: Told = { table: null, family: null, namespace: null, bridge: null, link: null }
