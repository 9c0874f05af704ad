import { familyOf } from '../model/address.ts'
import type { Endpoint, Service, ServicePort } from '../model/cluster.ts'
import type { Observation, ResolvConf } from '../model/observation.ts'
import type { DnsLeg, PathReport } from '../model/report.ts'

/**
 * The DNS leg: the names that lead to the service, who answers them, and what the answer must be. Nobody is asked here,
 * so what is answered is unknown; broken is said only where the way to every DNS pod is. `trace` walks the DNS service.
 */
export function dnsLeg(
  observation: Observation,
  service: Service,
  clientNamespace: string,
  trace: (service: Service) => PathReport,
): DnsLeg {
  const resolv = observation.resolvConfs[0] ?? null
  const domain = clusterDomain(observation, resolv)
  const search = resolv?.search ?? [`${clientNamespace}.svc.${domain}`, `svc.${domain}`, domain]
  const dnsService = findDnsService(observation, resolv)
  const isItself = dnsService !== null && dnsService.name === service.name && dnsService.namespace === service.namespace
  const path = dnsService && !isItself ? trace(dnsService) : null
  const fqdn = `${service.name}.${service.namespace}.svc.${domain}`
  return {
    names: [fqdn, ...shortNames(fqdn, search)],
    resolvConf: resolv?.origin ?? null,
    server: resolv?.nameservers[0] ?? dnsService?.clusterIPs[0] ?? null,
    service: dnsService
      ? { namespace: dnsService.namespace, name: dnsService.name, ...readiness(observation, dnsService) }
      : null,
    expected: expectedAnswers(observation, service, fqdn),
    answers: null,
    verdict: path?.verdict === 'broken' ? 'broken' : 'unknown',
    path,
  }
}

/** The cluster's domain: the Corefile's zone, else what a pod's search list shows, else Kubernetes' default. */
function clusterDomain(observation: Observation, resolv: ResolvConf | null): string {
  const searched = resolv?.search.find((one) => one.startsWith('svc.'))?.slice('svc.'.length)
  return observation.cluster.dnsDomain ?? searched ?? 'cluster.local'
}

/** What the search list lets a client leave off the end; shortest last. */
function shortNames(fqdn: string, search: readonly string[]): string[] {
  const names = search
    .filter((domain) => fqdn.endsWith(`.${domain}`))
    .map((domain) => fqdn.slice(0, -domain.length - 1))
  return [...new Set(names)].sort((a, b) => b.length - a.length)
}

/** The service behind the pod's name server; where no resolv.conf was read, the one with a cluster DNS's usual name. */
function findDnsService(observation: Observation, resolv: ResolvConf | null): Service | null {
  const services = observation.cluster.services ?? []
  if (resolv)
    return services.find((one) => one.clusterIPs.some((address) => resolv.nameservers.includes(address))) ?? null
  return services.find((one) => USUAL_NAMES.test(`${one.namespace}/${one.name}`)) ?? null
}

const USUAL_NAMES = /^(kube-system\/(kube-dns|coredns|rke2-coredns.*)|openshift-dns\/dns-default)$/

function readiness(observation: Observation, service: Service): { ready: number | null; total: number | null } {
  const endpoints = observation.cluster.endpointsOf(service.namespace, service.name)
  if (!endpoints) return { ready: null, total: null }
  const count = (list: readonly Endpoint[]) => new Set(list.map((one) => one.address)).size
  return { ready: count(endpoints.filter((one) => one.ready)), total: count(endpoints) }
}

/** Source: the Kubernetes DNS specification, dns/docs/specification.md 1.1.0, sections 2.3 to 2.5. */
function expectedAnswers(observation: Observation, service: Service, fqdn: string): DnsLeg['expected'] {
  if (service.externalName) return [{ type: 'CNAME', name: fqdn, values: [service.externalName] }]
  const ready = observation.cluster.endpointsOf(service.namespace, service.name)?.filter((one) => one.ready) ?? []
  const addresses = service.headless ? [...new Set(ready.map((one) => one.address))] : service.clusterIPs
  const records = ([4, 6] as const).flatMap((family) => {
    const values = addresses.filter((address) => familyOf(address) === family)
    return values.length > 0 ? [{ type: family === 4 ? ('A' as const) : ('AAAA' as const), name: fqdn, values }] : []
  })
  return [...records, ...service.ports.flatMap((port) => srvRecord(port, service, ready, fqdn))]
}

/**
 * SRV of a named port: the service itself, or for a headless one each ready endpoint under a name of its own, which
 * CoreDNS makes of the address where the pod has no hostname, with the endpoint's port.
 */
function srvRecord(port: ServicePort, service: Service, ready: readonly Endpoint[], fqdn: string): DnsLeg['expected'] {
  if (port.name === '') return []
  const own = ready.filter((one) => one.portName === port.name)
  const values = service.headless
    ? own.map((one) => `${one.port} ${one.address.replaceAll(/[.:]/g, '-')}.${fqdn}`)
    : [`${port.port} ${fqdn}`]
  return values.length > 0
    ? [{ type: 'SRV', name: `_${port.name}._${port.protocol.toLowerCase()}.${fqdn}`, values }]
    : []
}
