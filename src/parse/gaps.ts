import type { TableGap } from '../model/rules.ts'

/** Gaps of which no text that somebody cut has more; after that only what another kind of gap is counts. */
const MOST = 100

/** The gaps of a table, and more of them. */
export function withGaps(known: readonly TableGap[] = [], more: readonly TableGap[] = []): readonly TableGap[] {
  const added = more.filter(({ kind }, i) => known.length + i < MOST || !known.some((one) => one.kind === kind))
  return added.length === 0 ? known : [...known, ...added]
}
