/** Where kube-proxy's rules begin, by the names that its chains have: what its hooks lead to. */
import type { Start } from '../../kernel/base-chains.ts'
import type { Service } from '../../model/cluster.ts'
import type { Entry } from '../../model/entry.ts'
import { nftablesChain, portKeys, type ServiceChainKind, serviceChain } from './names.ts'

/** Chains to begin at where a fragment lacks what leads to them, in order of preference. */
export function startsFor(service: Service, entry: Entry): Start[] {
  const nat = (['prerouting', 'output'] as const).flatMap((hook) =>
    natChains(service, entry).map((chain): Start => ({ hook, type: 'nat', chain })),
  )
  return [...nat, ...FILTERS]
}

/** The chains of all services; then the service's own, where nothing in the text tells of them. */
function natChains({ namespace, name }: Service, { kind, protocol, servicePort }: Entry): string[] {
  const inside = kind === 'clusterIP'
  const kinds: ServiceChainKind[] = inside ? ['SVC'] : ['EXT', 'XLB', 'FW', 'SVC']
  const keys = portKeys(namespace, name, servicePort.name)
  const own = kinds.flatMap((one) => keys.map((key) => serviceChain(one, key, protocol)))
  const native = nftablesChain(inside ? 'service' : 'external', namespace, name, servicePort.name, protocol)
  return ['KUBE-SERVICES', 'services', ...(kind === 'nodePort' ? ['KUBE-NODEPORTS'] : []), ...own, native]
}

/** iptablesJumpChains of pkg/proxy/iptables/proxier.go, over its versions; nftablesJumpChains of pkg/proxy/nftables/proxier.go. */
const FILTERS: readonly Start[] = (['input', 'forward', 'output'] as const).flatMap((hook) =>
  [
    ...['KUBE-PROXY-FIREWALL', 'KUBE-NODEPORTS', 'KUBE-SERVICES', 'KUBE-EXTERNAL-SERVICES'],
    ...['firewall-check', 'service-endpoints-check', 'nodeport-endpoints-check'],
  ].map((chain): Start => ({ hook, type: 'filter', chain })),
)
