import type { Cluster, Service } from '../model/cluster.ts'
import { selects } from '../model/kube/workload.ts'
import type { WantedService } from '../model/request.ts'

/** What the nodes are asked about these services, as far as the API told of them. */
export function wantedServices(cluster: Cluster, services: readonly Service[]): WantedService[] {
  return services.map((service) => {
    const endpoints = cluster.endpointsOf(service.namespace, service.name) ?? []
    const named = new Set(endpoints.flatMap(({ pod }) => (pod ? [`${pod.namespace}/${pod.name}`] : [])))
    const behind = (cluster.pods ?? []).filter(
      (pod) =>
        named.has(`${pod.namespace}/${pod.name}`) ||
        (pod.namespace === service.namespace && selects(service, pod.labels)),
    )
    return {
      namespace: service.namespace,
      name: service.name,
      addresses: unique([...service.clusterIPs, ...service.externalIPs, ...service.loadBalancerIPs]),
      ports: service.ports.map(({ name, port, protocol, nodePort }) => ({ name, port, protocol, nodePort })),
      endpoints: uniqueBy(
        endpoints.map(({ address, port }) => ({ address, port })),
        ({ address, port }) => `${address} ${port}`,
      ),
      podAddresses: unique(behind.flatMap(({ ips }) => ips)),
    }
  })
}

const unique = (texts: readonly string[]): string[] => [...new Set(texts)]

const uniqueBy = <T>(items: readonly T[], key: (item: T) => string): T[] => [
  ...new Map(items.map((item) => [key(item), item])).values(),
]
