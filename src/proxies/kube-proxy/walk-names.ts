import type { Names } from '../../kernel/names.ts'
import { isEndpointChain } from './roles.ts'

/** What kube-proxy's chains and lists say of themselves by their names, in both of its rule modes. */
export const KUBE_PROXY_NAMES: Names = {
  markOf(chain) {
    const mark = MARKS.get(chain)
    return mark === undefined ? null : { mark, by: 'kube-proxy' }
  },
  isEndpoint: isEndpointChain,
  remembersClients: (list) => list.startsWith('KUBE-SEP-') || list.startsWith('affinity-'),
}

/** What kube-proxy puts into the chains that only set a mark: masqueradeMark and dropMark of both modes' proxier.go. */
const MARKS = new Map([
  ['KUBE-MARK-MASQ', 0x4000],
  ['KUBE-MARK-DROP', 0x8000],
  // Up to Kubernetes 1.33 nftables mode marks in a chain, too.
  ['mark-for-masquerade', 0x4000],
])
