/** The notations that kubectl's tables and descriptions have in common. */
import { canonicalAddress, parseAddress } from '../../model/address.ts'
import type { Endpoint, Protocol, ServicePort } from '../../model/cluster.ts'

/** True for an empty cell and for what kubectl prints in place of one: `<none>`, `<unset>`, `<pending>`, `<nodes>` … */
export const isBlank = (cell: string): boolean => /^(<[a-z ]+>)?$/.test(cell)

/** The parts of `a,b, c`; none for a blank cell. */
export const listed = (cell: string): string[] =>
  isBlank(cell) ? [] : cell.split(/,\s*/).filter((part) => part !== '')

/** `app=nginx,tier=x`. Null: `<none>`. Undefined: the text does not tell, or not in a form that can be trusted. */
export function readLabels(cell: string): Record<string, string> | null | undefined {
  if (cell === '<none>') return null
  const pairs = cell.split(',').map((pair) => /^([^=\s]+)=(\S*)$/.exec(pair))
  const entries = pairs.flatMap((match): [string, string][] => (match ? [[match[1]!, match[2]!]] : []))
  return entries.length < pairs.length ? undefined : Object.fromEntries(entries)
}

/** Where clients outside reach a Service. kubectl shortens long cells to `a1a7df4fb1b24...`, and then `cut` is true. */
export interface Outside {
  ips: string[]
  hostnames: string[]
  cut: boolean
}

export function readOutside(cell: string): Outside {
  const parts = listed(cell)
  const whole = parts.filter((part) => !part.endsWith('...'))
  return {
    ips: whole.filter(parseAddress).map(canonicalAddress),
    hostnames: whole.filter((part) => !parseAddress(part)),
    cut: whole.length < parts.length,
  }
}

export function readProtocol(text: string): Protocol | null {
  return text === 'TCP' || text === 'UDP' || text === 'SCTP' ? text : null
}

/** A port number of 1 to 65535. */
export function readPort(text: string): number | null {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : null
}

/** One port of the column PORT(S): `80/TCP`, `80:30000/TCP`. Its name and target port are not printed. */
export function readServicePort(text: string): ServicePort | null {
  const [, number = '', node, protocolText = ''] = /^(\d+)(?::(\d+))?\/([A-Z]+)$/.exec(text) ?? []
  const [port, protocol] = [readPort(number), readProtocol(protocolText)]
  if (port === null || protocol === null) return null
  return { name: '', port, protocol, targetPort: null, nodePort: node === undefined ? null : readPort(node) }
}

/** An endpoints list: kubectl prints the ready ones, at most three, and counts the others in ` + 2 more...`. */
export interface EndpointList {
  addresses: Pick<Endpoint, 'address' | 'port'>[]
  /** How many were left out. */
  more: number
  /** Entries that are no endpoint. */
  odd: number
}

export function readEndpointList(cell: string): EndpointList {
  const [, list = cell, more = '0'] = /^(.*) \+ (\d+) more\.\.\.$/.exec(cell) ?? []
  const read = listed(list).map(readEndpoint)
  const addresses = read.filter((entry) => entry !== null)
  return { addresses, more: Number(more), odd: read.length - addresses.length }
}

/** `10.0.0.1:80`, `[fd00::1]:80`, or a bare address of a Service without ports. */
function readEndpoint(text: string): Pick<Endpoint, 'address' | 'port'> | null {
  if (parseAddress(text)) return { address: canonicalAddress(text), port: null }
  const [, v6, v4, number = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(text) ?? []
  const [address, port] = [v6 ?? v4 ?? '', readPort(number)]
  return parseAddress(address) && port !== null ? { address: canonicalAddress(address), port } : null
}
