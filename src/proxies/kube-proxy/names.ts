import { hash as digestOf } from 'node:crypto'

export type ServiceChainKind = 'SVC' | 'SVL' | 'EXT' | 'FW' | 'XLB'

/** A port of a service as kube-proxy names it: `ns/name:port`; `ns/name` for a port without a name. */
function portKey(namespace: string, name: string, port: string): string {
  return port === '' ? `${namespace}/${name}` : `${namespace}/${name}:${port}`
}

/**
 * The name of a service port's chain in iptables mode: `KUBE-SVC-` and the first 16 letters of base32(sha256(key + protocol)).
 * Source: kube-proxy, pkg/proxy/iptables/proxier.go, portProtoHash; recomputed from the captures.
 */
export function serviceChain(kind: ServiceChainKind, key: string, protocol: string): string {
  return `KUBE-${kind}-${hash(key + protocol.toLowerCase(), 16)}`
}

/** The name of an endpoint's chain: the same hash, over the key, the protocol and `ip:port` (`[ip]:port` for IPv6). */
export function endpointChain(key: string, protocol: string, endpoint: string): string {
  return `KUBE-SEP-${hash(key + protocol.toLowerCase() + endpoint, 16)}`
}

/**
 * The chains of a service port in nftables mode: `service-HASH-ns/name/proto/port` and its siblings, HASH being the first
 * 8 letters over what follows it. Source: kube-proxy, pkg/proxy/nftables/proxier.go, hashAndTruncate.
 */
export function nftablesChain(
  kind: 'service' | 'external' | 'local',
  namespace: string,
  name: string,
  port: string,
  protocol: string,
): string {
  const key = `${namespace}/${name}/${protocol.toLowerCase()}/${port}`
  return `${kind}-${hash(key, 8)}-${key}`
}

/** Keys under which a port may be hashed: up to about Kubernetes 1.11 a port without a name kept its colon. */
export function portKeys(namespace: string, name: string, port: string): string[] {
  const key = portKey(namespace, name, port)
  return port === '' ? [key, `${key}:`] : [key]
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The first letters of base32(sha256(text)), RFC 4648. */
function hash(text: string, letters: number): string {
  const digest = digestOf('sha256', text, 'buffer')
  let out = ''
  let bits = 0
  let value = 0
  for (const byte of digest) {
    value = (value << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      out += ALPHABET[(value >>> bits) & 31]
      if (out.length === letters) return out
    }
    value &= (1 << bits) - 1
  }
  return out
}
