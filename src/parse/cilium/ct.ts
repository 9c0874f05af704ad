import { canonicalAddress, parseAddress } from '../../model/address.ts'
import type { CiliumConnection } from '../../model/dataplanes/cilium.ts'
import { linesOf, ProblemLog, quote } from '../parsed.ts'
import { extentOf, only, type ParsedCilium } from './parts.ts'

const COMMAND = 'cilium-dbg bpf ct list global'
const LINE = /^(TCP|UDP|SCTP|ICMP|ICMPv6|\d+) (IN|OUT|SVC) (\S+):(\d+) -> (\S+):(\d+) (expires=\d+.*)$/

/** `cilium-dbg bpf ct list global`: connections, and of those to a Service's address the backend that they were given. */
export function parseCiliumConnections(text: string, file: string): ParsedCilium {
  const log = new ProblemLog(file)
  const connections: CiliumConnection[] = []
  for (const { number, text: line } of linesOf(text, log)) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const connection = connectionOf(line, number, file)
    if (connection) connections.push(connection)
    // Of a family that is off there is no map.
    else if (!/^Unable to open \/sys\/fs\/bpf\S+: .*Skipping\.\s*$/.test(line))
      log.add(number, `not a line of ${COMMAND} that can be read: ${quote(line)}`)
  }
  const problems = log.list()
  const isKnown = connections.length > 0 || extentOf(text, false).kind === 'asked'
  // A list that ended before its time counts nothing.
  return { value: isKnown && !/^\(cut off\)/m.test(text) ? only({ connections }) : null, problems }
}

function connectionOf(line: string, number: number, file: string): CiliumConnection | null {
  const [, protocol, direction, from, fromPort, to, toPort, rest] = LINE.exec(line.trim()) ?? []
  const [client, destination] = [place(from, fromPort), place(to, toPort)]
  if (protocol === undefined || !client || !destination) return null
  const value = (name: string) => {
    const digits = new RegExp(`\\b${name}=(\\d+)`).exec(rest!)?.[1]
    return digits === undefined ? null : Number(digits)
  }
  return {
    ...{ protocol: protocol.toLowerCase(), direction: direction as CiliumConnection['direction'], client, destination },
    service: value('RevNAT'),
    // Others keep something else in that field.
    backend: direction === 'SVC' ? value('BackendID') : null,
    source: { command: COMMAND, file, line: number, text: line.trim() },
  }
}

/** IPv6 addresses stand without brackets in some versions. */
function place(host: string | undefined, port: string | undefined): { address: string; port: number } | null {
  const address = host?.replace(/^\[(.*)\]$/, '$1')
  return address !== undefined && parseAddress(address)
    ? { address: canonicalAddress(address), port: Number(port) }
    : null
}
