/**
 * What `ss -H -lntu` prints in each pod's network namespace, each line after the namespace's name. `NAMESPACE -` stands before them: ss ran there, whether or not
 * anything listens.
 */
import { canonicalAddress, parseAddress } from '../../model/address.ts'
import type { Socket } from '../../model/node.ts'
import { linesOf, type Parsed, ProblemLog, quote } from '../parsed.ts'

/** The listening sockets, and of each namespace that was read one of port 0. */
export function parseSockets(text: string, file: string): Parsed<Socket> {
  const log = new ProblemLog(file)
  const items: Socket[] = []
  for (const { number, text: line } of linesOf(text, log)) {
    if (line.trim() === '') continue
    // NAMESPACE NETID STATE RECV-Q SEND-Q LOCAL:PORT PEER:PORT
    const [namespace, protocol, state, waiting, limit, local] = line.trim().split(/\s+/)
    const [, host, port] = /^(.*):(\d+)$/.exec(local ?? '') ?? []
    const place = host === undefined ? null : placeOf(host)
    if (namespace && protocol === '-' && local === undefined)
      items.push({ namespace, protocol: 'tcp', address: null, port: 0 })
    else if (namespace && (protocol === 'tcp' || protocol === 'udp') && place && port !== undefined)
      items.push({ namespace, protocol, ...place, port: Number(port), ...queueOf(state, waiting, limit) })
    else log.add(number, `not a line of ss: ${quote(line)}`)
  }
  return { items, problems: log.list() }
}

/** Of a listening TCP socket Recv-Q and Send-Q are its queue of connections and the limit of that (tcp_diag_get_info in the kernel's tcp_diag.c). */
const queueOf = (state = '', waiting = '', limit = ''): Pick<Socket, 'queue'> =>
  state === 'LISTEN' && /^\d+$/.test(waiting) && /^\d+$/.test(limit)
    ? { queue: { waiting: Number(waiting), limit: Number(limit) } }
    : {}

/**
 * `*` is the wildcard of a socket that takes both families, `[::]` that of one for IPv6 alone (inet_addr_print in iproute2's ss.c); releases without the brackets
 * wrote `::` for both. An IPv4 address within IPv6 takes IPv4.
 */
function placeOf(host: string): Pick<Socket, 'address' | 'family'> | null {
  const bare = host.replace(/%.*$/, '')
  if (bare === '*' || bare === '::') return { address: null }
  if (bare === '0.0.0.0') return { address: null, family: 4 }
  if (bare === '[::]') return { address: null, family: 6 }
  const address = bare.replace(/^\[(::ffff:(?=[\d.]+\]))?|(%.*)?\]$/gi, '')
  return parseAddress(address) ? { address: canonicalAddress(address) } : null
}
