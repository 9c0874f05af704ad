import { type Analyzer, walkedNodes } from '../case.ts'

/** A node on which kube-proxy wrote nothing. */
export const nodeHasNoServiceRules: Analyzer = {
  code: 'SVP301',
  find(seen) {
    return walkedNodes(seen).flatMap(({ path, state }) => {
      const tables = state.rulesets.flatMap(({ tables: all }) => all)
      const nat = tables.some(({ name }) => name === 'nat')
      const served = tables.some(
        ({ name, chains }) => name === 'kube-proxy' || (name === 'nat' && chains.has('KUBE-SERVICES')),
      )
      // Without a whole table nothing is known; another data plane has rules of its own (SVP804), and IPVS none for each service.
      if (!nat || served || path.verdict === 'unknown' || path.mode === 'ipvs') return []
      return [
        {
          node: path.name,
          subject: path.name,
          message: 'kube-proxy has no rules on this node: no client on it reaches any service',
          evidence: [
            {
              node: path.name,
              command: 'iptables-save -c -t nat',
              file: `nodes/${path.name}`,
              line: null,
              text: 'no chain KUBE-SERVICES',
            },
          ],
          fix: `kubectl -n kube-system get pods -o wide --field-selector spec.nodeName=${path.name}: is kube-proxy there, and what does it log?`,
        },
      ]
    })
  },
}
