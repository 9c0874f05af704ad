import { joinHostPort } from '../../../model/address.ts'
import type { Endpoint } from '../../../model/cluster.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, type Case, type Draft, listed } from '../../case.ts'
import { onNode, podWords, withNote } from '../../fix.ts'
import { type InnerPort, innerPort } from '../../inside-pod.ts'
import { deafSpace, socketsOf } from '../../sockets.ts'

interface Led {
  endpoint: Endpoint
  inner: InnerPort
  /** Nothing listens at the other port. */
  dead: boolean
}

/** Connections that rules inside the pod lead to a proxy of its own. */
export const redirectedInsidePod: Analyzer = {
  code: 'SVP704',
  beyond: true,
  find(seen) {
    const all = (seen.endpoints ?? []).flatMap((endpoint): Led[] => {
      const inner = endpoint.ready ? innerPort(seen, endpoint) : null
      return inner ? [{ endpoint, inner, dead: deafSpace(seen, { ...endpoint, port: inner.port }) !== null }] : []
    })
    const groups = Map.groupBy(all, ({ endpoint, inner, dead }) => `${endpoint.port} ${inner.port} ${dead}`)
    return [...groups.values()].map((group) => (group[0]!.dead ? refused(seen, group) : led(seen, group)))
  },
}

/** A pod may have an address of each family, and a target port be that of two ports. */
const podsOf = (all: readonly Led[]): string[] => [
  ...new Set(all.map(({ endpoint: { pod, address } }) => pod?.name ?? address)),
]

function refused(seen: Case, all: readonly Led[]): Draft {
  const { endpoint, inner } = all[0]!
  const { pod, node, port } = endpoint
  const trouble = seen.observation.cluster.pods?.find(
    ({ namespace, name }) => namespace === pod?.namespace && name === pod?.name,
  )?.trouble
  return {
    subject: `port ${port}`,
    message: `rules inside ${listed(podsOf(all))} lead port ${port} to port ${inner.port}, where nothing listens: connections are refused${trouble ? ` (${trouble})` : ''}`,
    evidence: [
      ...inner.evidence,
      {
        node: node!,
        command: sh`ip netns exec ${inner.space} ss -lntu`,
        file: `nodes/${node}/sockets.txt`,
        line: null,
        text: `no socket for ${joinHostPort(endpoint.address, inner.port)}`,
      },
    ],
    fix: pod
      ? withNote(
          `kubectl describe pod ${podWords(`${pod.namespace}/${pod.name}`)}`,
          'does the container of the mesh’s proxy run? Where there is none, delete the pod: the new one gets both or neither',
        )
      : onNode(node!, sh`ip netns exec ${inner.space} ss -lntup`),
  }
}

function led(seen: Case, all: readonly Led[]): Draft {
  const { endpoint, inner } = all[0]!
  const isHeard = socketsOf(seen, { ...endpoint, port: inner.port }).length > 0
  return {
    subject: `port ${endpoint.port}`,
    severity: 'info',
    message: `rules inside ${listed(podsOf(all))} lead port ${endpoint.port} to port ${inner.port}${isHeard ? ', where another program listens' : ''}, as a service mesh does: what becomes of connections there is not shown`,
    evidence: inner.evidence,
    fix: withNote(
      sh`kubectl logs -n ${endpoint.pod?.namespace ?? seen.service.namespace} ${endpoint.pod?.name ?? 'POD'} --all-containers --tail=100`,
      'the log of the proxy says what it refused',
    ),
  }
}
