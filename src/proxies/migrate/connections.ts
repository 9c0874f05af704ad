import type { ConntrackEntry, NodeState } from '../../model/node.ts'
import type { EntryPath } from '../../model/report.ts'
import type { Line } from '../proxy.ts'

/** The node ports of a service on a node, each once. */
export function nodePortsOf(entries: readonly EntryPath[]): { protocol: string; port: number }[] {
  const ports = entries.flatMap(({ kind, protocol, port }) =>
    kind === 'nodePort' ? [{ protocol: protocol.toLowerCase(), port }] : [],
  )
  return [...new Map(ports.map((one) => [`${one.protocol} ${one.port}`, one])).values()]
}

/** Connections to a node port that was led to an endpoint, at addresses that are meant. */
export const translatedTo = (
  node: NodeState,
  { protocol, port }: { protocol: string; port: number },
  isMeant: (address: string) => boolean,
): ConntrackEntry[] =>
  (node.conntrack ?? []).filter(
    (one) =>
      one.protocol === protocol &&
      one.original.destinationPort === port &&
      isMeant(one.original.destination) &&
      // To a program of the node itself the answer comes from where the request went.
      (one.reply.source !== one.original.destination || one.reply.sourcePort !== port),
  )

export const lineOf = ({ name }: NodeState, { source }: ConntrackEntry): Line => ({
  ...{ command: 'conntrack -L', file: `nodes/${name}/conntrack.txt` },
  ...{ line: source.line, text: source.text },
})
