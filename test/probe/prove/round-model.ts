/** What a round of the proof is made of. */
import type { LabCluster, NodeName } from '../../lab/cluster/cluster.ts'
import type { PodPlan } from '../../lab/cluster/objects.ts'

/** Who writes the rules of services, and in which capture. */
export const DIALECTS = {
  iptables: { capture: 'k8s-1.36-iptables-nft-dualstack-bridge' },
  nft: {
    capture: 'k8s-1.36-nftables-dualstack-ptp',
    restore: { command: 'nft -f -', file: 'nft.txt' },
  },
} as const
export type Dialect = keyof typeof DIALECTS

export interface Draw {
  fault: string
  service: string
  family: 4 | 6
  /** From where: nodes, and pods by their position among those of the lab. */
  nodes: NodeName[]
  pods: number[]
  /** The endpoint that the fault is about, by its position. */
  endpoint: number
  /** The node that the fault is made on, where it can be any: that of the first client, of the endpoint, or this one. */
  at: 'client' | 'endpoint' | NodeName
  /** What writes the rule that stops connections, and what the rule does. */
  firewall: Dialect
  deed: 'drop' | 'reject' | 'reset'
}

/** A round: what was drawn, and what that is in this lab. */
export interface Scene extends Draw {
  dialect: Dialect
  /** The node that the fault is made on, where it can be any. */
  node: NodeName
  places: From[]
  /** The service's cluster IP in the family of the round; null: it has none. */
  clusterIP: string | null
  port: number
  /** externalTrafficPolicy: Local. */
  isLocal: boolean
  /** The endpoint that the fault is about. */
  target: { pod: PodPlan; address: string; chain: string | null }
}

/** Where connections are made: the node, and the pod if it is one. */
export interface From {
  node: NodeName
  pod: PodPlan | null
}

/** One connection on its way: its client, the node that leads it to an endpoint, that endpoint's address and node. */
export interface Way {
  from: From
  entry: { kind: string; address: string }
  by: NodeName
  address: string
  home: NodeName
}

export interface Fault {
  /** Commands on a machine; all rules are restored afterwards, and `mend` is run, too. */
  make(scene: Scene, lab: LabCluster): void | Promise<void>
  mend?(scene: Scene, lab: LabCluster): void | Promise<void>
  /** Where a connection dies, as `kind node towards`; null: it gets through. */
  dies(way: Way, scene: Scene): string | readonly string[] | null
  /** Does it arise at all? */
  suits?(scene: Scene): boolean
  /** What probe is asked besides. */
  words?: readonly string[]
  /** Where the evidence does not name the place, which is said to be so. */
  mayStayUnplaced?: true
}
