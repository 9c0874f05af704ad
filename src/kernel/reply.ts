/** Answers to a connection: what conntrack turns back in them, and what it makes of what it saw one direction of alone. */

import type { NodeState } from '../model/node.ts'
import type { Hook } from '../model/rules.ts'
import { isLocal } from './locality.ts'
import { maybe, NO_MARK, type Packet } from './packet.ts'
import type { Station } from './station.ts'

/** The first packet of a connection as it came to a node, and as it left it. */
export interface Passed {
  came: Packet
  left: Packet
}

/** Ports that clients' kernels give to connections without a port of their own: from Linux's ip_local_port_range up, which holds those of other systems. */
const EPHEMERAL = { destinationPort: 32_768, destinationPortEnd: 65_535 }

/** The answer as it leaves the endpoint, for the first packet as it came there. */
export function answerTo(node: NodeState, { source, destination, protocol, destinationPort }: Packet): Packet {
  return {
    later: 'reply',
    protocol,
    source: destination,
    sourceLocal: isLocal(node, destination),
    sourcePort: destinationPort,
    destination: source,
    destinationLocal: isLocal(node, source),
    ...EPHEMERAL,
    inInterface: null,
    outInterface: '',
    bridged: maybe('whether it enters by a bridge port is not known'),
    mark: NO_MARK,
    connectionMark: NO_MARK,
    translated: false,
    untracked: false,
  }
}

/** A packet of the connection on a node that saw it in one direction alone. */
export const taken = (packet: Packet): Packet => ({ ...packet, later: 'invalid' })

/** The answer on a node that the first packet passed, as conntrack's entry there knows it. */
export function knownAnswer(answer: Packet, { came, left }: Passed): Packet {
  return {
    ...answer,
    later: left.untracked ? 'invalid' : 'reply',
    original: { ...came, destinationPortEnd: came.destinationPortEnd ?? null },
    arrivedAs: { source: answer.source, destination: answer.destination },
    connectionMark: left.connectionMark,
    translated: left.translated,
    sourceTranslated: left.sourceTranslated ?? false,
  }
}

/** NF_IP_PRI_NAT_DST and NF_IP_PRI_NAT_SRC of netfilter_ipv4.h. */
const [NAT_DST, NAT_SRC] = [-100, 100]

/**
 * What conntrack does to an answer on a node that translated the first packet: its destination becomes the client at the first hook, its source the address that
 * the client asked for at the last (nf_nat_manip_pkt by way of nf_nat_inet_fn).
 */
export function reversal(node: NodeState, { came, left }: Passed): Station[] {
  const masqueraded = came.source !== left.source
  const led = came.destination !== left.destination || came.destinationPort !== left.destinationPort
  const toClient = (packet: Packet): Packet => ({
    ...packet,
    destination: came.source,
    destinationLocal: isLocal(node, came.source),
  })
  const asAsked = (packet: Packet): Packet => ({
    ...packet,
    source: came.destination,
    sourceLocal: isLocal(node, came.destination),
    sourcePort: came.destinationPort,
  })
  return [
    ...(masqueraded ? FIRST.map((hook) => restoring(hook, NAT_DST, toClient)) : []),
    ...(led ? LAST.map((hook) => restoring(hook, NAT_SRC, asAsked)) : []),
  ]
}

const FIRST: readonly Hook[] = ['prerouting', 'output']
const LAST: readonly Hook[] = ['postrouting', 'input']

const restoring = (hook: Hook, priority: number, restores: (packet: Packet) => Packet): Station => ({
  ...{ hook, priority, restores, type: 'filter', policy: null, name: 'conntrack', declaration: '', whole: true },
  origin: { command: '', file: '', table: '', writtenAs: '' },
  pass: (_, flow) => ({ returned: [flow], ended: [] }),
})
