import { familyOf } from '../../../model/address.ts'
import { sh } from '../../../model/shell.ts'
import { proxiesOn } from '../../../proxies/on-node.ts'
import { type Analyzer, walkedNodes } from '../../case.ts'
import { nodeWord, withNote } from '../../fix.ts'

/** A node on which the proxy wrote nothing. */
export const nodeHasNoServiceRules: Analyzer = {
  code: 'SVP301',
  find(seen) {
    return walkedNodes(seen).flatMap(({ path, state }) => {
      // Where not everything was seen nothing is known; another data plane has rules of its own (SVP804).
      if (path.verdict === 'unknown') return []
      const absences = path.entries.flatMap(({ kind, address }) => {
        const proof = kind === 'podIP' ? null : proxiesOn(state, familyOf(address)).absence
        return proof ? [{ proof, six: familyOf(address) === 6 }] : []
      })
      const [first] = absences
      if (!first) return []
      const { proof, six } = first
      return [
        {
          node: path.name,
          subject: path.name,
          message: `kube-proxy has no ${six ? 'IPv6 ' : ''}rules on this node: no client on it reaches any service${six ? ' by IPv6' : ''}`,
          evidence: proof.map((one) => ({ node: path.name, line: null, ...one })),
          fix: withNote(
            sh`kubectl -n kube-system get pods -o wide --field-selector ${`spec.nodeName=${nodeWord(seen, path.name)}`}`,
            'is kube-proxy there, and what does it log?',
          ),
        },
      ]
    })
  },
}
