import { canonicalAddress, familyOf, parseAddress } from '../model/address.ts'
import type { Endpoint, Service, ServicePort } from '../model/cluster.ts'
import type { DnsAnswer, Observation, ResolvConf } from '../model/observation.ts'
import type { DnsLeg, PathReport } from '../model/report.ts'
import { NODE_LOCAL_DNS } from '../proxies/on-node.ts'

/**
 * The DNS leg: the names that lead to the service, who answers them, what the answer must be, and what was answered where
 * the pods were asked. `trace` walks the DNS service.
 */
export function dnsLeg(
  observation: Observation,
  service: Service,
  clientNamespace: string,
  trace: (service: Service) => PathReport,
): DnsLeg {
  const resolv = observation.resolvConfs[0] ?? null
  const known = clusterDomain(observation, resolv)
  const domain = known ?? DEFAULT_DOMAIN
  const search = resolv?.search ?? [`${clientNamespace}.svc.${domain}`, `svc.${domain}`, domain]
  const dnsService = findDnsService(observation, resolv)
  const isItself = dnsService !== null && dnsService.name === service.name && dnsService.namespace === service.namespace
  const path = dnsService && !isItself ? trace(dnsService) : null
  const fqdn = `${service.name}.${service.namespace}.svc.${domain}`
  const expected = expectedAnswers(observation, service, fqdn)
  const servers = judged(observation.dnsAnswers, expected, known !== null)
  return {
    names: [fqdn, ...shortNames(fqdn, search)],
    resolvConf: resolv?.origin ?? null,
    server: resolv?.nameservers[0] ?? dnsService?.clusterIPs[0] ?? null,
    service: dnsService
      ? { namespace: dnsService.namespace, name: dnsService.name, ...readiness(observation, dnsService) }
      : null,
    expected,
    answers: servers && [...new Set(servers.flatMap(({ values }) => values))].sort(),
    servers,
    verdict: verdictOf(path, servers),
    path,
  }
}

/** What a DNS pod must answer for a service, by the API. */
export function expectedRecords(observation: Observation, service: Service): DnsLeg['expected'] {
  const domain = clusterDomain(observation, observation.resolvConfs[0] ?? null) ?? DEFAULT_DOMAIN
  return expectedAnswers(observation, service, `${service.name}.${service.namespace}.svc.${domain}`)
}

/** The answers of the DNS pods to what was expected, each held against it. */
function judged(
  answers: readonly DnsAnswer[] | null,
  expected: DnsLeg['expected'],
  domainKnown: boolean,
): DnsLeg['servers'] {
  const servers = (answers ?? []).flatMap((answer) => {
    const record = expected.find((one) => one.name === answer.name && one.type === answer.type)
    if (!record) return []
    // Of a domain that was only guessed, that there is no such name tells nothing about the service.
    if (answer.rcode === 'NXDOMAIN' && !domainKnown)
      return [{ ...answer, right: null, error: `NXDOMAIN, but whether ${DEFAULT_DOMAIN} is its domain is not known` }]
    const right = answer.rcode === null ? null : answer.rcode === 'NOERROR' && same(answer.values, record.values)
    return [{ ...answer, right }]
  })
  return servers.length > 0 ? servers : null
}

const same = (a: readonly string[], b: readonly string[]): boolean => {
  const plain = (texts: readonly string[]) => [...new Set(texts.map((text) => canonical(text)))].sort().join(' ')
  return plain(a) === plain(b)
}

const canonical = (text: string): string =>
  parseAddress(text) ? canonicalAddress(text) : text.toLowerCase().replace(/\.$/, '')

/**
 * Broken where every pod answers wrong, or none can be reached; degraded where some answer wrong; reachable where all answer right and can be
 * reached. That nobody could ask a pod says nothing about what it answers.
 */
function verdictOf(path: PathReport | null, servers: DnsLeg['servers']): DnsLeg['verdict'] {
  if (path?.verdict === 'broken') return 'broken'
  if (!servers) return 'unknown'
  const pods = [...new Set(servers.map(({ pod }) => pod))]
  const some = (right: boolean | null) =>
    pods.filter((pod) => servers.some((one) => one.pod === pod && one.right === right))
  const wrong = some(false)
  if (wrong.length > 0) return wrong.length === pods.length ? 'broken' : 'degraded'
  return some(null).length > 0 ? 'unknown' : (path?.verdict ?? 'reachable')
}

/** What kubeadm and most others call it; the DNS specification leaves it open. */
const DEFAULT_DOMAIN = 'cluster.local'

/** The cluster's domain: the Corefile's zone, else what a pod's search list shows; null where neither was read. */
function clusterDomain(observation: Observation, resolv: ResolvConf | null): string | null {
  const searched = resolv?.search.find((one) => one.startsWith('svc.'))?.slice('svc.'.length)
  return observation.cluster.dnsDomain ?? searched ?? null
}

/** What the search list lets a client leave off the end; shortest last. */
function shortNames(fqdn: string, search: readonly string[]): string[] {
  const names = search
    .filter((domain) => fqdn.endsWith(`.${domain}`))
    .map((domain) => fqdn.slice(0, -domain.length - 1))
  return [...new Set(names)].sort((a, b) => b.length - a.length)
}

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
function usualDnsService(services: readonly Service[]): Service | null {
  const usual = services.find((one) => USUAL_NAMES.test(`${one.namespace}/${one.name}`))
  if (usual) return usual
  // NodeLocal DNSCache adds a service of its own, by which it asks CoreDNS, with the very same label.
  const others = services.filter(({ name, clusterIPs }) => name !== 'kube-dns-upstream' && clusterIPs.length > 0)
  const labelled = others.find(({ labels }) => labels?.['k8s-app'] === 'kube-dns')
  return labelled ?? others.find((one) => one.namespace === 'kube-system' && servesDns(one)) ?? null
}

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
