import { sh } from '../../model/shell.ts'
import { type Analyzer, endpointText, walkedEndpoints } from '../case.ts'
import { onNode } from '../fix.ts'

/** A route to a node that does not hold the pod. */
export const routeToWrongNode: Analyzer = {
  code: 'SVP502',
  find(seen) {
    const nodes = seen.observation.cluster.nodes ?? []
    return walkedEndpoints(seen).flatMap(({ node, endpoint }) => {
      const holder = nodes.find(({ addresses }) => addresses.some(({ address }) => address === endpoint.link.via))
      if (!holder || endpoint.node === null || holder.name === endpoint.node || endpoint.state === 'stale') return []
      return [
        {
          node,
          subject: endpointText(endpoint),
          message: `${node} sends packets for ${endpointText(endpoint)} to ${holder.name}, but its pod is on ${endpoint.node}`,
          evidence: [
            {
              node,
              command: `ip route get ${endpoint.address}`,
              file: `nodes/${node}/ip-route.json`,
              line: null,
              text: `via ${endpoint.link.via}`,
            },
          ],
          fix: onNode(
            node,
            sh`ip route get ${endpoint.address ?? ''}`,
            "correct the route of that network; the CNI plugin's agent writes it",
          ),
        },
      ]
    })
  },
}
