import { canonicalAddress, parseAddress } from './address.ts'
import type { Service } from './cluster.ts'
import { parseWorkload, type WorkloadQuery } from './kube/workload.ts'

/** What the person asked for. A bare number is a node port. */
export type Query =
  | { kind: 'name'; namespace: string | null; name: string; text: string; port?: string }
  | { kind: 'address'; address: string; port: number | null; text: string }
  | { kind: 'nodePort'; port: number; text: string }
  | WorkloadQuery

/** Whose packet is walked, as `--from` says it. Null: a pod on each node, and a client outside for outside addresses. */
export type From =
  | { kind: 'pod'; namespace: string; name: string; node: string | null; addresses: readonly string[] }
  | { kind: 'node'; name: string }
  | { kind: 'address'; address: string }

/** What `--from` names, before it is looked up; `any`: a pod or a node of this name. */
export interface Client {
  kind: 'pod' | 'node' | 'any'
  /** Null where the text does not tell. */
  namespace: string | null
  name: string
}

/** Reads `pod/client`, `shop/pod/client`, `shop/client`, `node/n1`, `client`; null for what is not understood. */
export function parseClient(text: string): Client | null {
  const parts = text.split('/')
  if (parts.length > 3 || !parts.every((part) => /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(part))) return null
  const [name = '', kind, namespace] = parts.toReversed()
  if (kind === undefined) return { kind: 'any', namespace: null, name }
  if (kind === 'node' || kind === 'no' || kind === 'nodes')
    return namespace === undefined ? { kind: 'node', namespace: null, name } : null
  if (/^(po|pods?)$/.test(kind)) return { kind: 'pod', namespace: namespace ?? null, name }
  return namespace === undefined && !/^(svc|service|deploy|deployment)s?$/.test(kind)
    ? { kind: 'pod', namespace: kind, name }
    : null
}

/**
 * Reads `web`, `shop/web`, `svc/web`, `service/web`, `10.96.0.1`, `10.96.0.1:80`, `[fd00::1]:80`, `fd00::1`, `30080`,
 * `:30080`, a DNS name of a service (`web.shop`, `web.shop.svc.cluster.local`), each with a port behind it (`web:80`,
 * `shop/web:http`, `web.shop:80/tcp`), a URL with any of these as its host, and `deploy/web` or `pod/NAME`.
 */
export function parseQuery(text: string): Query {
  const place = text.trim().replace(URL_PARTS, '$1')
  const port = /^:?(\d{1,5})$/.exec(place)
  if (port) return { kind: 'nodePort', port: Number(port[1]), text }
  const withPort = /^(\[[^\]]+\]|[\d.]+):(\d{1,5})(?:\/[a-z]+)?$/i.exec(place)
  const address = (withPort?.[1] ?? place).replaceAll(/[[\]]/g, '')
  if (parseAddress(address)) {
    return { kind: 'address', address: canonicalAddress(address), port: withPort ? Number(withPort[2]) : null, text }
  }
  const workload = parseWorkload(place, text)
  if (workload) return workload
  const [, host = place, own] = /^([^:]+):([a-z0-9-]+)(?:\/(?:tcp|udp|sctp))?$/i.exec(place) ?? []
  const named = own === undefined ? {} : { port: own }
  const parts = host.split('/').filter((part) => part !== '' && !/^(svc|services?|ep|endpoints)$/.test(part))
  if (parts.length > 1) return { kind: 'name', namespace: parts[0]!, name: parts[1]!, text, ...named }
  const labels = (parts[0] ?? '').replace(/\.$/, '').split('.')
  // `_http._tcp.web.shop.svc`, and `web-0.web.shop.svc` of one pod: what stands before `svc` is the service.
  const svc = labels.indexOf('svc')
  const service = svc > 2 ? labels.slice(svc - 2) : labels
  return { kind: 'name', namespace: service[1] ?? null, name: service[0]!, text, ...named }
}

/** A URL's scheme, user and path: what stands around its host and port. */
const URL_PARTS = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?([^/?#]*)(?:[/?#].*)?$/i

/** True for a service that a query may mean. */
export function fits(service: Service, query: Query): boolean {
  if (query.kind === 'name') return service.name === query.name
  if (query.kind === 'nodePort') return service.ports.some((port) => port.nodePort === query.port)
  // What it selects stands in pods.
  if (query.kind === 'workload') return false
  const addresses = [...service.clusterIPs, ...service.externalIPs, ...service.loadBalancerIPs]
  return (
    addresses.includes(query.address) && (query.port === null || service.ports.some((one) => one.port === query.port))
  )
}

/** Up to five names that the person may have meant: the same name elsewhere, or within two letters, or containing it. */
export function nearNames(services: readonly Pick<Service, 'namespace' | 'name'>[], query: Query): string[] {
  if (query.kind !== 'name') return []
  const scored = services.flatMap((service) => {
    const distance = editDistance(service.name, query.name)
    const part = service.name.includes(query.name) || query.name.includes(service.name)
    const near = distance <= Math.max(1, Math.floor(query.name.length / 3)) || part
    return near ? [{ label: `${service.namespace}/${service.name}`, distance }] : []
  })
  return scored
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 5)
    .map(({ label }) => label)
}

/** `did you mean -n shop?`, or the first of those that there are. */
export function namespaceHint(typed: string, names: readonly string[]): string {
  const near = names
    .map((name) => ({ name, distance: editDistance(name, typed) }))
    .filter(({ distance }) => distance <= Math.max(1, Math.floor(typed.length / 3)))
    .sort((a, b) => a.distance - b.distance)
  if (near.length > 0)
    return `did you mean ${near
      .slice(0, 3)
      .map(({ name }) => `-n ${name}`)
      .join(' or ')}?`
  const shown = names.slice(0, 5).join(', ')
  return `the namespaces are ${shown}${names.length > 5 ? ', …' : ''}`
}

/** Letters to add, drop, replace or swap with their neighbour (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const candidates = [
        row[j - 1]! + 1,
        rows[i - 1]![j]! + 1,
        replaced,
        ...(swapped ? [rows[i - 2]![j - 2]! + 1] : []),
      ]
      row.push(Math.min(...candidates))
    }
    rows.push(row)
  }
  return rows[a.length]![b.length]!
}
