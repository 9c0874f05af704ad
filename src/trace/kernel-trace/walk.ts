import { sendPacket } from '../../kernel/hooks.ts'
import type { Journeys } from '../../kernel/journey.ts'
import { isLocal } from '../../kernel/locality.ts'
import { maybe, NO_MARK } from '../../kernel/packet.ts'
import { familyOf, single } from '../../model/address.ts'
import type { TracedPacket } from '../../model/kernel-trace/trace.ts'
import type { NodeState } from '../../model/node.ts'
import { proxiesOn } from '../../proxies/on-node.ts'
import { arrival } from '../client.ts'

/** What the walk says of a packet that was traced, from where the kernel first showed it; null where that is not known. Its ways are kept apart. */
export function walkOfTraced(node: NodeState, { hook, sent }: TracedPacket): Journeys | null {
  const { protocol, source, destination, destinationPort, inInterface } = sent
  if (protocol === null || source === null || destination === null || destinationPort === null) return null
  const [from, to] = [single(source), single(destination)]
  const came = arrival(node, from)
  const isOwn = hook === 'output'
  const packet = {
    ...{ protocol, source: from, destination: to, destinationPort, inInterface },
    sourceLocal: isOwn || isLocal(node, from),
    destinationLocal: isLocal(node, to),
    outInterface: isOwn ? null : '',
    bridged:
      !isOwn && (came.device === inInterface ? came.bridged : maybe('whether it enters by a bridge port is not known')),
    ...{ mark: NO_MARK, connectionMark: NO_MARK, translated: false, untracked: false },
  }
  const { names, stations } = proxiesOn(node, familyOf(destination))
  // The client may have been here before.
  const unsure = { ...names, remembersClients: () => false }
  return sendPacket(node, hook, packet, { names: unsure, stations, starts: [], resolve: () => null, apart: true })
}
