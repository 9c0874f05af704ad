/** The cluster's DNS as an observation shows it: which service it is, its domain, and what it must answer. */
import { familyOf } from '../address.ts'
import type { Endpoint, Pod, Service, ServicePort } from '../cluster.ts'
import { memoLast } from '../memo.ts'
import type { Observation, ResolvConf } from '../observation.ts'
import type { DnsLeg } from '../report.ts'

/**
 * The service behind the pod's name server; where no resolv.conf was read, or it names a cache on the node, the one that looks like a cluster's DNS.
 */
export function findDnsService(
  observation: Observation,
  resolv: ResolvConf | null = observation.resolvConfs[0] ?? null,
): Service | null {
  const services = observation.cluster.services ?? []
  const asked = services.find((one) => one.clusterIPs.some((address) => resolv?.nameservers.includes(address)))
  if (asked) return asked
  return resolv === null || resolv.nameservers.every((address) => isNodeCache(observation, address))
    ? usualDnsService(services)
    : null
}

/** By its usual name, else as the add-ons label it, else what kube-system has at DNS's port. */
const usualDnsService = memoLast((services: readonly Service[]): Service | null => {
  const usual = services.find((one) => USUAL_NAMES.test(`${one.namespace}/${one.name}`))
  if (usual) return usual
  // NodeLocal DNSCache adds a service of its own, by which it asks CoreDNS, with the very same label.
  const others = services.filter(({ name, clusterIPs }) => name !== 'kube-dns-upstream' && clusterIPs.length > 0)
  const labelled = others.find(({ labels }) => labels?.['k8s-app'] === 'kube-dns')
  return labelled ?? others.find((one) => one.namespace === 'kube-system' && servesDns(one)) ?? null
})

const USUAL_NAMES = /^(kube-system\/(kube-dns|coredns|rke2-coredns.*)|openshift-dns\/dns-default)$/

export const servesDns = ({ ports }: Service): boolean =>
  ports.some(({ port, protocol }) => port === 53 && protocol === 'UDP')

/** Is it an address at which a cache on the node answers (NodeLocal DNSCache)? */
export const isNodeCache = (observation: Observation, address: string): boolean =>
  (address.startsWith('169.254.') && !CLOUD_RESOLVERS.has(address)) ||
  nodeCaches(observation).some(({ addresses }) => addresses.includes(address))

/** Link-local, and no cache of the cluster's: the resolvers of GCE (its metadata server) and of an AWS VPC. */
const CLOUD_RESOLVERS = new Set(['169.254.169.254', '169.254.169.253'])

/** The nodes on which a cache listens: its link has this name (kubernetes/dns, cmd/node-cache), and by default the DNS service's own address, too. */
export const nodeCaches = ({ nodes }: Observation): { node: string; addresses: string[] }[] =>
  nodes.flatMap(({ name, links }) => {
    const own = (links ?? []).filter((link) => link.name === NODE_LOCAL_DNS).flatMap((link) => link.addresses)
    return own.length > 0 ? [{ node: name, addresses: own.map(({ address }) => address) }] : []
  })

/** Is it the pod of such a cache? As kubernetes/dns labels it, and most distributions do. */
export const isNodeCachePod = ({ labels }: Pod): boolean => labels['k8s-app'] === 'node-local-dns'

/** The interface that NodeLocal DNSCache makes for the cluster DNS's address. */
export const NODE_LOCAL_DNS = 'nodelocaldns'

/** What kubeadm and most others call it; the DNS specification leaves it open. */
export const DEFAULT_DOMAIN = 'cluster.local'

/** The cluster's domain: the Corefile's zone, else what a pod's search list shows; null where neither was read. */
export function clusterDomain(observation: Observation, resolv: ResolvConf | null): string | null {
  const searched = resolv?.search.find((one) => one.startsWith('svc.'))?.slice('svc.'.length)
  return observation.cluster.dnsDomain ?? searched ?? null
}

/** What a DNS pod must answer for a service, by the API. */
export function expectedRecords(observation: Observation, service: Service): DnsLeg['expected'] {
  const domain = clusterDomain(observation, observation.resolvConfs[0] ?? null) ?? DEFAULT_DOMAIN
  return expectedAnswers(observation, service, `${service.name}.${service.namespace}.svc.${domain}`)
}

/** Source: the Kubernetes DNS specification, dns/docs/specification.md 1.1.0, sections 2.3 to 2.5. */
export function expectedAnswers(observation: Observation, service: Service, fqdn: string): DnsLeg['expected'] {
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
