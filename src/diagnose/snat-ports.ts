/** Source ports that masquerading has left for connections to one endpoint. */
import { tablesOf } from '../kernel/base-chains.ts'
import { joinHostPort } from '../model/address.ts'
import { memo } from '../model/memo.ts'
import type { ConntrackEntry, NodeState } from '../model/node.ts'
import type { PortRange } from '../model/rules.ts'

/** Connections to one endpoint that leave the node by one source address, so many that few ports are left. */
export interface CrowdedSource {
  source: string
  /** The endpoint's. */
  address: string
  /** `10.244.1.5:8080/tcp` */
  endpoint: string
  used: number
  range: PortRange
}

/** What the kernel takes where no rule names ports, for a client's port above 1023 (nf_nat_l4proto_unique_tuple, net/netfilter/nf_nat_core.c). */
const USUAL: PortRange = { from: 1024, to: 65535 }

/** From here on the kernel, which tries some ports and no more, may find none. */
const NEARLY_ALL = 0.8

/** A rule that names one port, or a few, means just these. */
const LEAST = 64

/** Those of a node, the fullest first. Where few connections are tracked, nothing is counted. */
export const crowdedSources = memo((state: NodeState): readonly CrowdedSource[] => {
  const masqueraded = (state.conntrack ?? []).filter(isMasqueraded)
  const groups = [...Map.groupBy(masqueraded, wayOf).values()].filter((group) => group.length >= LEAST)
  // Every rule is read for the ranges, which takes long on a node with thousands of services.
  if (groups.length === 0) return []
  const ranges = [...rangesOf(state), USUAL].sort((a, b) => sizeOf(a) - sizeOf(b))
  return groups
    .flatMap((group) => crowd(group, ranges) ?? [])
    .sort((a, b) => b.used / sizeOf(b.range) - a.used / sizeOf(a.range))
})

const sizeOf = ({ from, to }: PortRange): number => to - from + 1

const isMasqueraded = ({ protocol, original, reply }: ConntrackEntry): boolean =>
  (protocol === 'tcp' || protocol === 'udp') &&
  reply.destination !== original.source &&
  reply.destinationPort !== null &&
  reply.sourcePort !== null

const wayOf = ({ protocol, reply }: ConntrackEntry): string =>
  [protocol, reply.source, reply.sourcePort, reply.destination].join(' ')

/** Null where ports are left. The range is the smallest that all ports lie in: connections that fill it by chance there are not. */
function crowd(group: readonly ConntrackEntry[], ranges: readonly PortRange[]): CrowdedSource | null {
  const { protocol, reply } = group[0]!
  const ports = new Set(group.map((one) => one.reply.destinationPort!))
  const range = ranges.find(({ from, to }) => [...ports].every((port) => port >= from && port <= to))
  if (!range || ports.size < LEAST || ports.size < NEARLY_ALL * sizeOf(range)) return null
  const endpoint = `${joinHostPort(reply.source, reply.sourcePort)}/${protocol}`
  return { source: reply.destination, address: reply.source, endpoint, used: ports.size, range }
}

/** Ranges that rules name for source ports. */
const rangesOf = ({ rulesets }: NodeState): PortRange[] =>
  ([4, 6] as const).flatMap((family) =>
    tablesOf(rulesets, family).flatMap(({ table }) =>
      [...table.chains.values()].flatMap(({ rules }) =>
        rules.flatMap(({ actions }) =>
          actions.flatMap((action) =>
            (action.kind === 'masquerade' || action.kind === 'snat') && action.ports ? [action.ports] : [],
          ),
        ),
      ),
    ),
  )
