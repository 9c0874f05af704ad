/** What one round of the proof is made of: drawn at random, and the same for the same seed and number. */
import fc from 'fast-check'
import type { NodeName } from '../../lab/cluster/cluster.ts'
import { FAULTS, type FaultName } from './faults.ts'

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
  fault: FaultName
  service: string
  family: 4 | 6
  /** From where: a node, or a pod by its position among those of the lab. */
  from: { kind: 'node'; node: NodeName } | { kind: 'pod'; pod: number }
  /** The endpoint that the fault is about, by its position. */
  endpoint: number
  /** The node that the fault is made on, where it can be any: that of the client, of the endpoint, or this one. */
  at: 'client' | 'endpoint' | NodeName
  /** What writes the rule that stops connections, and what the rule does. */
  firewall: Dialect
  deed: 'drop' | 'reject' | 'reset'
}

const SERVICES = [
  ...['web', 'web-dual', 'web-np', 'web-sticky', 'web-extip', 'web-lb', 'web-lb-local', 'web-local'],
  ...['web-headless', 'web-internal-local', 'web-named'],
]

const node = fc.constantFrom<NodeName>('n1', 'n2', 'n3')

/** Half of all services have two families: in both each way to die is made. */
const service = fc.oneof(fc.constant('web-dual'), fc.constantFrom(...SERVICES))

const DRAWS: fc.Arbitrary<Draw> = fc.record({
  fault: fc.constantFrom(...(Object.keys(FAULTS) as FaultName[])),
  service,
  family: fc.constantFrom(4 as const, 6 as const),
  from: fc.oneof(
    fc.record({ kind: fc.constant('node' as const), node }),
    fc.record({ kind: fc.constant('pod' as const), pod: fc.oneof(fc.constant(0), fc.nat(6)) }),
  ),
  endpoint: fc.nat(4),
  at: fc.oneof(fc.constantFrom('client' as const, 'client' as const, 'endpoint' as const), node),
  firewall: fc.constantFrom<Dialect>('iptables', 'nft'),
  deed: fc.constantFrom('drop' as const, 'reject' as const, 'reset' as const),
})

/** The draw of a round: other rounds do not change it. IPv6 only where the service has it. */
export function drawOf(seed: number, round: number): Draw {
  const [draw] = fc.sample(DRAWS, { seed: seed * 1_000_003 + round, numRuns: 1 })
  return draw!.service === 'web-dual' ? draw! : { ...draw!, family: 4 }
}
