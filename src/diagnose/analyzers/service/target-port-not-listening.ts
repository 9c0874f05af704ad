import { joinHostPort } from '../../../model/address.ts'
import type { NodeState } from '../../../model/node.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, type Case, listed, type Missing, ofApi, ofNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'
import { deafSpace, spacesOf } from '../../sockets.ts'

/** Pods that do not listen on the port that they are called at. */
export const targetPortNotListening: Analyzer = {
  code: 'SVP108',
  beyond: true,
  needs: missing,
  find(seen) {
    const deaf = (seen.endpoints ?? []).flatMap((endpoint) => {
      const space = endpoint.ready ? deafSpace(seen, endpoint) : null
      return space === null ? [] : [{ endpoint, space }]
    })
    const groups = Map.groupBy(deaf, ({ endpoint: { port, protocol } }) => `${port}/${protocol.toLowerCase()}`)
    return [...groups].map(([port, all]) => {
      // A pod may have an address of each family, and a target port be that of two ports.
      const pods = [...new Set(all.map(({ endpoint: { pod, address } }) => pod?.name ?? address))]
      const { endpoint, space } = all[0]!
      const node = endpoint.node!
      return {
        subject: `port ${port}`,
        message: `nothing listens on port ${port} in ${listed(pods)}: connections that are given there are refused`,
        evidence: [
          {
            node,
            command: sh`ip netns exec ${space} ss -lntu`,
            file: `nodes/${node}/sockets.txt`,
            line: null,
            text: `no socket for ${joinHostPort(endpoint.address, endpoint.port)}`,
          },
        ],
        fix: onNode(
          node,
          sh`ip netns exec ${space} ss -lntup`,
          'does it listen on another port, on 127.0.0.1 alone, or by one family alone? Set targetPort, or its listening address, right',
        ),
      }
    })
  },
}

/** Of an older recording nobody expects it; who looks now wants to know. */
function missing(seen: Case): Missing[] {
  const { observation, endpoints } = seen
  if (observation.source !== 'live' || !endpoints?.length) return []
  const what = "the sockets in the pods' namespaces"
  if (observation.nodes.every(({ sockets }) => sockets === null)) return ofApi(what)
  const homes = new Set(endpoints.flatMap(({ ready, pod, node }) => (ready && pod ? (node ?? []) : [])))
  // Pods on the host network have no namespace of their own.
  const hosts = (state: NodeState) =>
    state.podInterfaces === null || endpoints.some((one) => one.node === state.name && spacesOf(state, one).length > 0)
  return ofNodes(seen, what, (state) => state.sockets === null && homes.has(state.name) && hosts(state))
}
