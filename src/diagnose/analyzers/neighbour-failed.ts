import { sh } from '../../model/shell.ts'
import { type Analyzer, endpointText, walkedEndpoints } from '../case.ts'
import { onNode } from '../fix.ts'

/** A next hop that does not answer. */
export const neighbourFailed: Analyzer = {
  code: 'SVP506',
  find(seen) {
    const told = new Set<string>()
    return walkedEndpoints(seen).flatMap(({ node, endpoint }) => {
      const { via, how } = endpoint.link
      if (how === 'local' || endpoint.probability === 0) return []
      const next = via ?? endpoint.address
      const entry = seen.observation.nodes
        .find(({ name }) => name === node)
        ?.neighbours?.find(
          ({ address, states }) => address === next && states.some((one) => one === 'FAILED' || one === 'INCOMPLETE'),
        )
      if (!entry || told.has(`${node} ${next}`)) return []
      told.add(`${node} ${next}`)
      return [
        {
          node,
          subject: String(next),
          message: `${next}, the next hop to ${endpointText(endpoint)}, does not answer ${node}: connections by way of it are lost`,
          evidence: [
            {
              node,
              command: `ip neigh show ${next}`,
              file: `nodes/${node}/ip-neigh.json`,
              line: null,
              text: `${next} dev ${entry.device} ${entry.states.join(' ')}`,
            },
          ],
          fix: onNode(
            node,
            sh`arping -c 3 -I ${entry.device} ${String(next)}`,
            'is it up, and on the same network as this interface?',
          ),
        },
      ]
    })
  },
}
