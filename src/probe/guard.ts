import type { Endpoint, Node, Service } from '../model/cluster.ts'
import { entriesOf } from '../model/entry.ts'
import type { Attempt } from '../model/probe/request.ts'

/**
 * The only addresses that a probe may send to: the entries of the named service, a node port at the addresses of nodes that the API lists. Gives the
 * attempts as they are; throws where one goes anywhere else.
 */
export function guarded<T extends Attempt>(
  attempts: readonly T[],
  { service, endpoints, nodes }: { service: Service; endpoints: readonly Endpoint[]; nodes: readonly Node[] },
): readonly T[] {
  const own = nodes.flatMap(({ addresses }) => addresses.map(({ address }) => address))
  const allowed = new Set(
    entriesOf(service, endpoints).flatMap(({ kind, address, port, protocol }) => {
      const places = kind === 'nodePort' ? own : address === null ? [] : [address]
      return places.map((one) => targetKey(protocol, one, port))
    }),
  )
  const stray = attempts.find(({ protocol, address, port }) => !allowed.has(targetKey(protocol, address, port)))
  if (stray)
    throw new Error(
      `${stray.address} port ${stray.port} is no entry of ${service.namespace}/${service.name}: a probe never sends there`,
    )
  return attempts
}

const targetKey = (protocol: string, address: string, port: number): string =>
  [protocol.toLowerCase(), address, port].join(' ')
