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
  /**
   * Something was left out of the output: by `head`, which keeps its beginning; by `grep`, which keeps the lines that hold one of the `words`; by `grep -A 3`
   * (`context`); by what the command was asked for (`selector`); or by what nobody here understands.
   */
  part: { by: 'head' | 'grep' | 'context' | 'selector' | 'other'; words: readonly string[] } | null
}

export const UNTOLD: Told = { table: null, family: null, namespace: null, bridge: null, link: null, part: null }
