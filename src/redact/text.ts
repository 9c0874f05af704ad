import type { AddressMap } from './addresses.ts'
import type { NameMap } from './names.ts'

export interface TextMaps {
  addresses: AddressMap
  names: NameMap
  /** kube-proxy's chains of the services in the capture, old name to new. */
  chains: ReadonlyMap<string, string>
}

/** What a tool printed: addresses wherever they stand, names where a tool of Kubernetes puts them. Linear in the text. */
export function redactText(text: string, { addresses, names, chains }: TextMaps): string {
  const named = text
    .replaceAll(IPTABLES_CHAIN, (chain, kind: string) => chains.get(chain) ?? `KUBE-${kind}-${names.hash(chain, 16)}`)
    .replaceAll(NFT_CHAIN, (chain, kind: string, namespace: string, name: string, rest: string) => {
      const key = `${names.replace(namespace)}/${names.replace(name)}/${rest}`
      return chains.get(chain) ?? `${kind}-${names.hash(chain, 8)}-${key}`
    })
    .replaceAll(COMMENT, (_, mark: string, quoted: string | undefined, bare: string | undefined) =>
      quoted === undefined ? `${mark}${comment(bare!, names)}` : `${mark}"${comment(quoted, names)}"`,
    )
    // `iptables -L` prints comments so.
    .replaceAll(/\/\* (.*?) \*\//g, (_, words: string) => `/* ${comment(words, names)} */`)
  return redactAddresses(named, addresses)
}

/** Every address and MAC of a text. */
export function redactAddresses(text: string, addresses: AddressMap): string {
  return text
    .replaceAll(MAC, (mac) => addresses.replaceMac(mac))
    .replaceAll(ADDRESS, (address) => addresses.replace(address))
}

const IPTABLES_CHAIN = /\bKUBE-(SVC|SVL|SEP|EXT|FW|XLB)-[A-Z2-7]{16}\b/g
const NFT_CHAIN =
  /\b(service|endpoint|external|local|firewall|affinity)-[A-Z2-7]{8}-([a-z0-9-]+)\/([a-z0-9.-]+)\/((?:tcp|udp|sctp)\/[^\s,"}]*)/g
/** Of iptables, whose comments are quoted where they have to be, and of nft, as text and as JSON. */
const COMMENT = /(--comment |\bcomment (?=")|"comment": ?)(?:"([^"]*)"|([^\s"]+))/g
const MAC = /(?<![\w:])[0-9a-f]{2}(?::[0-9a-f]{2}){5}(?![\w:])/gi
/** IPv4, and what may be IPv6: `replace` leaves what is none as it is. */
const ADDRESS =
  /(?<![\w.:-])(?:\d{1,3}(?:\.\d{1,3}){3}(?!\.?\d)|[0-9a-f]{0,4}:[0-9a-f:]*:[0-9a-f:.]*[0-9a-f:](?![\w:]))(?:\/\d{1,3}(?!\d))?|(?<=__|\[)(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:.]+)/gi

/** kube-proxy names services in its comments; its other words stay, and everybody else's go. */
function comment(text: string, names: NameMap): string {
  const [, before = '', namespace, name, after = ''] =
    /^(masquerade traffic for )?([a-z0-9-]+)\/([a-z0-9.-]+)(.*)$/s.exec(text) ?? []
  if (namespace && name) return `${before}${names.replace(namespace)}/${names.replace(name)}${after}`
  return OF_KUBERNETES.test(text) ? text : names.replace(text)
}

/** The comments of kube-proxy and the kubelet that name nothing (their sources, 1.20 to 1.36). */
const OF_KUBERNETES =
  /^(kubernetes [a-z -]+( SNAT)?|kubernetes service nodeports; NOTE: .*|block incoming localnet connections|masquerade( [a-zA-Z ]+)?|vmap to [a-z ]+|short-circuit [a-z]+ traffic|service hairpin connections|rules for kube-proxy|destinations that are subject to LoadBalancerSourceRanges|Reject traffic to invalid ports of ClusterIPs|Drop traffic to unallocated ClusterIPs|NodePort traffic|IPs that accept NodePort traffic|ClusterIP, ExternalIP and LoadBalancer IP traffic|Active ClusterIPs|handle hairpin [a-z ]+)$/
