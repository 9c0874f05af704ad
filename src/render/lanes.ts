import { laneKey } from '../model/identity.ts'
import type { EntryPath, NodePath } from '../model/report.ts'

/** An entry as a node leads it on. All pods of a headless service, each an entry of its own, are one lane. */
export interface Lane {
  /** The same on every node. */
  key: string
  entries: EntryPath[]
}

export function lanesOf(node: NodePath): Lane[] {
  const lanes = new Map<string, Lane>()
  for (const entry of node.entries) {
    const key = laneKey(entry)
    const lane = lanes.get(key) ?? { key, entries: [] }
    lanes.set(key, lane)
    lane.entries.push(entry)
  }
  return [...lanes.values()]
}
