/** What a report says of a Service, as far as a watch compares it or looks things up in it. */
import { joinHostPort } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import type { EntryPath, PathReport } from '../model/report.ts'
import type { Known } from './node.ts'

/** Of the Service and of each node. */
export const verdictsOf = ({ verdict, nodes }: PathReport): string =>
  JSON.stringify([verdict, nodes.map((one) => [one.name, one.verdict])])

/** A finding is the same as long as these are. */
export const keyOf = ({ code, node, subject }: Finding): string => [code, node, subject].join(' ')

/** What a look that was worth it changes. */
export const shapeOf = (report: PathReport): string =>
  JSON.stringify([
    verdictsOf(report),
    report.findings.map(keyOf),
    report.nodes.map(({ entries }) =>
      entries.map(({ outcome, endpoints }) => [outcome, endpoints.map((one) => [one.address, one.port, one.chain])]),
    ),
  ])

/** Where chains lead: one that is gone may still be named by what was counted before. */
export function knownOf(report: PathReport, before: Known): Known {
  const entries = report.nodes.flatMap((node) => node.entries)
  const ends = entries.flatMap(({ protocol, endpoints }) =>
    endpoints.flatMap(({ chain, address, port }) =>
      address === null || port === null ? [] : { protocol, chain, place: joinHostPort(address, port) },
    ),
  )
  const others = new Set(ends.flatMap(({ protocol, place }) => (protocol === 'TCP' ? [] : place)))
  const chains = ends.flatMap(({ chain, place }): [string, string][] => (chain === null ? [] : [[chain, place]]))
  return {
    places: new Map([...before.places, ...chains]),
    tcp: new Set(ends.flatMap(({ place }) => (others.has(place) ? [] : place))),
    fronts: new Map(report.nodes.map(({ name, entries: own }) => [name, frontsOf(own)])),
  }
}

/** Addresses that chains lead on, on a node whose connections are in the kernel's table. */
const frontsOf = (entries: readonly EntryPath[]): Set<string> =>
  new Set(
    entries.flatMap(({ kind, address, chains, trackedBy }) =>
      kind === 'nodePort' || chains.length === 0 || trackedBy !== undefined ? [] : address,
    ),
  )
