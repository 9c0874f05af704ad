import { createHmac } from 'node:crypto'

/**
 * Names that tell nothing, and by which parts of a cluster are known: Kubernetes' own namespaces and services, and what svcpath finds the cluster's
 * DNS and kube-proxy by.
 */
const KEPT = new Set(
  (
    'default kube-system kube-public kube-node-lease kubernetes kube-dns coredns kube-proxy openshift-dns dns-default ' +
    'cluster.local cluster svc local localhost true false tcp udp sctp TCP UDP SCTP IPv4 IPv6 linux windows amd64 arm64'
  ).split(' '),
)

/** Replaces names: the same name the same everywhere, whatever it is the name of. */
export class NameMap {
  private readonly key: Buffer

  constructor(key: Buffer) {
    this.key = key
  }

  /** A DNS label, or a name of several. */
  replace(name: string): string {
    if (name === '' || KEPT.has(name)) return name
    // A letter first: services and namespaces must begin with one.
    return `x${this.digest(name, 9)}`
  }

  /** A domain name: those of the cluster by their labels, others as one. */
  replaceDomain(name: string): string {
    const dot = name.endsWith('.') ? '.' : ''
    const labels = name.slice(0, name.length - dot.length).split('.')
    const svc = labels.lastIndexOf('svc')
    if (svc >= 0)
      return (
        [...labels.slice(0, svc).map((label) => this.label(label)), 'svc', this.tail(labels.slice(svc + 1))].join('.') +
        dot
      )
    return this.tail(labels) + dot
  }

  /** Letters and digits for a hash that nobody can recompute: `KUBE-SVC-…` of a service that is not in the capture. */
  hash(text: string, letters: number): string {
    return this.digest(text, letters).toUpperCase()
  }

  /** `_http._tcp` are ports' names, and stay. */
  private label(label: string): string {
    return label.startsWith('_') ? label : this.replace(label)
  }

  private tail(labels: readonly string[]): string {
    const domain = labels.join('.')
    return domain === '' || domain === 'cluster.local' || KEPT.has(domain) ? domain : `${this.replace(domain)}.invalid`
  }

  private digest(text: string, letters: number): string {
    const bytes = createHmac('sha256', this.key).update(`name ${text}`).digest()
    // Of the alphabet of base32, as kube-proxy's own hashes.
    return [...bytes]
      .map((byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte & 31])
      .join('')
      .slice(0, letters)
  }
}
