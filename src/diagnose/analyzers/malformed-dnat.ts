import { type Analyzer, walkedEntries } from '../case.ts'
import { restartKubeProxy, withNote } from '../fix.ts'

/** A DNAT without a destination. */
export const malformedDnat: Analyzer = {
  code: 'SVP307',
  find(seen) {
    const told = new Set<string>()
    return walkedEntries(seen).flatMap(({ node, entry }) =>
      entry.rules.flatMap(({ command, file, line, text }) => {
        const bad =
          /--to-destination (0\.0\.0\.0|\[?::\]?|:?0)(?=[:\s]|$)|--to-destination \S+:0(?=\s|$)|-j DNAT\s*$|dnat to 0\.0\.0\.0/.test(
            text,
          )
        if (!bad || told.has(`${node} ${file} ${line}`)) return []
        told.add(`${node} ${file} ${line}`)
        return [
          {
            node,
            subject: entry.address,
            message: 'a DNAT leads to no address or to port 0: connections that take it fail',
            evidence: [{ node, command, file, line, text }],
            fix: withNote(restartKubeProxy(seen, node), 'if it comes back, kernel and iptables do not fit each other'),
          },
        ]
      }),
    )
  },
}
