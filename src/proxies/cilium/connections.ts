/** How many connections Cilium's own table has of an entry, and to which endpoints. */
import { joinHostPort } from '../../model/address.ts'
import type { Cilium, CiliumConnection } from '../../model/dataplanes/cilium.ts'
import { memo } from '../../model/memo.ts'
import type { ConntrackEntry } from '../../model/node.ts'
import type { Tracked, TrackedPlace } from '../proxy.ts'

/**
 * By tc a connection has two entries: SVC from its client to the entry, and OUT from the same client to the endpoint (bpf/lib/lb.h, bpf_lxc.c). By
 * connect() there is the one to the endpoint alone, which does not tell by which service.
 */
export function trackedBy({ connections, status }: Cilium, entry: TrackedPlace): Tracked {
  if (!connections) return { count: null, led: null }
  const { services, outgoing } = tableOf(connections)
  const protocol = entry.protocol.toLowerCase()
  const own = (entry.address === null ? services.ports : services.places).get(
    `${protocol} ${entry.address === null ? entry.port : joinHostPort(entry.address, entry.port)}`,
  )
  const byConnect = !own && status?.socketLb !== false && !status?.socketLbHostOnly
  if (byConnect)
    return { count: null, led: outgoing.filter((one) => one.protocol === protocol).map((one) => entryOf(one, one)) }
  const clients = new Map(outgoing.map((one) => [clientOf(one), one]))
  const led = (own ?? []).flatMap((one) => {
    const to = clients.get(clientOf(one))
    return to ? entryOf(one, to) : []
  })
  return { count: own?.length ?? 0, led }
}

const tableOf = memo((connections: readonly CiliumConnection[]) => {
  const services = connections.filter(({ direction }) => direction === 'SVC')
  const by = (key: (one: CiliumConnection) => string | number) =>
    Map.groupBy(services, (one) => `${one.protocol} ${key(one)}`)
  return {
    services: {
      places: by(({ destination: { address, port } }) => joinHostPort(address, port)),
      ports: by(({ destination: { port } }) => port),
    },
    outgoing: connections.filter(({ direction }) => direction === 'OUT'),
  }
})

const clientOf = ({ protocol, client: { address, port } }: CiliumConnection): string =>
  `${protocol} ${joinHostPort(address, port)}`

/** In the shape of an entry of the kernel's: from the client to where it called, and back from the endpoint. */
function entryOf({ protocol, client, destination, source }: CiliumConnection, to: CiliumConnection): ConntrackEntry {
  const { command, file, line, text } = source
  return {
    ...{ protocol, state: null, timeout: null, assured: false, unreplied: false },
    original: tuple(client, destination),
    reply: tuple(to.destination, client),
    source: { line: line ?? 1, text, elsewhere: { command, file } },
  }
}

const tuple = (from: CiliumConnection['client'], to: CiliumConnection['client']): ConntrackEntry['original'] => ({
  ...{ source: from.address, sourcePort: from.port, destination: to.address, destinationPort: to.port },
})
