/** Conntrack entries of one fault, each kind once a node: a busy client has hundreds. */

import { joinHostPort } from '../model/address.ts'
import type { Evidence } from '../model/evidence.ts'
import type { ConntrackEntry } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { EntryPath } from '../model/report.ts'
import { connectionsTo } from '../trace/counters.ts'
import { type Case, listed, walkedEntries } from './case.ts'

export interface Connections {
  node: string
  entry: EntryPath
  /** All of one protocol, to one address of the service, with answers from one place. */
  all: readonly ConntrackEntry[]
}

/** The entries for the service's addresses that are wanted, by node, protocol and whence the answers come. */
export function connectionsOf(
  seen: Case,
  isWanted: (connection: ConntrackEntry, entry: EntryPath, node: string) => boolean,
): Connections[] {
  const met = new Set<ConntrackEntry>()
  const found = walkedEntries(seen).flatMap(({ node, entry, state }) =>
    connectionsTo(state.conntrack ?? [], entry).flatMap((one) => {
      const { protocol, original } = one
      const ours = original.destination === entry.address && original.destinationPort === entry.port
      if (!ours || protocol !== entry.protocol.toLowerCase() || met.has(one) || !isWanted(one, entry, node)) return []
      met.add(one)
      return [{ node, entry, one }]
    }),
  )
  const groups = Map.groupBy(found, ({ node, one: { protocol, original, reply } }) =>
    [node, protocol, original.destination, original.destinationPort, reply.source, reply.sourcePort].join(' '),
  )
  return [...groups.values()].map((group) => ({
    ...{ node: group[0]!.node, entry: group[0]!.entry },
    all: group.map(({ one }) => one),
  }))
}

/** `10.0.0.1`, or `5 connections of 10.0.0.1, 10.0.0.2`. */
export function connectionsText({ all }: Connections): string {
  const names = [...new Set(all.map(({ original }) => original.source))]
  return all.length === 1 ? `a connection of ${names[0]}` : `${all.length} connections of ${listed(names)}`
}

/** The first lines: who wants all of them has the command. */
export const connectionEvidence = ({ observation }: Case, { node, all }: Connections): Evidence[] =>
  connectionsEvidence(observation, node, all)

export const connectionsEvidence = (
  { source }: Observation,
  node: string,
  all: readonly ConntrackEntry[],
): Evidence[] =>
  all.slice(0, 3).map(({ source: { line, text } }) => ({
    ...{ node, command: 'conntrack -L', line, text },
    // What somebody pasted stands in a file of any name.
    file: source === 'rules' ? '' : `nodes/${node}/conntrack.txt`,
  }))

export const replyPlace = ({ all: [first] }: Connections): string =>
  joinHostPort(first!.reply.source, first!.reply.sourcePort)

export const calledPlace = ({ all: [first] }: Connections): string =>
  joinHostPort(first!.original.destination, first!.original.destinationPort)

/** conntrack(8) takes addresses of one family only: of IPv6 where it is told so. */
export const familyFlag = (address: string): string => (address.includes(':') ? '-f ipv6 ' : '')
