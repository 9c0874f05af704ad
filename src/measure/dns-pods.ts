import type { KubeApi } from '../kube/api.ts'
import type { Service } from '../model/cluster.ts'
import { expectedRecords, findDnsService } from '../model/cluster-dns.ts'
import type { DnsAnswer, Observation } from '../model/observation.ts'
import { askDns, type DnsQuestion } from './dns-query.ts'

/** What CoreDNS answers within, many times over. */
const TIMEOUT_MS = 5000

/** What every DNS pod answers for the names of a service; null where no DNS pod is known, or there is nothing to ask. */
export async function askClusterDns(
  api: KubeApi,
  observation: Observation,
  service: Service,
): Promise<DnsAnswer[] | null> {
  const dnsService = findDnsService(observation)
  if (!dnsService) return null
  const name = dnsService.ports.find((port) => port.port === 53 && port.protocol === 'TCP')?.name
  const endpoints = observation.cluster.endpointsOf(dnsService.namespace, dnsService.name) ?? []
  const servers = endpoints.flatMap(({ ready, protocol, portName, port, pod }) =>
    ready && pod && port !== null && protocol === 'TCP' && portName === name
      ? { namespace: pod.namespace, pod: pod.name, port }
      : [],
  )
  const questions = expectedRecords(observation, service).flatMap(({ type, name: record }): DnsQuestion[] =>
    type === 'SRV' ? [] : [{ name: record, type }],
  )
  return servers.length > 0 && questions.length > 0 ? askDns(api, servers, questions, TIMEOUT_MS) : null
}
