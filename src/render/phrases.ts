import type { DnsLeg, EntryPath, NodePath, ServiceSummary } from '../model/report.ts'
import { KIND_WORDS } from './words.ts'

/** `ClusterIP`, `headless`; empty where the type is not known. */
export const serviceKind = (service: ServiceSummary): string => (service.headless ? 'headless' : (service.type ?? ''))

/** `iptables (nft)`, `nftables`. */
export function modeText({ mode, backend }: NodePath): string {
  if (mode === null) return 'no rules read'
  return mode === 'iptables' && backend !== null ? `${mode} (${backend})` : mode
}

/** `ipvs (deprecated since Kubernetes 1.35)`: the mode with what there is to know of it. */
export const modeLine = (node: NodePath): string =>
  node.modeNote ? `${modeText(node)} (${node.modeNote})` : modeText(node)

/** `n2, n3`; of many nodes the first, the last and how many they are. */
export function nodeNames(nodes: readonly NodePath[]): string {
  const names = nodes.map((node) => node.name)
  return names.length > 8
    ? `${names.slice(0, 3).join(', ')} … ${names.at(-1)} (${names.length} nodes)`
    : names.join(', ')
}

/** `cluster IP http`; the pods of a headless service are an entry of their own kind. */
export function kindText({ kind, portName }: EntryPath): string {
  return `${kind === 'podIP' ? 'the pods themselves' : KIND_WORDS[kind]} ${portName}`.trim()
}

/** The sum over nodes; null where none keeps a counter. */
export function sumConnections(nodes: readonly NodePath[]): number | null {
  const counted = nodes.flatMap((node) => node.connections ?? [])
  return counted.length > 0 ? counted.reduce((sum, one) => sum + one, 0) : null
}

/** `5 in conntrack`; empty where conntrack was not collected. */
export const trackedText = (count: number | null, by = 'conntrack'): string =>
  count === null ? '' : `${count} in ${by}`

/** `kube-system/kube-dns 10.96.0.10`; empty where no server is known. */
export const serverText = ({ service, server, cache }: DnsLeg): string =>
  cache
    ? `DNS cache of the node ${cache.address}`
    : [service ? `${service.namespace}/${service.name}` : '', server ?? ''].filter(Boolean).join(' ')

/** `a, b and 3 more`: all where there is one above the most, since that takes no more room. What holds commas itself takes another separator. */
export const some = (texts: readonly string[], most = 2, separator = ', '): string =>
  texts.length > most + 1
    ? `${texts.slice(0, most).join(separator)} and ${texts.length - most} more`
    : texts.join(separator)
