import { joinHostPort } from '../../../model/address.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, type Case, listed } from '../../case.ts'
import { onNode } from '../../fix.ts'
import { innerPort } from '../../inside-pod.ts'
import { ofPodSockets, socketsOf } from '../../sockets.ts'

/** Endpoints whose program accepts connections too slowly, or not at all. */
export const acceptQueueFull: Analyzer = {
  code: 'SVP411',
  beyond: true,
  needs: ofPodSockets,
  find: (seen) =>
    crowded(seen).map(({ endpoint: { address, port, pod, node }, sockets }) => {
      const { namespace, queue } = sockets[0]!
      const { waiting, limit } = queue!
      const name = pod?.name ?? address
      const isFull = waiting > limit
      return {
        node: node!,
        subject: joinHostPort(address, port),
        severity: isFull ? ('error' as const) : ('warning' as const),
        message: `${waiting} connections wait in ${name} to be accepted on port ${port}, whose queue holds ${limit}: ${isFull ? 'the kernel drops further ones, and clients time out' : 'the next one is the last that fits'}; the program accepts too slowly, or hangs`,
        evidence: [
          {
            node: node!,
            command: sh`ip netns exec ${namespace} ss -lnt`,
            file: `nodes/${node}/sockets.txt`,
            line: null,
            text: `LISTEN Recv-Q ${waiting} Send-Q ${limit} port ${port}`,
          },
        ],
        fix: pod
          ? onNode(
              node!,
              sh`ip netns exec ${namespace} ss -lntp`,
              `names the program; look at ${listed([`${pod.namespace}/${pod.name}`])}: is it out of CPU, threads or file descriptors? A longer backlog (net.core.somaxconn and the program's own) only delays it`,
            )
          : onNode(node!, sh`ip netns exec ${namespace} ss -lntp`),
      }
    }),
}

/** Each endpoint with sockets for it, all of which are full: where SO_REUSEPORT gives it several, one with room still serves. */
const crowded = (seen: Case) =>
  (seen.endpoints ?? []).flatMap((one) => {
    // A service mesh's proxy takes the connections in the program's place.
    const endpoint = { ...one, port: innerPort(seen, one)?.port ?? one.port }
    const sockets = endpoint.ready || endpoint.serving ? socketsOf(seen, endpoint) : []
    const isCrowded = sockets.every(({ queue }) => queue && queue.waiting > 0 && queue.waiting >= queue.limit)
    return sockets.length > 0 && isCrowded ? [{ endpoint, sockets }] : []
  })
