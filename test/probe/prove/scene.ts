/** What is drawn at random of a round: the same for the same seed and number. */
import fc from 'fast-check'
import type { NodeName } from '../../lab/cluster/cluster.ts'
import { FAULTS } from './faults.ts'
import type { Dialect, Draw } from './round-model.ts'

const SERVICES = [
  ...['web', 'web-dual', 'web-np', 'web-sticky', 'web-extip', 'web-lb', 'web-lb-local', 'web-local'],
  ...['web-headless', 'web-internal-local', 'web-named'],
]

const node = fc.constantFrom<NodeName>('n1', 'n2', 'n3')

/** Half of all services have two families: in both each way to die is made. */
const service = fc.oneof(fc.constant('web-dual'), fc.constantFrom(...SERVICES))

const DRAWS: fc.Arbitrary<Omit<Draw, 'fault'>> = fc.record({
  service,
  family: fc.constantFrom(4 as const, 6 as const),
  nodes: fc.shuffledSubarray<NodeName>(['n1', 'n2', 'n3'], { minLength: 2, maxLength: 2 }),
  // The first is the one pod that is no endpoint of any service.
  pods: fc.uniqueArray(fc.oneof(fc.constant(0), fc.nat(6)), { minLength: 3, maxLength: 3 }),
  endpoint: fc.nat(4),
  at: fc.oneof(fc.constantFrom('client' as const, 'client' as const, 'endpoint' as const), node),
  firewall: fc.constantFrom<Dialect>('iptables', 'nft'),
  deed: fc.constantFrom('drop' as const, 'reject' as const, 'reset' as const),
})

/** The draw of a round: other rounds do not change it. IPv6 only where the service has it. */
export function drawOf(seed: number, round: number, attempt: number): Draw {
  const [draw] = fc.sample(DRAWS, { seed: (seed * 10_007 + round) * 101 + attempt, numRuns: 1 })
  // The faults come in turn, each in both dialects.
  const fault = NAMES[Math.floor(round / 2) % NAMES.length]!
  return { fault, ...draw!, family: draw!.service === 'web-dual' ? draw!.family : 4 }
}

const NAMES = Object.keys(FAULTS)
