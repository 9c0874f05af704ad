/** What kube-proxy's chains are, by their names, in both of its rule modes. */
import type { ChainRole } from '../../model/report.ts'

/** The table that kube-proxy's nftables mode has for itself (pkg/proxy/nftables/proxier.go, kubeProxyTable). */
export const NATIVE_TABLE = 'kube-proxy'

/** Null for a chain that is not kube-proxy's. */
export function roleOf(table: string, chain: string): ChainRole | null {
  const roles = table === NATIVE_TABLE ? NATIVE : IPTABLES
  const found = roles.find(([pattern]) => pattern.test(chain))
  return found?.[1] ?? null
}

/** pkg/proxy/iptables/proxier.go. */
const IPTABLES: readonly [RegExp, ChainRole][] = [
  [/^KUBE-(SERVICES|NODEPORTS|EXTERNAL-SERVICES)$/, 'services'],
  [/^KUBE-(SVC|SVL|EXT|XLB|FW)-/, 'service'],
  [/^KUBE-PROXY-FIREWALL$/, 'ranges'],
  [/^KUBE-SEP-/, 'endpoint'],
  [/^KUBE-MARK-/, 'mark'],
  // pkg/proxy/ipvs/proxier.go: addresses of services at ports that are none of theirs.
  [/^KUBE-IPVS-FILTER$/, 'check'],
  [/^KUBE-/, 'other'],
]

/** pkg/proxy/nftables/proxier.go. */
const NATIVE: readonly [RegExp, ChainRole][] = [
  [/^services$/, 'services'],
  [/^(service|external|local)-[A-Z2-7]{8}-/, 'service'],
  [/^firewall-/, 'ranges'],
  [/^endpoint-/, 'endpoint'],
  [/^mark-/, 'mark'],
  [/^cluster-ips-check$/, 'check'],
  [/./, 'other'],
]

/** Does a chain belong to one service in iptables mode? */
export const isServiceChain = (chain: string): boolean => /^KUBE-(SVC|SVL|EXT|XLB|FW|SEP)-/.test(chain)

/** The drop of a service whose policy is Local and that has no endpoint on the node; in nftables mode the verdict map says it in its elements' comments. */
const NO_LOCAL = /has no local endpoints/
/** The reject of a service without any (pkg/proxy/iptables/proxier.go, "has no endpoints"). */
const NO_ENDPOINTS = /has no endpoints/

/** What kube-proxy's comment on a rule says of why it stops packets. */
export function saying(comment: string | null): 'noEndpoints' | 'noLocalEndpoints' | null {
  if (comment === null) return null
  if (NO_LOCAL.test(comment)) return 'noLocalEndpoints'
  return NO_ENDPOINTS.test(comment) ? 'noEndpoints' : null
}

/**
 * In nftables mode one map rejects for services without endpoints and drops for those without local ones, and a comment says neither
 * (pkg/proxy/nftables/proxier.go, noEndpointServicesMap).
 */
export function saidByFate(table: string, chain: string, fate: string): 'noEndpoints' | 'noLocalEndpoints' | null {
  if (table !== NATIVE_TABLE || !/^((service|nodeport)-endpoints-check|reject-chain)$/.test(chain)) return null
  return fate === 'drop' ? 'noLocalEndpoints' : fate === 'reject' ? 'noEndpoints' : null
}

/** Hooks of both modes, and the chains of single endpoints: what a way through the rules is not named by. */
const HOOK_OR_ENDPOINT =
  /^(PREROUTING|OUTPUT|INPUT|FORWARD|POSTROUTING|nat-prerouting|nat-output|filter-.*|KUBE-SEP-.*|endpoint-.*)$/

/** Does a chain name the way to all endpoints, as `KUBE-SERVICES` and a service's own do? */
export const isWaypoint = (chain: string): boolean => !HOOK_OR_ENDPOINT.test(chain)

/** Does a chain lead to one endpoint, in either mode? */
export const isEndpointChain = (chain: string): boolean => /^(KUBE-SEP-|endpoint-)/.test(chain)

/** Of the chains that only set a mark, the one by which packets are dropped later. */
export const marksForDrop = (chain: string | null): boolean => chain === 'KUBE-MARK-DROP'

/** The chain in which iptables mode accepts what it marked and what is established, and drops what conntrack calls INVALID. */
export const isForwardChain = (chain: string): boolean => chain === 'KUBE-FORWARD'

/** A chain's name without the hash in it: `KUBE-SVC`, `service-shop/web/tcp/http`. */
export const withoutHash = (chain: string): string =>
  chain.replace(/^(KUBE-[A-Z]+)-[A-Z2-7]{16}$/, '$1').replace(/^([a-z]+)-[A-Z2-7]{8}-/, '$1-')
