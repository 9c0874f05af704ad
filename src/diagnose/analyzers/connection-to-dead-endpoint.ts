import { sh } from '../../model/shell.ts'
import { type Analyzer, walkedEntries } from '../case.ts'
import { onNode } from '../fix.ts'

/** A live connection to what is no endpoint any more. */
export const connectionToDeadEndpoint: Analyzer = {
  code: 'SVP601',
  find(seen) {
    if (!seen.endpoints) return []
    const live = new Set(seen.endpoints.map(({ address }) => address))
    const told = new Set<string>()
    return walkedEntries(seen).flatMap(({ node, entry, state }) =>
      (state.conntrack ?? []).flatMap(({ protocol, state: tcp, original, reply, source }) => {
        if (protocol !== entry.protocol.toLowerCase() || original.destination !== entry.address) return []
        if (original.destinationPort !== entry.port || reply.source === original.destination) return []
        // An ended TCP connection is remembered for a while; one that was never answered is tried anew.
        if (protocol === 'tcp' && tcp !== 'ESTABLISHED') return []
        if (live.has(reply.source) || told.has(`${node} ${source.text}`)) return []
        told.add(`${node} ${source.text}`)
        return [
          {
            node,
            subject: `${reply.source}:${reply.sourcePort}`,
            message: `${original.source} is held to ${reply.source}:${reply.sourcePort}, which is no endpoint any more: its packets go there until the entry ends`,
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
              sh`conntrack -D -p ${protocol} --orig-dst ${original.destination} --reply-src ${reply.source}`,
            ),
          },
        ]
      }),
    )
  },
}
