import { joinHostPort } from '../../../model/address.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, listed } from '../../case.ts'
import { onNode } from '../../fix.ts'
import { innerPort } from '../../inside-pod.ts'
import { deafSpace, listeningIn, ofPodSockets } from '../../sockets.ts'

/** Pods that do not listen on the port that they are called at. */
export const targetPortNotListening: Analyzer = {
  code: 'SVP108',
  beyond: true,
  needs: ofPodSockets,
  find(seen) {
    const deaf = (seen.endpoints ?? []).flatMap((endpoint) => {
      // Connections that the pod's own rules lead to another port do not need this one: SVP704 says who takes them.
      const space = endpoint.ready && !innerPort(seen, endpoint) ? deafSpace(seen, endpoint) : null
      return space === null ? [] : [{ endpoint, space }]
    })
    const groups = Map.groupBy(deaf, ({ endpoint: { port, protocol } }) => `${port}/${protocol.toLowerCase()}`)
    return [...groups].map(([port, all]) => {
      // A pod may have an address of each family, and a target port be that of two ports.
      const pods = [...new Set(all.map(({ endpoint: { pod, address } }) => pod?.name ?? address))]
      const { endpoint, space } = all[0]!
      const node = endpoint.node!
      const others = listeningIn(seen, endpoint, space)
      const heard = others.length > 0 ? ` (${pods[0]} listens on ${listed(others)})` : ''
      return {
        subject: `port ${port}`,
        message: `nothing listens on port ${port} in ${listed(pods)}${heard}: connections sent there are refused`,
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
