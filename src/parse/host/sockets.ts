/** What `ss -H -lntu` prints in each pod's network namespace, each line after the namespace's name. */
import { canonicalAddress, parseAddress } from '../../model/address.ts'
import type { Socket } from '../../model/node.ts'
import { linesOf, type Parsed, ProblemLog, quote } from '../parsed.ts'

/** The listening sockets. An address is null for the wildcard of either family. */
export function parseSockets(text: string, file: string): Parsed<Socket> {
  const log = new ProblemLog(file)
  const items: Socket[] = []
  for (const { number, text: line } of linesOf(text, log)) {
    if (line.trim() === '') continue
    // NAMESPACE NETID STATE RECV-Q SEND-Q LOCAL:PORT PEER:PORT
    const [namespace, protocol, , , , local] = line.trim().split(/\s+/)
    const [, host, port] = /^(.*):(\d+)$/.exec(local ?? '') ?? []
    const address = (host ?? '').replace(/^\[|\]$/g, '').replace(/%.*$/, '')
    const isAny = address === '*' || address === '0.0.0.0' || address === '::'
    const fits =
      namespace && (protocol === 'tcp' || protocol === 'udp') && port !== undefined && (isAny || parseAddress(address))
    if (!fits) log.add(number, `not a line of ss: ${quote(line)}`)
    else items.push({ namespace, protocol, address: isAny ? null : canonicalAddress(address), port: Number(port) })
  }
  return { items, problems: log.list() }
}
