import { isWithin } from '../../../model/address.ts'
import { memoLast } from '../../../model/memo.ts'
import type { Observation } from '../../../model/observation.ts'
import { sh } from '../../../model/shell.ts'
import { rivalHolding } from '../../../trace/rivals.ts'
import { type Analyzer, type Case, ofNodes } from '../../case.ts'
import {
  calledPlace,
  connectionEvidence,
  connectionsOf,
  connectionsText,
  familyFlag,
  replyPlace,
} from '../../connections.ts'
import { onNode } from '../../fix.ts'
import { hasPodsOfAll, isFinished } from '../../pods.ts'

/** A live connection to what is no longer an endpoint. */
export const connectionToDeadEndpoint: Analyzer = {
  code: 'SVP601',
  needs: (seen) => ofNodes(seen, 'the connections', ({ conntrack }) => conntrack === null),
  find(seen) {
    const { service, endpoints, observation } = seen
    // Of a list that was cut short nobody can say what is missing from it.
    if (!endpoints || observation.cluster.endpointsArePartial(service.namespace, service.name)) return []
    const live = new Set(endpoints.map(({ address }) => address))
    const isGone = goneClients(seen)
    return connectionsOf(seen, ({ protocol, state, original, reply }, entry, node) => {
      if (reply.source === original.destination || live.has(reply.source)) return false
      // An ended TCP connection is remembered for a while; one that was never answered is tried anew.
      return (
        (protocol !== 'tcp' || state === 'ESTABLISHED') &&
        !isGone(original.source, node) &&
        rivalHolding(observation.cluster, service, entry, reply.source) === null
      )
    }).map((one) => {
      const [first] = one.all
      const { protocol, original, reply } = first!
      const many = one.all.length > 1
      return {
        node: one.node,
        subject: replyPlace(one),
        message: `${connectionsText(one)} to ${calledPlace(one)} ${many ? 'are' : 'is'} still pinned by conntrack to ${replyPlace(one)}, which is no longer an endpoint: packets are lost until the ${many ? 'entries expire' : 'entry expires'}`,
        evidence: connectionEvidence(seen, one),
        fix: onNode(
          one.node,
          `conntrack -D ${familyFlag(original.destination)}${sh`-p ${protocol} --orig-dst ${original.destination} --reply-src ${reply.source}`}`,
        ),
        hits: [{ node: one.node, entry: one.entry }],
      }
    })
  },
}

/**
 * Is a client a pod of the node that is gone itself? An entry outlives both its ends: TCP's for five days (nf_conntrack_tcp_timeout_established).
 * Only where all pods of the cluster are known.
 */
function goneClients({ observation, service }: Case): (client: string, node: string) => boolean {
  const { cluster } = observation
  if (!cluster.pods || service.name === 'kubernetes' || !hasPodsOfAll(cluster)) return () => false
  const alive = aliveIn(observation)
  return (client, node) => {
    const networks = cluster.nodes?.find(({ name }) => name === node)?.podCIDRs ?? []
    return networks.some((network) => isWithin(client, network)) && !alive.has(client)
  }
}

/** The addresses of pods that run, and of the nodes: a bridge has its own address in the pods' network, and what the node masquerades may come from it. */
const aliveIn = memoLast(({ cluster, nodes }: Observation): ReadonlySet<string> => {
  const running = (cluster.pods ?? []).filter((pod) => !isFinished(pod))
  const own = nodes.flatMap(({ links }) => (links ?? []).flatMap(({ addresses }) => addresses))
  return new Set([...running.flatMap(({ ips }) => ips), ...own.map(({ address }) => address)])
})
