/** What a probe asks of a node, and what the node answers. */

import type { ToldByKernel } from '../kernel-trace/answer.ts'
import type { TracedPackets } from '../kernel-trace/packets.ts'
import type { ConntrackEntry } from '../node.ts'

/** From where connections are made: the network namespace of a pod, or the node's own. */
export interface Place {
  kind: 'pod' | 'node'
  /** `shop/client`, `n1`. */
  name: string
  node: string
  /** Of the pod; of a node none: the kernel chooses. */
  addresses: readonly string[]
}

/** One connection to make. */
export interface Attempt {
  /** Of all connections of the probe. */
  id: number
  protocol: 'tcp' | 'udp'
  address: string
  port: number
  /** By which it is recognised. */
  sourcePort: number
  /** What is sent over UDP, in hexadecimal digits; empty: one byte. */
  payload: string
}

/** What one node is asked to do. */
export interface ProbeRequest {
  /** Each with source ports to spare: of two places on one node no connection may look like the other's. */
  places: readonly { place: Place; attempts: readonly Attempt[]; spare: readonly number[] }[]
  /** Source ports of the whole probe. */
  ports: { from: number; to: number }
  /** Where connections end: what is new to these addresses is of interest. */
  endpoints: readonly string[]
  timeoutMs: number
  /** Connections a second of each place. */
  rate: number
  /** What is asked behind each TCP connection; null: nothing. */
  request: HttpRequest | null
  /** For how long conntrack's events are read, however soon the own connections are done. */
  watchMs: number
  /** The packets of which the kernel is asked to tell; left out: it is not asked. */
  trace?: readonly TracedPackets[]
}

/** `path` null: the TLS handshake alone. */
export interface HttpRequest {
  tls: boolean
  host: string
  path: string | null
}

/** `answered`: to a request, or by UDP. `stalled`: connected, and no answer to the request. `silent`: of UDP. `error`: this side could not send. */
export type Result = 'connected' | 'refused' | 'timeout' | 'unreachable' | 'answered' | 'stalled' | 'silent' | 'error'

/** What became of one connection, as its client noticed it. */
export interface Attempted {
  id: number
  result: Result
  milliseconds: number | null
  /** Null where the tool could not tell. */
  sourcePort: number | null
  /** `ECONNREFUSED`, or the tool's own words; null where nothing failed. */
  error: string | null
  /** Of HTTP; null where none came. */
  status: number | null
  /** The server's, as base64 of its DER form; null where none was shown. */
  certificate: string | null
}

/** What one node answered. */
export interface NodeProbe {
  /** By the place's position in the request: the tool that made the connections, or why there are none. */
  tools: ReadonlyMap<number, { tool: string } | { failure: string }>
  attempted: readonly Attempted[]
  /** New entries as they came; of connections that are refused nothing else stays. */
  events: readonly ConntrackEntry[]
  /** The events were read from before the first connection until after the last. */
  watched: boolean
  /** Entries right after the last connection, by the probe's source ports; null where they could not be read. */
  entries: readonly ConntrackEntry[] | null
  /** Where it was asked. */
  told?: ToldByKernel
}

/** What the nodes answered to a probe. */
export interface ProbeAnswers {
  probes: Map<string, NodeProbe>
  /** Why a node gave no answer. */
  failures: Map<string, string>
}
