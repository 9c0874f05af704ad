import type { Endpoint, Pod } from '../model/cluster.ts'
import type { Observation } from '../model/observation.ts'
import type { Place } from '../model/probe/request.ts'
import type { From } from '../model/query.ts'

/** From so many nodes connections are made where nobody names places. */
const MOST_NODES = 5

/** The nodes to probe from: all that were read, or up to five of them, with and without an endpoint in turn. */
export function probedNodes({ nodes }: Observation, endpoints: readonly Endpoint[], all: boolean): string[] {
  const names = nodes.map(({ name }) => name)
  if (all || names.length <= MOST_NODES) return names
  const homes = new Set(endpoints.map(({ node }) => node))
  const [own, others] = [names.filter((name) => homes.has(name)), names.filter((name) => !homes.has(name))]
  const turns = Array.from({ length: MOST_NODES }, (_, i) => [own[i], others[i]]).flat()
  const chosen = new Set(turns.flatMap((name) => name ?? []).slice(0, MOST_NODES))
  return names.filter((name) => chosen.has(name))
}

/** The node itself, and one of the pods that run there: no endpoint of the service where there is another, of its own namespace rather than not. */
export function usualPlaces(
  node: string,
  pods: readonly Pod[],
  endpoints: readonly Endpoint[],
  namespace: string,
): Place[] {
  const own = new Set(endpoints.map(({ address }) => address))
  const usable = pods.filter((pod) => pod.node === node && isUsable(pod))
  const rank = (pod: Pod) => (pod.ips.some((ip) => own.has(ip)) ? 2 : 0) + (pod.namespace === namespace ? 0 : 1)
  const [first] = usable.toSorted((a, b) => rank(a) - rank(b))
  return [nodePlace(node), ...(first ? [podPlace(first)] : [])]
}

export const nodePlace = (node: string): Place => ({ kind: 'node', name: node, node, addresses: [] })

export const podPlace = ({ namespace, name, node, ips }: Pod): Place => ({
  kind: 'pod',
  name: `${namespace}/${name}`,
  node: node!,
  addresses: ips,
})

/** Has it a network namespace of its own, in which something runs? */
export const isUsable = ({ hostNetwork, phase, terminating, ips, node }: Pod): boolean =>
  !hostNetwork && phase === 'Running' && !terminating && ips.length > 0 && node !== null

/** The same as the walk has it. */
export function fromOf({ kind, name, node, addresses }: Place): From {
  if (kind === 'node') return { kind, name }
  const [namespace = '', own = ''] = name.split('/')
  return { kind, namespace, name: own, node, addresses }
}
