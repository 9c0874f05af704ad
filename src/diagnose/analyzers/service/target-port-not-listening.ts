import { familyOf, joinHostPort } from '../../../model/address.ts'
import type { Endpoint } from '../../../model/cluster.ts'
import type { NodeState, Socket } from '../../../model/node.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, type Case, listed, type Missing, ofApi, ofNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'

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

/**
 * The namespace of a pod in which nothing takes the endpoint's packets; null where something does, or not all is known: the pod may have gone before its sockets were
 * read, and a namespace that was left behind has the address, too.
 */
function deafSpace({ observation }: Case, endpoint: Endpoint): string | null {
  const { port, protocol, node } = endpoint
  const home = observation.nodes.find(({ name }) => name === node)
  if (!home?.sockets || port === null || protocol === 'SCTP') return null
  const spaces = spacesOf(home, endpoint)
  const isDeaf = (space: string) => {
    const own = home.sockets!.filter(({ namespace }) => namespace === space)
    return own.length > 0 && !own.some((socket) => takes(socket, endpoint))
  }
  return spaces.length > 0 && spaces.every(isDeaf) ? spaces[0]! : null
}

const spacesOf = ({ podInterfaces }: NodeState, { address }: Endpoint): string[] => [
  ...new Set(
    (podInterfaces ?? []).flatMap(({ namespace, addresses }) =>
      addresses.some((one) => one.address === address) ? [namespace] : [],
    ),
  ),
]

const takes = (socket: Socket, { address, port, protocol }: Endpoint): boolean =>
  socket.port === port &&
  socket.protocol === protocol.toLowerCase() &&
  (socket.address === null
    ? socket.family === undefined || socket.family === familyOf(address)
    : socket.address === address)
