import type { IpvsProtocol, IpvsSource, RealServer, VirtualServer } from '../../model/ipvs.ts'

/** A line, and where it stands. */
export interface Line {
  file: string
  number: number
  text: string
}

/** A virtual server whose real servers are yet to come. */
export interface VirtualDraft extends VirtualServer {
  realServers: RealServer[]
}

/** What one line says: of a virtual server, or of one of its real servers. `of` null: of the virtual server last named. */
export type ServerLine =
  | { virtual: VirtualDraft }
  | { real: RealServer; of: Pick<VirtualServer, 'service' | 'firewallMark'> | null }

export const sourceOf = (line: Line, command: string): IpvsSource => ({
  command,
  file: line.file,
  line: line.number,
  text: line.text.trimEnd(),
})

/** A virtual server of which a line says no more than what it goes by. */
export const blankVirtual = (
  by: Pick<VirtualServer, 'service' | 'firewallMark'>,
  told: VirtualServer['told'],
  source: IpvsSource,
): VirtualDraft => ({
  ...by,
  family: by.service ? (by.service.address.includes(':') ? 6 : 4) : null,
  ...{ scheduler: null, flags: null, persistence: null, realServers: [], counters: null, rates: null },
  ...{ told, source },
})

export const blankReal = ({ address, port }: { address: string; port: number }, source: IpvsSource): RealServer => ({
  ...{ address, port, forwarding: null, weight: null, activeConnections: null, inactiveConnections: null },
  ...{ counters: null, rates: null, source },
})

/** What two lines must have in common to be about the same virtual server. */
export const keyOf = ({ service, firewallMark }: Pick<VirtualServer, 'service' | 'firewallMark'>): string =>
  service ? `${service.protocol} ${service.address} ${service.port}` : `mark ${firewallMark}`

export const PROTOCOLS: Record<string, IpvsProtocol> = { TCP: 'tcp', UDP: 'udp', SCTP: 'sctp' }
