import { joinHostPort } from '../../model/address.ts'
import type { WantedService } from '../../model/request.ts'
import { endpointChain, portKeys, serviceChain } from './names.ts'

/** The names that kube-proxy's iptables mode gives the chains of these services, by hash, of every Kubernetes version. */
export function chainNames(services: readonly WantedService[]): string[] {
  const names = services.flatMap(({ namespace, name, ports, endpoints }) =>
    ports.flatMap((port) =>
      portKeys(namespace, name, port.name).flatMap((key) => [
        ...(['SVC', 'SVL', 'EXT', 'FW', 'XLB'] as const).map((kind) => serviceChain(kind, key, port.protocol)),
        ...endpoints.map((one) => endpointChain(key, port.protocol, joinHostPort(one.address, one.port))),
      ]),
    ),
  )
  return [...new Set(names)]
}
