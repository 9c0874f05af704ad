import type { NameMap } from './names.ts'

/** kube-proxy names services in its comments; its other words stay, and everybody else's go. */
export function renamedComment(text: string, names: NameMap): string {
  if (isOfKubernetes(text)) return text
  const [, before = '', namespace, name, port = '', after = ''] = OF_SERVICE.exec(text) ?? []
  const known = isOfKubernetes(before) && (isOfKubernetes(after) || /^ -> [\d.a-f:[\]]+:\d+$/.test(after))
  if (!namespace || !name || !known) return names.replace(text)
  return `${before}${names.replace(namespace)}/${names.replace(name)}${port}${after}`
}

/** `shop/web:http cluster IP`, `masquerade traffic for shop/web external destinations`, `shop/web -> 10.0.0.1:80`. Ports' names stay. */
const OF_SERVICE = /^([A-Za-z ]{1,60} for )?([a-z0-9-]+)\/([a-z0-9.-]+)(:[a-z0-9-]*)?( .*)?$/

/** Does it consist of words of kube-proxy's and the kubelet's comments alone, none of which is a name? */
const isOfKubernetes = (text: string): boolean =>
  text
    .replaceAll(HASHED, '')
    .split(/[ ,;:@/-]+/)
    .every((word) => word === '' || WORDS.has(word))

/** A chain, which is renamed by itself. */
const HASHED = /\bKUBE-(?:SVC|SVL|SEP|EXT|FW|XLB)-[A-Z2-7]{16}\b/g

/** Of their sources, 1.20 to 1.36. */
const WORDS = new Set(
  (
    'kubernetes service services portal portals postrouting rule rules load balancer loadbalancer firewall forwarding externally visible ' +
    'health check node nodeport nodeports NodePort port ports NOTE this must be the last in chain block incoming localnet connections ' +
    'masquerade masqueraded mark marked for traffic LOCAL local pod requiring SNAT dropping packets conntrack source destination destinations ' +
    'vmap to drop or reject Reject Drop with no endpoint endpoints has short circuit hairpin kube proxy that are subject ' +
    'LoadBalancerSourceRanges invalid of ClusterIPs ClusterIP clusterIP unallocated IPs IP accept and ExternalIP LoadBalancer Active helper ' +
    'from outside cluster external internal route handle all not accepted by access allow deny chains rejecting redirect filter affinity ranges'
  ).split(' '),
)
