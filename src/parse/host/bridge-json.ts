/** The JSON forms of iproute2's bridge: `bridge -j fdb show` and `bridge -j link`. */
import type { BridgePort, FdbEntry } from '../../model/node.ts'
import { type Parsed, ProblemLog } from '../parsed.ts'
import { type JsonObject, readEach, stringOf } from './json.ts'
import { macAddress } from './values.ts'

/** `bridge -j fdb show`: the forwarding tables of all bridges, and what devices hold themselves (`self`). */
export function parseBridgeFdbJson(text: string, file: string): Parsed<FdbEntry> {
  const log = new ProblemLog(file)
  return { items: readEach(text, log, toFdbEntry), problems: log.list() }
}

/** `bridge -j link`; a port without a bridge is not printed by it. */
export function parseBridgeLinkJson(text: string, file: string): Parsed<BridgePort> {
  const log = new ProblemLog(file)
  return { items: readEach(text, log, toBridgePort), problems: log.list() }
}

function toFdbEntry(entry: JsonObject): FdbEntry | null {
  const mac = macAddress(stringOf(entry, 'mac'))
  if (mac === null) return null
  return {
    mac,
    device: stringOf(entry, 'ifname'),
    bridge: stringOf(entry, 'master'),
    portNumber: null,
    // A permanent entry with a `dst` is a vxlan's static one: a way to another node, not an address of the device.
    local: entry.state === 'permanent' && entry.dst === undefined,
  }
}

function toBridgePort(entry: JsonObject): BridgePort | null {
  const [device, bridge] = [stringOf(entry, 'ifname'), stringOf(entry, 'master')]
  return device === null || bridge === null ? null : { bridge, device, position: null }
}
