import { tablesOf } from '../../../kernel/base-chains.ts'
import { familyOf } from '../../../model/address.ts'
import type { Evidence } from '../../../model/report.ts'
import { sh } from '../../../model/shell.ts'
import { hasNativeTable } from '../../../proxies/on-node.ts'
import { type Analyzer, hasServiceRules, walkedNodes } from '../../case.ts'
import { withNote } from '../../fix.ts'

/** A node on which kube-proxy wrote nothing. */
export const nodeHasNoServiceRules: Analyzer = {
  code: 'SVP301',
  find(seen) {
    return walkedNodes(seen).flatMap(({ path, state }) => {
      // Without a whole table nothing is known; another data plane has rules of its own (SVP804), and IPVS none for each service.
      if (path.verdict === 'unknown' || path.mode === 'ipvs') return []
      const bare = path.entries.find(
        ({ kind, address }) =>
          kind !== 'podIP' &&
          (path.mode === 'nftables'
            ? hasNativeTable(state, familyOf(address)) === false
            : tablesOf(state.rulesets, familyOf(address)).some(({ table }) => table.name === 'nat')) &&
          !hasServiceRules(state, familyOf(address)),
      )
      if (!bare) return []
      const six = familyOf(bare.address) === 6
      return [
        {
          node: path.name,
          subject: path.name,
          message: `kube-proxy has no ${six ? 'IPv6 ' : ''}rules on this node: no client on it reaches any service${six ? ' by IPv6' : ''}`,
          evidence:
            path.mode === 'nftables'
              ? [noTable(path.name, six)]
              : tablesOf(state.rulesets, familyOf(bare.address)).flatMap(({ ruleset: { command, file }, table }) =>
                  table.name === 'nat'
                    ? [{ node: path.name, command, file, line: null, text: 'no chain KUBE-SERVICES' }]
                    : [],
                ),
          fix: withNote(
            sh`kubectl -n kube-system get pods -o wide --field-selector ${`spec.nodeName=${path.name}`}`,
            'is kube-proxy there, and what does it log?',
          ),
        },
      ]
    })
  },
}

const noTable = (node: string, six: boolean): Evidence => ({
  node,
  command: 'nft list chains',
  file: '',
  line: null,
  text: `no table ${six ? 'ip6' : 'ip'} kube-proxy`,
})
