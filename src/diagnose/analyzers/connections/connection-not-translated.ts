import { sh } from '../../../model/shell.ts'
import { type Analyzer, ofNodes } from '../../case.ts'
import { calledPlace, connectionEvidence, connectionsOf, connectionsText, familyFlag } from '../../connections.ts'
import { onNode } from '../../fix.ts'

/** A connection to the service’s address that was not translated, and that nobody answers. */
export const connectionNotTranslated: Analyzer = {
  code: 'SVP602',
  needs: (seen) => ofNodes(seen, 'the connections', ({ conntrack }) => conntrack === null),
  find(seen) {
    const { endpoints } = seen
    if (endpoints && !endpoints.some(({ ready }) => ready)) return []
    return connectionsOf(
      seen,
      ({ original, reply, unreplied }, { kind, outcome, endpoints: led }) =>
        // Where an answer came, something serves that address itself: NodeLocal DNSCache does.
        kind !== 'nodePort' &&
        kind !== 'podIP' &&
        unreplied &&
        // What is meant to stay as it is, is answered past this node.
        !led.some(({ untranslated }) => untranslated) &&
        reply.source === original.destination &&
        // Without the API's word the rules themselves say that there is an endpoint to translate to.
        (endpoints !== null || outcome === 'dnat'),
    ).map((one) => {
      const { protocol, original } = one.all[0]!
      const many = one.all.length > 1
      return {
        node: one.node,
        subject: calledPlace(one),
        message: `${connectionsText(one)} to ${calledPlace(one)} ${many ? 'were' : 'was'} never translated: ${many ? 'they' : 'it'} began before the rules were there, and gets no answer`,
        evidence: connectionEvidence(seen, one),
        fix: onNode(
          one.node,
          `conntrack -D ${familyFlag(original.destination)}${sh`-p ${protocol} --orig-dst ${original.destination} --orig-port-dst ${original.destinationPort ?? 0} --reply-src ${original.destination}`}`,
        ),
        hits: [{ node: one.node, entry: one.entry }],
      }
    })
  },
}
