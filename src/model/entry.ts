import { familyOf } from './address.ts'
import type { Endpoint, Protocol, Service, ServicePort } from './cluster.ts'
import type { EntryKind } from './report.ts'

/** An address by which clients reach a port of a service. For a node port `address` is null: every node has its own; for others where the text does not show it. */
export interface Entry {
  kind: EntryKind
  address: string | null
  family: 4 | 6
  port: number
  protocol: Protocol
  servicePort: ServicePort
}

/**
 * Every entry of a service, port by port: cluster IPs, external IPs, load-balancer IPs, node port. A headless service has
 * none of these: DNS hands out the addresses of its pods, so each of them is an entry.
 */
export function entriesOf(service: Service, endpoints: readonly Endpoint[]): Entry[] {
  if (service.headless) return service.ports.flatMap((port) => podEntries(port, endpoints))
  const families = new Set(service.clusterIPs.map(familyOf))
  if (families.size === 0) families.add(4)
  return service.ports.flatMap((servicePort) => {
    const { protocol, port, nodePort } = servicePort
    const at =
      (kind: EntryKind) =>
      (address: string): Entry => {
        return { kind, address, family: familyOf(address), port, protocol, servicePort }
      }
    const addressed = [
      ...service.clusterIPs.map(at('clusterIP')),
      ...service.externalIPs.map(at('externalIP')),
      ...service.loadBalancerIPs.map(at('loadBalancerIP')),
    ]
    const nodePorts = [...families].map((family): Entry[] =>
      nodePort ? [{ kind: 'nodePort', address: null, family, port: nodePort, protocol, servicePort }] : [],
    )
    // Port 0: a fragment told of the node port alone, or of rules without the port that they are for.
    const own = port > 0 || servicePort.unseen ? addressed : []
    const all = [...own, ...nodePorts.flat()]
    return all.length > 0 || !servicePort.unseen ? all : [...families].map((family) => unseenEntry(servicePort, family))
  })
}

/** What stands for an entry of which a fragment shows the rules, but neither address nor port. */
const unseenEntry = (servicePort: ServicePort, family: 4 | 6): Entry => ({
  kind: servicePort.unseen === 'outside' ? 'externalIP' : 'clusterIP',
  address: null,
  family,
  port: 0,
  protocol: servicePort.protocol,
  servicePort,
})

/** Which traffic policy of a service binds those who come by an entry. */
export const policyOf = ({ kind }: Pick<Entry, 'kind'>): 'internalTrafficPolicy' | 'externalTrafficPolicy' =>
  kind === 'clusterIP' ? 'internalTrafficPolicy' : 'externalTrafficPolicy'

function podEntries(servicePort: ServicePort, endpoints: readonly Endpoint[]): Entry[] {
  return endpoints
    .filter((one) => one.ready && one.portName === servicePort.name && one.protocol === servicePort.protocol)
    .map(({ address, port, protocol }) => {
      const target = port ?? servicePort.port
      return { kind: 'podIP', address, family: familyOf(address), port: target, protocol, servicePort }
    })
}
