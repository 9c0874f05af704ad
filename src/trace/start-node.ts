/** On which node a client's packets start, where its address tells. */
import { lookupRoute } from '../kernel/fib.ts'
import { type Cidr, contains, parseCidr, single } from '../model/address.ts'
import { nodeHolding } from '../model/cluster.ts'
import { memo } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'

/** The node on which an address of a pod or node lives; null where nothing tells one alone: then it may come in anywhere. */
export function startNode(observation: Observation, address: string): string | null {
  const known = asked(observation)
  const before = known.get(address)
  if (before !== undefined) return before
  const found = find(observation, address)
  known.set(address, found)
  return found
}

const asked = memo((_: Observation) => new Map<string, string | null>())

function find(observation: Observation, address: string): string | null {
  const own = parseCidr(address)
  if (!own) return null
  const { cluster, nodes } = observation
  const pods = (cluster.pods ?? []).filter((pod) => !pod.hostNetwork && pod.ips.includes(address))
  // A pod that has ended keeps its address in the API, which another may have by now.
  const pod = pods.find(({ phase }) => phase !== 'Succeeded' && phase !== 'Failed') ?? pods[0]
  return (
    pod?.node ??
    nodeHolding(cluster, address)?.name ??
    only(rangesOf(observation).flatMap(({ name, range }) => (contains(range, own) ? [name] : []))) ??
    only(nodes.filter((node) => holdsPod(node, address)).map(({ name }) => name))
  )
}

/** The pod range of each node, of both families. */
const rangesOf = memo(({ cluster }: Observation): { name: string; range: Cidr }[] =>
  (cluster.nodes ?? []).flatMap(({ name, podCIDRs }) =>
    podCIDRs.flatMap((text) => {
      const range = parseCidr(text)
      return range ? [{ name, range }] : []
    }),
  ),
)

/** Does a route of the node lead to the address by a bridge or veth, behind which are its own pods? What docker has there every node has. */
function holdsPod(node: NodeState, address: string): boolean {
  const { kind, device, gateway } = lookupRoute(node, single(address))
  const link = node.links?.find(({ name }) => name === device)
  return kind === 'forward' && gateway === null && (link?.kind === 'bridge' || link?.kind === 'veth')
}

/** The one that all are. */
const only = (names: readonly string[]): string | null => (new Set(names).size === 1 ? names[0]! : null)
