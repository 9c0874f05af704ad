import { type Analyzer, endpointText, plural, walkedEndpoints } from '../../case.ts'
import { restartProxy, withNote } from '../../fix.ts'

/** Clients that affinity holds to an endpoint that is not ready. */
export const affinityPinsDeadEndpoint: Analyzer = {
  code: 'SVP317',
  find(seen) {
    const { affinitySeconds } = seen.service
    if (affinitySeconds === null) return []
    return walkedEndpoints(seen).flatMap(({ node, entry, endpoint }) => {
      // What terminates and still serves is led to where nothing better is, by design (KEP-1669).
      const dead = endpoint.state === 'notReady' || endpoint.state === 'terminating'
      if (!dead || endpoint.probability === 0) return []
      const held = endpoint.connections ? `, ${plural(endpoint.connections, 'connection')} now` : ''
      return [
        {
          node,
          subject: endpointText(endpoint),
          message: `session affinity keeps clients on ${endpointText(endpoint)} for up to ${affinitySeconds} s, although it is not ready${held}`,
          evidence: endpoint.conntrack.slice(0, 1).map(({ line, text, elsewhere }) => ({
            node,
            command: elsewhere?.command ?? 'conntrack -L',
            file: elsewhere?.file ?? `nodes/${node}/conntrack.txt`,
            line,
            text,
          })),
          fix: withNote(
            restartProxy(seen, node),
            'its rules still lead there; a shorter timeoutSeconds of sessionAffinityConfig holds clients less long',
          ),
          hits: [{ node, entry }],
        },
      ]
    })
  },
}
