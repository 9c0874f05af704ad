/** What listens in the pods' network namespaces. */
import { familyOf, joinHostPort } from '../model/address.ts'
import type { Endpoint } from '../model/cluster.ts'
import type { NodeState, Socket } from '../model/node.ts'
import { type Case, type Missing, ofApi, ofNodes } from './case.ts'

/**
 * The namespace of a pod in which nothing takes the endpoint's packets; null where something does, or not all is known: the pod may have gone before its
 * sockets were read, and a namespace that was left behind has the address, too.
 */
export function deafSpace({ observation }: Case, endpoint: Endpoint): string | null {
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

/** The network namespaces that have an endpoint's address. */
export const spacesOf = ({ podInterfaces }: NodeState, { address }: Endpoint): string[] => [
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

/** Is a socket known that takes the endpoint's packets? */
export function isHeard({ observation }: Case, endpoint: Endpoint): boolean {
  const home = observation.nodes.find(({ name }) => name === endpoint.node)
  const spaces = home?.sockets ? spacesOf(home, endpoint) : []
  return (home?.sockets ?? []).some((socket) => spaces.includes(socket.namespace) && takes(socket, endpoint))
}

/** Where programs in a namespace listen, by a protocol: `127.0.0.1:8080`, `*:9090`. */
export const listeningIn = ({ observation }: Case, { node, protocol }: Endpoint, space: string): string[] => {
  const sockets = observation.nodes.find(({ name }) => name === node)?.sockets ?? []
  const own = sockets.filter(
    (one) => one.namespace === space && one.port !== 0 && one.protocol === protocol.toLowerCase(),
  )
  return [
    ...new Set(
      own.map((one) => (one.address === null ? `${anyOf(one)}:${one.port}` : joinHostPort(one.address, one.port))),
    ),
  ]
}

const anyOf = ({ family }: Socket): string => (family === 4 ? '0.0.0.0' : family === 6 ? '[::]' : '*')

/** The sockets that get an endpoint's connections; none where they were not collected. */
export function socketsOf({ observation }: Case, endpoint: Endpoint): Socket[] {
  const home = observation.nodes.find(({ name }) => name === endpoint.node)
  if (!home?.sockets || endpoint.port === null) return []
  const spaces = spacesOf(home, endpoint)
  return home.sockets.filter((socket) => spaces.includes(socket.namespace) && takes(socket, endpoint))
}

/** Of an older recording nobody expects it; who looks now wants to know. */
export function ofPodSockets(seen: Case): Missing[] {
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
