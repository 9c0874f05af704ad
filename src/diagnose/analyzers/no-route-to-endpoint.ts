import { sh } from '../../model/shell.ts'
import { type Analyzer, endpointText, listed, ofNodes, walkedEndpoints } from '../case.ts'
import { onNode } from '../fix.ts'
import { isRoute } from '../stops.ts'

/** An endpoint that no route leads to. */
export const noRouteToEndpoint: Analyzer = {
  code: 'SVP501',
  needs: (seen) => ofNodes(seen, 'the routes', ({ routes }) => routes === null),
  find(seen) {
    const lost = walkedEndpoints(seen).filter(
      ({ endpoint }) => endpoint.fate === 'drop' && isRoute(endpoint.reason ?? ''),
    )
    return [...Map.groupBy(lost, ({ node }) => node)].map(([node, all]) => {
      const addresses = all.map(({ endpoint }) => endpointText(endpoint))
      const { endpoint } = all[0]!
      return {
        node,
        subject: listed(addresses),
        message: `${node} has no way to ${listed(addresses)} (${endpoint.reason}): connections that are given there fail`,
        evidence: [
          {
            node,
            command: `ip route get ${endpoint.address}`,
            file: `nodes/${node}/ip-route.json`,
            line: null,
            text: endpoint.reason ?? '',
          },
        ],
        fix: onNode(
          node,
          sh`ip route get ${endpoint.address ?? ''}`,
          "is the CNI plugin's agent running there? An address outside the cluster must be routed by the network",
        ),
      }
    })
  },
}
