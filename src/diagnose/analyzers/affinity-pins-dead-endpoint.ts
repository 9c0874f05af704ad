import { type Analyzer, endpointText, plural, walkedEndpoints } from '../case.ts'

/** Clients that affinity holds to an endpoint that is not ready. */
export const affinityPinsDeadEndpoint: Analyzer = {
  code: 'SVP317',
  find(seen) {
    const { affinitySeconds } = seen.service
    if (affinitySeconds === null) return []
    return walkedEndpoints(seen).flatMap(({ node, entry, endpoint }) => {
      const dead = endpoint.state === 'notReady' || endpoint.state === 'terminating' || endpoint.state === 'serving'
      if (!dead || endpoint.probability === 0) return []
      const held = endpoint.connections ? `, ${plural(endpoint.connections, 'connection')} now` : ''
      return [
        {
          node,
          subject: endpointText(endpoint),
          message: `clients that had ${endpointText(endpoint)} are held to it for up to ${affinitySeconds} s, although it is not ready${held}`,
          evidence: endpoint.conntrack.slice(0, 1).map(({ line, text }) => ({
            node,
            command: 'conntrack -L',
            file: `nodes/${node}/conntrack.txt`,
            line,
            text,
          })),
          fix: 'shorten sessionAffinityConfig.clientIP.timeoutSeconds, or let the pod become ready',
          hits: [{ node, entry }],
        },
      ]
    })
  },
}
