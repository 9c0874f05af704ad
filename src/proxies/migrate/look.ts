import type { Change } from '../prospect.ts'

/** What one look finds, and what it would have had to read. */
export interface Look {
  changes: Change[]
  unread: string[]
}

export const NOTHING: Look = { changes: [], unread: [] }

export const change = (one: Change): Look => ({ changes: [one], unread: [] })
