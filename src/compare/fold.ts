/** The same change on several nodes is one. */
import type { Change, Incomparable, WayChange } from '../model/diff/report.ts'

export const foldChanges = (changes: readonly Change[]): Change[] =>
  foldNodes(changes, ({ area, subject, before, after }) => [area, subject, before, after]).map((all) => ({
    ...all[0]!,
    nodes: nodesOf(all),
    changesWay: all.some(({ changesWay }) => changesWay),
  }))

export const foldWay = (changes: readonly WayChange[]): WayChange[] =>
  foldNodes(changes, ({ entry, endpoint, before, after }) => [entry, endpoint, before, after]).map((all) => ({
    ...all[0]!,
    nodes: nodesOf(all),
  }))

export const foldUnknowns = (unknowns: readonly Incomparable[]): Incomparable[] =>
  foldNodes(unknowns, ({ what, missingIn }) => [what, missingIn]).map((all) => ({ ...all[0]!, nodes: nodesOf(all) }))

/** What changes the way first. */
export const byGuilt = (changes: readonly Change[]): Change[] =>
  changes.toSorted((a, b) => Number(b.changesWay) - Number(a.changesWay))

const foldNodes = <T extends { nodes: string[] }>(all: readonly T[], key: (one: T) => unknown): T[][] => [
  // What is of no node is never the same as what is of one.
  ...Map.groupBy(all, (one) => JSON.stringify([one.nodes.length === 0, key(one)])).values(),
]

const nodesOf = (all: readonly { nodes: string[] }[]): string[] =>
  [...new Set(all.flatMap(({ nodes }) => nodes))].sort()
