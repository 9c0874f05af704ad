/** What the nodes' tables of connections hold of the probe: as the entries came, right after, and at the look that followed. */
import { memo } from '../model/memo.ts'
import type { ConntrackEntry, NodeState, Tuple } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { NodeProbe } from '../model/probe/request.ts'
import { tracks } from './tracking.ts'

/** An entry, and when it was seen last. Of `new` only that it came is known, and where it leads. */
export interface Seen {
  entry: ConntrackEntry
  when: 'new' | 'after' | 'look'
}

export interface NodeEvidence {
  name: string
  /** All entries by the probe's source ports were read, right after the last connection of this node. */
  afterRead: boolean
  /** All entries that concern the service were read, by the look that followed. */
  lookRead: boolean
  /** New entries were read all the time. */
  watched: boolean
  /** Does it surely track what is sent to an address? */
  tracks(address: string): boolean
  /** Entries by source port and destination, from whatever source; those seen last count. */
  from(protocol: string, sourcePort: number, destination: string, destinationPort: number): readonly Seen[]
  /** The entry of a connection that comes with this tuple. */
  of(protocol: string, tuple: Tuple): Seen | null
}

/** Of every node that was read or probed from. */
export function evidenceOf(after: Observation, probes: ReadonlyMap<string, NodeProbe>): Map<string, NodeEvidence> {
  const names = new Set([...after.nodes.map(({ name }) => name), ...probes.keys()])
  return new Map(
    [...names].map((name) => [
      name,
      ofNode(name, after.nodes.find((one) => one.name === name) ?? null, probes.get(name) ?? null),
    ]),
  )
}

function ofNode(name: string, state: NodeState | null, probe: NodeProbe | null): NodeEvidence {
  const seen: Seen[] = [
    ...(probe?.events ?? []).map((entry) => ({ entry, when: 'new' as const })),
    ...(probe?.entries ?? []).map((entry) => ({ entry, when: 'after' as const })),
    ...(state?.conntrack ?? []).map((entry) => ({ entry, when: 'look' as const })),
  ]
  const latest = new Map(seen.map((one) => [keyOf(one.entry.protocol, one.entry.original), one]))
  const byPort = Map.groupBy(latest.values(), ({ entry: { protocol, original } }) => portKey(protocol, original))
  return {
    name,
    afterRead: probe?.entries != null,
    lookRead: state !== null && isWhole(state),
    watched: probe?.watched === true,
    tracks: (address) => state !== null && tracks(state, address),
    from: (protocol, sourcePort, destination, destinationPort) =>
      byPort.get(portKey(protocol, { source: '', sourcePort, destination, destinationPort })) ?? [],
    of: (protocol, tuple) => latest.get(keyOf(protocol, tuple)) ?? null,
  }
}

/** A table of which a part could not be read proves no absence. */
const isWhole = memo(
  ({ conntrack, problems }: NodeState): boolean =>
    conntrack !== null && !problems.some(({ file }) => file.includes('conntrack')),
)

const keyOf = (protocol: string, { source, sourcePort, destination, destinationPort }: Tuple): string =>
  [protocol, source, sourcePort, destination, destinationPort].join(' ')

const portKey = (protocol: string, { sourcePort, destination, destinationPort }: Tuple): string =>
  [protocol, sourcePort, destination, destinationPort].join(' ')

/** The tuple with which a connection comes to the next node: that of its answers, the other way round. */
export const onward = ({ reply }: ConntrackEntry): Tuple => ({
  source: reply.destination,
  sourcePort: reply.destinationPort,
  destination: reply.source,
  destinationPort: reply.sourcePort,
})

export const isTranslated = ({ original, reply }: ConntrackEntry): boolean =>
  reply.source !== original.destination || reply.sourcePort !== original.destinationPort
