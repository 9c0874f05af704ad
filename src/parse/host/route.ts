/** What `route` and `netstat -r` of net-tools and BusyBox print, and /proc/net/route, from which they read. */
import { formatAddress, formatCidr, parseCidr } from '../../model/address.ts'
import type { Route } from '../../model/node.ts'
import { linesOf, type Parsed, ProblemLog, quote } from '../parsed.ts'
import { integer, words } from './values.ts'

/**
 * `route [-n]`, `route -A inet6 -n`, `netstat -r[n]` and /proc/net/route, told apart line by line, so a heading may be
 * missing. What these print is less than `ip route`: for IPv4 only the main table, and of a multipath route one hop;
 * for IPv6 all tables in one, and only local and multicast routes show that they are not of main. The metric is 0
 * where it is not printed (`netstat -r`, `route -e`).
 */
export function parseRouteTable(text: string, file: string): Parsed<Route> {
  const log = new ProblemLog(file)
  const items: Route[] = []
  let withMetric = true
  for (const { number, text: line } of linesOf(text, log)) {
    const row = words(line)
    if (row.length === 0 || row[0] === 'Kernel') continue
    if (row[0] === 'Destination' || row[0] === 'Iface') {
      withMetric = row.includes('Metric') || row.includes('Met')
      continue
    }
    const route = readRow(row, withMetric)
    if (route === null) log.add(number, `not a line of route or /proc/net/route: ${quote(line)}`)
    else if (route !== 'none') items.push(route)
    if (hidesGateway(row)) log.add(number, `its gateway is an IPv6 address, which is not printed: ${quote(line)}`)
  }
  return { items, problems: log.list() }
}

/** An IPv4 row with the flag of a gateway (RTF_GATEWAY is 2) but none in its place: one of RTA_VIA. */
const hidesGateway = (row: string[]): boolean =>
  row.length >= 8 &&
  ((row[1] === '0.0.0.0' && row[3]!.includes('G')) ||
    (row[2] === '00000000' && (Number.parseInt(row[3]!, 16) & 2) !== 0))

/** `none`: a row that says that there is no route. */
function readRow(row: string[], withMetric: boolean): Route | 'none' | null {
  if (row.length >= 8 && /^[0-9A-F]{8}$/.test(row[1]!)) return readProcRow(row)
  if (row.length >= 8) return readIPv4Row(row, withMetric)
  return row.length === 7 ? readIPv6Row(row) : null
}

/** Iface, Destination, Gateway, Flags, RefCnt, Use, Metric, Mask. Addresses are in the host's byte order: little-endian. */
function readProcRow(row: string[]): Route | null {
  const [device, destination, gateway, flags, , , metric, mask] = row as [string, ...string[]]
  const RTF_REJECT = 0x200
  return toIPv4Route({
    destination: fromLittleEndian(destination!),
    mask: fromLittleEndian(mask!),
    gateway: fromLittleEndian(gateway!),
    device,
    metric: integer(metric) ?? 0,
    rejects: (Number.parseInt(flags!, 16) & RTF_REJECT) !== 0,
  })
}

/** Destination, Gateway, Genmask, Flags, Metric, Ref, Use, Iface; in the middle MSS, Window and irtt for netstat. */
function readIPv4Row(row: string[], withMetric: boolean): Route | null {
  const [destination, gateway, mask, flags, metric, , , device] = row as [string, ...string[]]
  return toIPv4Route({
    destination: destination === 'default' ? '0.0.0.0' : destination,
    mask: mask!,
    gateway: gateway!,
    device: device!,
    metric: withMetric ? (integer(metric) ?? 0) : 0,
    rejects: flags!.includes('!'),
  })
}

interface IPv4Row {
  destination: string
  mask: string
  /** `0.0.0.0`, `*` or `-` where there is none. */
  gateway: string
  device: string
  metric: number
  rejects: boolean
}

function toIPv4Route(row: IPv4Row): Route | null {
  const prefix = parseCidr(`${row.destination}/${row.mask}`)
  const hasGateway = !['0.0.0.0', '*', '-'].includes(row.gateway)
  if (prefix?.family !== 4 || (hasGateway && !parseCidr(row.gateway))) return null
  // fib_flag_trans marks unreachable and prohibit alone; blackhole and throw show by having no device. Which of the two
  // it was is not printed, and makes no difference here: after the main table there is nothing that throw could reach.
  const type = row.rejects ? 'unreachable' : row.device === '*' ? 'blackhole' : 'unicast'
  const hops = type === 'unicast' ? [{ gateway: hasGateway ? row.gateway : null, device: row.device }] : []
  const destination = formatCidr(prefix)
  return { family: 4, destination, type, hops, table: 'main', metric: row.metric, source: null }
}

/** Destination, Next Hop, Flags, Metric, Ref, Use, Iface. */
function readIPv6Row(row: string[]): Route | 'none' | null {
  const [destination, gateway, flags, metric, , , device] = row as [string, ...string[]]
  const prefix = parseCidr(destination === 'default' ? '::/0' : destination)
  const next = parseCidr(gateway === '[::]' ? '::' : gateway!)
  if (prefix?.family !== 6 || next?.family !== 6) return null
  // The null entry of a table: the kernel's way of saying that no route was found.
  if (prefix.bits === 0 && device === 'lo' && integer(metric) === null) return 'none'
  const type = ipv6Type(flags!, device!, prefix.bits, formatCidr(prefix))
  const hop = { gateway: next.base === 0n ? null : formatAddress(6, next.base), device: device! }
  return {
    family: 6,
    destination: formatCidr(prefix),
    type,
    hops: type === 'unreachable' ? [] : [hop],
    table: type === 'local' || type === 'multicast' ? 'local' : 'main',
    metric: integer(metric) ?? 0,
    source: null,
  }
}

/** `n` (no next hop) without `!` marks the node's own addresses; net-tools before 2.0 shows them by `lo` alone. */
function ipv6Type(flags: string, device: string, bits: number, destination: string): string {
  if (flags.includes('!')) return 'unreachable'
  if (flags.includes('n') || (device === 'lo' && bits === 128)) return 'local'
  return destination === 'ff00::/8' ? 'multicast' : 'unicast'
}

const fromLittleEndian = (hex: string): string =>
  [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.')
