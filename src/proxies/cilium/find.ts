import { isLocal } from '../../kernel/locality.ts'
import type { Packet } from '../../kernel/packet.ts'
import { onlyAddress, single } from '../../model/address.ts'
import type { Cilium } from '../../model/dataplanes/cilium.ts'
import type { NodeState } from '../../model/node.ts'
import { anyAddress, type Frontend, frontendsAt, knowsPlace } from './frontends.ts'
import { CILIUM_LINK } from './names.ts'

/** Who sends a packet, as far as Cilium's programs tell clients apart. */
export type Sender = 'pod' | 'node' | 'outside' | null

/** The frontend that takes a packet; `none`: there is none; else why nobody knows. */
export type Found = { frontend: Frontend } | 'none' | { unknown: string }

/** By address, port and protocol; of two scopes by who sends it. */
export function findFrontend(node: NodeState, cilium: Cilium, packet: Packet, sender: Sender): Found {
  const { protocol, destinationPort: port } = packet
  const address = onlyAddress(packet.destination) ?? anyAddress(packet.destination.family === 4 ? '0.0.0.0' : '::')
  const own = frontendsAt(cilium, { protocol: PROTOCOL[protocol] ?? 'TCP', address, port })
  const any = isOwn(node, packet)
    ? frontendsAt(cilium, { protocol: PROTOCOL[protocol] ?? 'TCP', address: anyAddress(address), port })
    : []
  const all = own.length > 0 ? own : any
  if (!(protocol in PROTOCOL) || all.length === 0)
    return knowsPlace(cilium, { address, port }) ? 'none' : { unknown: 'not all of Cilium’s frontends are in the text' }
  const [first] = all
  if (all.every(({ scope }) => scope === first!.scope)) return { frontend: first! }
  if (sender === null) return { unknown: 'whether its client counts as one in the cluster is not known' }
  const scope = sender === 'outside' ? 'external' : 'internal'
  return { frontend: all.find((one) => one.scope === scope)! }
}

/** Who sent it, by where it comes from. */
export function senderOf(node: NodeState, cilium: Cilium, packet: Packet, hook: 'prerouting' | 'output'): Sender {
  if (hook === 'output') return 'node'
  const { inInterface, source } = packet
  const address = onlyAddress(source)
  const pods = node.podInterfaces ?? []
  if (address !== null && pods.some(({ addresses }) => addresses.some((one) => one.address === address))) return 'pod'
  if (inInterface === null) return null
  if (CILIUM_LINK.test(inInterface)) return 'pod'
  return cilium.status?.devices?.includes(inInterface) ? 'outside' : null
}

const isOwn = (node: NodeState, { destination, destinationLocal }: Packet): boolean => {
  const address = onlyAddress(destination)
  return destinationLocal === true || (address !== null && isLocal(node, single(address)) === true)
}

const PROTOCOL: Readonly<Record<string, 'TCP' | 'UDP' | 'SCTP'>> = { tcp: 'TCP', udp: 'UDP', sctp: 'SCTP' }
