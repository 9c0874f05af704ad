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
    const { kind, address, port, portName, protocol } = entry
    const where = kind === 'nodePort' || kind === 'podIP' ? address.includes(':') : address
    const key = JSON.stringify([kind, where, port, portName, protocol])
    const lane = lanes.get(key) ?? { key, entries: [] }
    lanes.set(key, lane)
    lane.entries.push(entry)
  }
  return [...lanes.values()]
}
