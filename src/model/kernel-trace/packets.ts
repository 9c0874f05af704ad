import type { PortRange } from '../rules.ts'

/** Packets of which the kernel is to tell: the first of each connection to one entry from these source ports. */
export interface TracedPackets {
  protocol: 'TCP' | 'UDP' | 'SCTP'
  /** The entry's address and port. */
  address: string
  port: number
  sourcePorts: PortRange
}

/** What the names of the tables begin with that ask the kernel for a trace. */
export const TRACE_TABLE = 'svcpath-trace-'
