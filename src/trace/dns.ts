import { canonicalAddress, parseAddress } from '../model/address.ts'
import type { Endpoint, Service } from '../model/cluster.ts'
import {
  clusterDomain,
  DEFAULT_DOMAIN,
  expectedAnswers,
  findDnsService,
  isNodeCache,
  isNodeCachePod,
  nodeCaches,
} from '../model/kube/cluster-dns.ts'
import type { DnsAnswer, Observation } from '../model/observation.ts'
import type { DnsLeg, PathReport } from '../model/report.ts'

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
  const server = resolv?.nameservers[0] ?? dnsService?.clusterIPs[0] ?? null
  const cache = cacheAt(observation, server, resolv === null)
  const servers = judged(observation.dnsAnswers, expected, known !== null)
  return {
    names: [fqdn, ...shortNames(fqdn, search)],
    resolvConf: resolv?.origin ?? null,
    server,
    service: dnsService
      ? { namespace: dnsService.namespace, name: dnsService.name, ...readiness(observation, dnsService) }
      : null,
    ...(cache ? { cache } : {}),
    expected,
    answers: servers && [...new Set(servers.flatMap(({ values }) => values))].sort(),
    servers,
    verdict: verdictOf(path, servers),
    path,
  }
}

/**
 * The cache on the node that answers at the address which clients ask. Of a client whose resolv.conf was not read, every node must have one there: it may be on any.
 */
function cacheAt(observation: Observation, server: string | null, anyClient: boolean): DnsLeg['cache'] | null {
  const here = nodeCaches(observation).filter(({ addresses }) => server !== null && addresses.includes(server))
  const isCache = anyClient ? here.length === observation.nodes.length : isNodeCache(observation, server ?? '')
  if (server === null || !isCache || (anyClient && here.length === 0)) return null
  const pods = (observation.cluster.pods ?? []).filter(isNodeCachePod)
  const ready = pods.filter((pod) => pod.ready === true).length
  return { address: server, ...(pods.length > 0 ? { ready, total: pods.length } : { ready: null, total: null }) }
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

/** What the search list lets a client leave off the end; shortest last. */
function shortNames(fqdn: string, search: readonly string[]): string[] {
  const names = search
    .filter((domain) => fqdn.endsWith(`.${domain}`))
    .map((domain) => fqdn.slice(0, -domain.length - 1))
  return [...new Set(names)].sort((a, b) => b.length - a.length)
}

function readiness(observation: Observation, service: Service): { ready: number | null; total: number | null } {
  const endpoints = observation.cluster.endpointsOf(service.namespace, service.name)
  if (!endpoints) return { ready: null, total: null }
  const count = (list: readonly Endpoint[]) => new Set(list.map((one) => one.address)).size
  return { ready: count(endpoints.filter((one) => one.ready)), total: count(endpoints) }
}
