/** Where kube-proxy's rules for one service begin, by the names that its chains have. */
import type { Service } from '../../model/cluster.ts'
import type { Entry } from '../../model/entry.ts'
import { nftablesChain, portKeys, type ServiceChainKind, serviceChain } from './names.ts'

/** Chains to begin at where a fragment lacks what leads to them, in order of preference. */
export function startsFor({ namespace, name }: Service, { kind, protocol, servicePort }: Entry): string[] {
  const inside = kind === 'clusterIP'
  const kinds: ServiceChainKind[] = inside ? ['SVC'] : ['EXT', 'XLB', 'FW', 'SVC']
  const keys = portKeys(namespace, name, servicePort.name)
  const own = kinds.flatMap((one) => keys.map((key) => serviceChain(one, key, protocol)))
  const native = nftablesChain(inside ? 'service' : 'external', namespace, name, servicePort.name, protocol)
  return ['KUBE-SERVICES', 'services', ...(kind === 'nodePort' ? ['KUBE-NODEPORTS'] : []), ...own, native]
}
