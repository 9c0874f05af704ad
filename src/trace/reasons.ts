import { joinHostPort } from '../model/address.ts'
import type { Service } from '../model/cluster.ts'
import type { From } from '../model/query.ts'
import {
  type EndpointState,
  type EntryPath,
  isFaulty,
  type NodePath,
  type Reason,
  type Verdict,
} from '../model/report.ts'

/** What is known besides the nodes. */
interface Circumstances {
  /** How many entries the service has. */
  entries: number
  endpointsKnown: boolean
  from: From | null
}

/** Each thing that keeps a service from being reachable, worst first; the same one is told for each node that it concerns. */
export function reasonsOf(service: Service, nodes: readonly NodePath[], about: Circumstances): Reason[] {
  if (nodes.length === 0) return [withoutNodes(service, about)]
  const order: readonly Verdict[] = ['broken', 'degraded', 'unknown', 'reachable']
  const found = nodes.flatMap((node) =>
    node.entries.length > 0 ? node.entries.flatMap((entry) => entryReason(node.name, entry)) : [unreadReason(node)],
  )
  return found.sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
}

/** A reason that concerns the service as a whole. */
export const reason = (verdict: Verdict, message: string): Reason => ({
  verdict,
  node: null,
  subject: null,
  message,
  evidence: [],
})

function withoutNodes(service: Service, { entries, endpointsKnown, from }: Circumstances): Reason {
  const { externalName } = service
  if (externalName) return reason('unknown', `DNS answers with ${externalName}, which is outside the cluster`)
  if (entries > 0 && from)
    return reason('unknown', 'no packet of this client meets an entry of the service on the nodes that were read')
  if (entries > 0) return reason('unknown', 'nothing was collected from any node')
  if (!service.headless) return reason('unknown', 'it has no port')
  if (!endpointsKnown) return reason('unknown', "headless, and the API's endpoints are not in the text")
  return reason('broken', 'headless, and no endpoint is ready: DNS has no address to return')
}

function entryReason(node: string, entry: EntryPath): Reason[] {
  if (entry.verdict === 'reachable') return []
  const evidence = entry.evidence.map(({ command, file, line, text }) => ({ node, command, file, line, text }))
  const subject = joinHostPort(entry.address, entry.port)
  const stoppedOn = stopperOf(entry)
  const elsewhere = stoppedOn !== null && stoppedOn !== node ? { stoppedOn } : {}
  return [{ verdict: entry.verdict, node, subject, message: entry.reason ?? '', evidence, ...elsewhere }]
}

/** The node that stops the packets to the first endpoint that is not reached though it should be: the one whose stop the reason tells. */
function stopperOf({ endpoints }: EntryPath): string | null {
  return endpoints.find((one) => isFaulty(one) && !WRONG_IN_ITSELF.has(one.state))?.stop?.node ?? null
}

const WRONG_IN_ITSELF: ReadonlySet<EndpointState> = new Set(['stale', 'rival', 'missing', 'notReady', 'terminating'])

const unreadReason = ({ name, verdict, notes }: NodePath): Reason => ({
  verdict,
  node: name,
  subject: null,
  message: notes[0] ?? '',
  evidence: [],
})
