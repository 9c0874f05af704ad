import { sh } from '../../model/shell.ts'
import { type Analyzer, walkedEntries } from '../case.ts'
import { onNode } from '../fix.ts'

/** A connection to the service’s address that was not translated. */
export const connectionNotTranslated: Analyzer = {
  code: 'SVP602',
  find(seen) {
    if (!seen.endpoints?.some(({ ready }) => ready)) return []
    const told = new Set<string>()
    return walkedEntries(seen).flatMap(({ node, entry, state }) =>
      (state.conntrack ?? []).flatMap(({ protocol, original, reply, source }) => {
        if (entry.kind === 'nodePort' || entry.kind === 'podIP' || protocol !== entry.protocol.toLowerCase()) return []
        if (original.destination !== entry.address || original.destinationPort !== entry.port) return []
        if (reply.source !== original.destination || told.has(`${node} ${source.text}`)) return []
        told.add(`${node} ${source.text}`)
        return [
          {
            node,
            subject: `${original.destination}:${original.destinationPort}`,
            message: `${original.source} has a connection to the service's address that was never translated: it began before the rules were there, and nobody answers it`,
            evidence: [
              {
                node,
                command: 'conntrack -L',
                file: `nodes/${node}/conntrack.txt`,
                line: source.line,
                text: source.text,
              },
            ],
            fix: onNode(
              node,
              sh`conntrack -D -p ${protocol} --orig-src ${original.source} --orig-dst ${original.destination}`,
            ),
          },
        ]
      }),
    )
  },
}
