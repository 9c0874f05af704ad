/** Bridges as `brctl` of bridge-utils and BusyBox, and the plain text of `bridge fdb show`, print them. */
import type { BridgePort, FdbEntry } from '../../model/node.ts'
import { linesOf, type Parsed, ProblemLog, quote } from '../parsed.ts'
import { integer, macAddress, words } from './values.ts'

/**
 * `brctl show`. A bridge without ports gives none. `position` is the place in the list, which is in the order of the
 * names: it is **not** the port number of `brctl showmacs`, which is in the order in which the ports joined.
 */
export function parseBrctlShow(text: string, file: string): Parsed<BridgePort> {
  const log = new ProblemLog(file)
  const items: BridgePort[] = []
  let bridge: string | null = null
  let position = 0
  for (const { number, text: line } of linesOf(text, log)) {
    const row = words(line)
    if (row.length === 0 || line.startsWith('bridge name')) continue
    if (row.length > 1) {
      bridge = isBridgeRow(row) ? row[0]! : null
      position = 0
    }
    const device = row.length === 1 ? row[0] : row[3]
    if (bridge === null) log.add(number, `not a line of brctl show: ${quote(line)}`)
    else if (device !== undefined) items.push({ bridge, device, position: ++position })
  }
  return { items, problems: log.list() }
}

/** Name, id, STP, and the first port where there is one. */
const isBridgeRow = (row: string[]): boolean =>
  row.length <= 4 && /^[0-9a-f]{4}\.[0-9a-f]{12}$/.test(row[1]!) && (row[2] === 'yes' || row[2] === 'no')

/** `brctl showmacs BRIDGE`, with or without its heading. It does not name its bridge: `bridge` is known by the caller. */
export function parseBrctlShowmacs(text: string, file: string, bridge: string | null = null): Parsed<FdbEntry> {
  const log = new ProblemLog(file)
  const items: FdbEntry[] = []
  for (const { number, text: line } of linesOf(text, log)) {
    const row = words(line)
    if (row.length === 0 || line.startsWith('port no')) continue
    const [portNumber, mac] = [integer(row[0]), macAddress(row[1])]
    if (portNumber !== null && mac !== null && (row[2] === 'yes' || row[2] === 'no')) {
      items.push({ mac, device: null, bridge, portNumber, local: row[2] === 'yes' })
    } else log.add(number, `not a line of brctl showmacs: ${quote(line)}`)
  }
  return { items, problems: log.list() }
}

/** `bridge [-d] [-s] fdb show [br BRIDGE]`: the forwarding tables, and what devices hold themselves (`self`). */
export function parseBridgeFdbText(text: string, file: string): Parsed<FdbEntry> {
  const log = new ProblemLog(file)
  const items: FdbEntry[] = []
  for (const { number, text: line } of linesOf(text, log)) {
    const row = words(line)
    if (row.length === 0) continue
    const entry = readFdbRow(row)
    if (entry) items.push(entry)
    else log.add(number, `not a line of bridge fdb: ${quote(line)}`)
  }
  return { items, problems: log.list() }
}

/** `92:ac:94:3f:d3:3f dev vethb53a4972 vlan 1 master cni0 permanent`. */
function readFdbRow(row: string[]): FdbEntry | null {
  const mac = macAddress(row[0])
  if (mac === null) return null
  const after = (key: string): string | null => (row.includes(key) ? (row[row.indexOf(key) + 1] ?? null) : null)
  // A permanent entry with a `dst` is a vxlan's static one: a way to another node, not an address of the device.
  const local = row.includes('permanent') && !row.includes('dst')
  return { mac, device: after('dev'), bridge: after('master'), portNumber: null, local }
}
