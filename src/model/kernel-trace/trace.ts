import type { Rule, TableFamily } from '../rules.ts'

/** What `nft monitor trace` told of packets: each on its way through one node. */
export interface KernelTrace {
  packets: TracedPacket[]
  /** The monitor was read to its end, nothing was lost, and every line of it was understood. */
  whole: boolean
}

/** A packet as it came to a hook. Null: not told. */
export interface PacketSight {
  protocol: string | null
  source: string | null
  sourcePort: number | null
  destination: string | null
  destinationPort: number | null
  /** `''`: it came from this node. */
  inInterface: string
}

export interface TracedPacket {
  hook: 'prerouting' | 'output'
  /** As it was sent. */
  sent: PacketSight
  /** As the last chain of the node saw it. */
  last: PacketSight
  events: KernelEvent[]
  /** Nothing in between was unreadable. */
  whole: boolean
}

/** What became of a packet at one rule, at the end of a chain (`return`), or by the policy of one. */
export interface KernelEvent {
  kind: 'rule' | 'return' | 'policy'
  family: TableFamily
  table: string
  chain: string
  /** Null where it is no rule. */
  handle: number | null
  /** The rule as nft prints it; empty where it is none, or nft did not know it. */
  text: string
  verdict: KernelVerdict
}

export interface KernelVerdict {
  kind: 'accept' | 'drop' | 'continue' | 'return' | 'jump' | 'goto' | 'other'
  /** Of `jump` and `goto`: where to. */
  chain: string | null
  text: string
}

/** A rule of a chain that a trace came through, as it was listed right behind the trace. */
export interface KernelRule {
  family: TableFamily
  table: string
  chain: string
  handle: number
  /** As nft has it; of a look-up in a map, one for each element. */
  nft: readonly Rule[]
  /** As iptables has it; null where it is none of its. */
  iptables: readonly Rule[] | null
}
