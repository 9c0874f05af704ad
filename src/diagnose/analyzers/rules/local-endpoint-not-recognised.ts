import { familyOf } from '../../../model/address.ts'
import { policyOf } from '../../../model/entry.ts'
import { type Analyzer, entryText, evidenceOf, walkedEntries } from '../../case.ts'
import { readProxyLog, withNote } from '../../fix.ts'

/** A local endpoint that its own node does not take for one. */
export const localEndpointNotRecognised: Analyzer = {
  code: 'SVP312',
  find(seen) {
    return walkedEntries(seen).flatMap(({ node, entry }) => {
      const here =
        seen.endpoints?.filter(
          (one) =>
            one.ready &&
            one.node === node &&
            one.portName === entry.portName &&
            familyOf(one.address) === familyOf(entry.address),
        ) ?? []
      if (seen.service[policyOf(entry)] !== 'Local' || entry.kind === 'podIP' || here.length === 0) return []
      if (entry.outcome === 'dnat' || entry.verdict !== 'broken') return []
      return [
        {
          node,
          subject: entryText(entry),
          message: `the endpoint ${here[0]!.address} is on ${node}, but the rules of ${node} say that it has none: connections to ${entryText(entry)} are lost`,
          evidence: evidenceOf(node, entry),
          hits: [{ node, entry }],
          fix: withNote(
            readProxyLog(seen, node),
            `does it know the node by the name ${node} (--hostname-override)? Then restart it`,
          ),
        },
      ]
    })
  },
}
