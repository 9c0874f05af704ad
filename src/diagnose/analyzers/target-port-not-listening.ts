import { type Analyzer, type Case, listed, ofApi } from '../case.ts'

/** Pods that do not listen on the port that they are called at. */
export const targetPortNotListening: Analyzer = {
  code: 'SVP108',
  beyond: true,
  // Of an older recording nobody expects it; who looks now wants to know.
  needs: ({ observation, endpoints }) =>
    observation.source === 'live' && endpoints?.length && observation.nodes.every(({ sockets }) => sockets === null)
      ? ofApi("the sockets in the pods' namespaces")
      : [],
  find(seen) {
    const deaf = (seen.endpoints ?? []).filter((endpoint) => endpoint.ready && isDeaf(seen, endpoint))
    return [...Map.groupBy(deaf, ({ port, protocol }) => `${port}/${protocol.toLowerCase()}`)].map(([port, all]) => {
      const pods = all.map(({ pod, address }) => pod?.name ?? address)
      const { pod, address, node } = all[0]!
      return {
        subject: `port ${port}`,
        message: `nothing listens on port ${port} in ${listed(pods)}: connections that are given there are refused`,
        evidence: [
          {
            node,
            command: `ss -lntu in the pod's network namespace`,
            file: `nodes/${node}/sockets.txt`,
            line: null,
            text: `no socket for ${address}:${port}`,
          },
        ],
        fix: `does ${pod ? `the program in ${pod.name}` : 'it'} listen on another port, or on 127.0.0.1 only? Set targetPort, or its listening address, right`,
      }
    })
  },
}

type Endpoint = NonNullable<Case['endpoints']>[number]

/** Is the pod's namespace known, and no socket in it that takes the endpoint's packets? */
function isDeaf({ observation }: Case, { address, port, protocol, node }: Endpoint): boolean {
  const home = observation.nodes.find(({ name }) => name === node)
  const space = home?.podInterfaces?.find(({ addresses }) => addresses.some((one) => one.address === address))
  if (!home?.sockets || !space || port === null || protocol === 'SCTP') return false
  const own = home.sockets.filter(({ namespace }) => namespace === space.namespace)
  return !own.some(
    (one) =>
      one.port === port && one.protocol === protocol.toLowerCase() && (one.address === null || one.address === address),
  )
}
