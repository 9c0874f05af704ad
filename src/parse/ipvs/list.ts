/** `ipvsadm -Ln` in its forms, and /proc/net/ip_vs, which looks the same but for its hexadecimal numbers. */

import type { IpvsCounters, RealServer, VirtualServer } from '../../model/ipvs.ts'
import { known } from '../parsed.ts'
import { type HostPort, readHexHostPort, readHostPort } from './address.ts'
import { blankReal, blankVirtual, type Line, PROTOCOLS, type ServerLine, sourceOf } from './line.ts'
import { readScheduling } from './scheduling.ts'

/** What the columns mean. */
export type Form = 'plain' | 'proc' | 'stats' | 'rate' | 'persistent' | 'thresholds'

/** What a heading says of the lines below; null: the line is no heading. `whole`: it stands above a list of all virtual servers, not above a single one. */
export function headingOf(line: string): { form?: Form; whole?: true } | null {
  if (/^IP Virtual Server version /.test(line)) return { whole: true }
  const column = /^Prot LocalAddress:Port\s+(\S+)/.exec(line)?.[1]
  const form = column === undefined ? undefined : known(COLUMNS, column)
  if (form) return { form }
  if (!/^\s*-> RemoteAddress:Port\b/.test(line)) return null
  // The kernel has one blank where ipvsadm has a column.
  return /Port Forward /.test(line) ? { form: 'proc' } : {}
}

const COLUMNS: Record<string, Form> = {
  Scheduler: 'plain',
  Conns: 'stats',
  CPS: 'rate',
  Weight: 'persistent',
  Uthreshold: 'thresholds',
}

/** `TCP  10.96.0.1:443 rr`, `  -> 10.244.1.4:8080   Masq 1 0 4` and their like; null for any other line. */
export function readListedServer(line: Line, form: Form | null): ServerLine | null {
  const remote = /^\s*->\s+(\S+)\s+(\S.*)$/.exec(line.text)
  if (remote) {
    const place = readPlace(remote[1]!, form)
    const real = place && readReal(place, remote[2]!.trim().split(/\s+/), line, form)
    return real && { real, of: null }
  }
  const [, protocol, local, rest] = /^(TCP|UDP|SCTP|FWM)\s+(\S+)\s*(.*)$/.exec(line.text) ?? []
  const by = protocol === undefined ? null : readService(protocol, local!, form)
  return by && readVirtual(by, rest!.trim().split(/\s+/), line, form)
}

/** How the line is read where no heading stands above it: /proc has no dots in its addresses. Of IPv6 the heading alone tells. */
const readPlace = (text: string, form: Form | null): HostPort | null =>
  form === 'proc' ? (readHexHostPort(text) ?? readHostPort(text)) : (readHostPort(text) ?? readHexHostPort(text))

function readService(
  protocol: string,
  local: string,
  form: Form | null,
): Pick<VirtualServer, 'service' | 'firewallMark'> | null {
  if (protocol === 'FWM') {
    const mark = form === 'proc' ? readHex(local) : readNumber(local)
    return mark === null ? null : { service: null, firewallMark: mark }
  }
  const place = readPlace(local, form)
  return place && { service: { protocol: PROTOCOLS[protocol]!, ...place }, firewallMark: null }
}

function readVirtual(
  by: Pick<VirtualServer, 'service' | 'firewallMark'>,
  columns: readonly string[],
  line: Line,
  form: Form | null,
): ServerLine | null {
  const words = columns[0] === 'IPv6' ? columns.slice(1) : columns
  const source = sourceOf(line, COMMANDS[form ?? 'plain'])
  const virtual = blankVirtual(by, form === 'proc' ? 'proc' : 'list', source)
  if (columns[0] === 'IPv6') virtual.family = 6
  if (form === 'stats' || form === 'rate') {
    const counted = readCounters(words)
    if (!counted) return null
    return {
      virtual: { ...virtual, told: 'counters', ...(form === 'stats' ? { counters: counted } : { rates: counted }) },
    }
  }
  const scheduling = readScheduling(words, form === 'proc', virtual.family)
  return scheduling && { virtual: { ...virtual, ...scheduling } }
}

function readReal(place: HostPort, columns: readonly string[], line: Line, form: Form | null): RealServer | null {
  const real = blankReal(place, sourceOf(line, COMMANDS[form ?? 'plain']))
  if (form === 'stats' || form === 'rate') {
    const counted = readCounters(columns)
    return counted && { ...real, ...(form === 'stats' ? { counters: counted } : { rates: counted }) }
  }
  if (columns.length !== 4) return null
  const [first, second, third, fourth] = columns
  const activeConnections = readNumber(third)
  const inactiveConnections = readNumber(fourth)
  const forwarding = known(FORWARDING, first!) ?? null
  const weight = form === 'persistent' ? readNumber(first) : form === 'thresholds' ? null : readNumber(second)
  if (activeConnections === null || inactiveConnections === null) return null
  if (form !== 'thresholds' && weight === null) return null
  if (form !== 'thresholds' && form !== 'persistent' && !forwarding) return null
  return { ...real, forwarding, weight, activeConnections, inactiveConnections }
}

const FORWARDING: Record<string, RealServer['forwarding']> = {
  Masq: 'masquerade',
  Route: 'route',
  Tunnel: 'tunnel',
  Local: 'local',
  Bypass: 'bypass',
}

/** What a person would type to see such lines. */
const COMMANDS: Record<Form, string> = {
  plain: 'ipvsadm -Ln',
  proc: 'cat /proc/net/ip_vs',
  stats: 'ipvsadm -Ln --stats',
  rate: 'ipvsadm -Ln --rate',
  persistent: 'ipvsadm -Ln --persistent-conn',
  thresholds: 'ipvsadm -Ln --thresholds',
}

/** Five numbers; from 100 million on they are printed rounded down, as in `10461M`, unless `--exact` asks for all digits (print_largenum in ipvsadm.c). */
function readCounters(words: readonly string[]): IpvsCounters | null {
  const values = words.map((word) => {
    const [, digits, unit] = /^(\d{1,20})([KMGT]?)$/.exec(word) ?? []
    return digits === undefined ? null : Number(digits) * 1000 ** ' KMGT'.indexOf(unit || ' ')
  })
  if (values.length !== 5 || values.includes(null)) return null
  const [connections, packetsIn, packetsOut, bytesIn, bytesOut] = values as [number, number, number, number, number]
  const rounded = words.some((word) => /[KMGT]$/.test(word))
  return { connections, packetsIn, packetsOut, bytesIn, bytesOut, ...(rounded ? { approximate: true } : {}) }
}

const readNumber = (text: string | undefined): number | null =>
  text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null

const readHex = (text: string): number | null => (/^[\dA-F]{8}$/.test(text) ? Number.parseInt(text, 16) : null)
