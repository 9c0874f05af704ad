/** IPv4 neighbours as `arp` of net-tools and BusyBox prints them, and /proc/net/arp. */
import { parseAddress } from '../../model/address.ts'
import type { Neighbour } from '../../model/node.ts'
import { linesOf, type Parsed, ProblemLog, quote } from '../parsed.ts'
import { macAddress, words } from './values.ts'

/**
 * `arp -a`, `arp -na`, the table of `arp -n`, and /proc/net/arp, told apart line by line. `states` holds PERMANENT or
 * INCOMPLETE where the output says so (which arp also prints for what `ip neigh` calls FAILED), and is empty otherwise.
 * Published entries, which answer for others, are no neighbours and are left out. A name in place of an address, as the
 * table without `-n` prints it, is a problem.
 */
export function parseArp(text: string, file: string): Parsed<Neighbour> {
  const log = new ProblemLog(file)
  const items: Neighbour[] = []
  for (const { number, text: line } of linesOf(text, log)) {
    const row = words(line)
    if (row.length === 0 || HEADINGS.has(row[0]!)) continue
    const neighbour = readSentence(row) ?? readProcRow(row) ?? readTableRow(row)
    if (neighbour === null) log.add(number, `not a line of arp: ${quote(line)}`)
    else if (neighbour !== 'published') items.push(neighbour)
  }
  return { items, problems: log.list() }
}

/** `Address HWtype …`, `IP address HW type …`, and the `Entries: 5 Skipped: 0` below the table of `arp -v`. */
const HEADINGS = new Set(['Address', 'IP', 'Entries:'])

/** `? (10.42.0.8) at 16:9b:6c:12:bd:34 [ether] PERM on cni0`; a name may stand in place of the question mark. */
function readSentence(row: string[]): Neighbour | 'published' | null {
  if (row[2] !== 'at' || row.at(-2) !== 'on') return null
  const address = row[1]!.slice(1, -1)
  if (row[1] !== `(${address})`) return null
  const published = row.some((word) => word === 'PUB' || word === 'PUP')
  return toNeighbour(address, row[3]!, row.at(-1)!, row.includes('PERM'), published)
}

/** IP address, HW type, Flags, HW address, Mask, Device; the flags are ATF_COM 2, ATF_PERM 4 and ATF_PUBL 8. */
function readProcRow(row: string[]): Neighbour | 'published' | null {
  if (row.length !== 6 || !/^0x[0-9a-f]{1,8}$/.test(row[2]!)) return null
  const flags = Number(row[2])
  return toNeighbour(row[0]!, flags & 2 ? row[3]! : '', row[5]!, (flags & 4) !== 0, (flags & 8) !== 0)
}

/** Address, HWtype, HWaddress, Flags, Mask, Iface; where there is no MAC, only address, `(incomplete)` and interface. */
function readTableRow(row: string[]): Neighbour | 'published' | null {
  if (row.length === 3) return row[1] === '(incomplete)' ? toNeighbour(row[0]!, '', row[2]!, false, false) : null
  if (row.length < 5) return null
  const flags = row[3]!
  return toNeighbour(row[0]!, row[2]!, row.at(-1)!, flags.includes('M'), flags.includes('P'))
}

function toNeighbour(
  address: string,
  hardware: string,
  device: string,
  permanent: boolean,
  published: boolean,
): Neighbour | 'published' | null {
  if (parseAddress(address)?.family !== 4) return null
  if (published) return 'published'
  const mac = macAddress(hardware)
  const state = permanent ? 'PERMANENT' : mac === null ? 'INCOMPLETE' : null
  return { address, device, mac, states: state === null ? [] : [state] }
}
