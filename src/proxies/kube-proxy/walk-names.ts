import type { Names } from '../../kernel/names.ts'

/** What kube-proxy's chains and lists say of themselves by their names, in both of its rule modes. */
export const KUBE_PROXY_NAMES: Names = {
  markOf(chain) {
    const mark = MARKS.get(chain)
    return mark === undefined ? null : { mark, by: 'kube-proxy' }
  },
  isEndpoint: (chain) => chain.startsWith('KUBE-SEP-'),
  remembersClients: (list) => list.startsWith('KUBE-SEP-') || list.startsWith('affinity-'),
}

/** What kube-proxy puts into the chains that only set a mark: proxier.go, masqueradeMark and dropMark. */
const MARKS = new Map([
  ['KUBE-MARK-MASQ', 0x4000],
  ['KUBE-MARK-DROP', 0x8000],
])
