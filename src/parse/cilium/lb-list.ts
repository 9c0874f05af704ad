import { canonicalAddress, parseAddress } from '../../model/address.ts'
import type { CiliumBackend, CiliumFrontend, CiliumMaster, CiliumSlot } from '../../model/dataplanes/cilium.ts'
import { readHostPort } from '../ipvs/address.ts'
import { linesOf, ProblemLog, quote } from '../parsed.ts'
import { readFrontend } from './frontend.ts'
import { extentOf, jsonIn, only, type ParsedCilium, withoutAsked } from './parts.ts'

const COMMAND = 'cilium-dbg bpf lb list'

/**
 * `cilium-dbg bpf lb list`, plain, with `--frontends` or `--backends`, as text or with `-o json`: the kernel's own maps. A frontend stands there as
 * `10.96.0.10:53` with all its slots below it (up to 1.13), as `10.96.0.10:53 (SLOT)`, or as `10.96.0.10:53/UDP (SLOT)` (from 1.17 or so).
 */
export function parseCiliumLb(text: string, file: string): ParsedCilium {
  const log = new ProblemLog(file)
  const found: Found = { slots: [], masters: [], backends: [], file }
  const body = withoutAsked(text)
  const isJson = body.trimStart()[0] === '{'
  if (isJson) readJson(body, found, log)
  else readText(text, found, log)
  const problems = log.list()
  const heading = /^(SERVICE ADDRESS +BACKEND ADDRESS|SERVICE ADDRESS +BACKEND ID|ID +BACKEND ADDRESS)/m.exec(body)?.[1]
  const isWhole = (isJson || heading !== undefined) && problems.length === 0
  const extent = extentOf(text, isWhole)
  const value = only({
    slots:
      found.slots.length > 0 || (heading?.includes('SERVICE ADDRESS') === true && /BACKEND ADDRESS/.test(heading))
        ? { items: found.slots, extent }
        : null,
    masters: found.masters.length > 0 || /BACKEND ID$/.test(heading ?? '') ? { items: found.masters, extent } : null,
    backends: found.backends.length > 0 ? new Map(found.backends) : null,
  })
  return { value: value.slots || value.masters || value.backends ? value : null, problems }
}

interface Found {
  slots: CiliumSlot[]
  masters: CiliumMaster[]
  backends: [number, CiliumBackend][]
  file: string
}

/** A map from the text of a key to the texts of its values. */
function readJson(text: string, found: Found, log: ProblemLog): void {
  const value = jsonIn(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    log.add(null, 'this is no whole JSON')
    return
  }
  for (const [key, values] of Object.entries(value))
    for (const one of Array.isArray(values) ? values : [values])
      if (typeof one !== 'string' || !readPair(key, one, null, `${key} ${one}`, found))
        log.add(null, `an entry that is not understood: ${quote(`${key}: ${String(one)}`)}`)
}

function readText(text: string, found: Found, log: ProblemLog): void {
  let key: string | null = null
  for (const { number, text: line } of linesOf(text, log)) {
    if (line.trim() === '' || /^\s*#/.test(line) || /^(?:SERVICE ADDRESS|ID) +(?:BACKEND|SOURCE)/.test(line)) continue
    // A value without a key goes on with the key above.
    const [, own, value] = /^(?:(\S+(?: \(\d+\))?)\s+|\s+)(\S.*?)\s*$/.exec(line) ?? []
    key = own ?? (/^\s/.test(line) ? key : null)
    if (key === null || value === undefined || !readPair(key, value, number, line.trim(), found))
      log.add(number, `not a line of ${COMMAND} that can be read: ${quote(line)}`)
  }
}

const SLOT = /^(\[?[\da-f:.]+\]?:\d+)(?:\/\w+)? \(\d+\) \((\d+)\)(?: \[([^\]]*)\])?(?: *\(L7LB Proxy Port: (\d+)\))?$/i
const MISSING = /^backend (\d+) not found$/

function readPair(key: string, value: string, line: number | null, text: string, found: Found): boolean {
  const { file } = found
  const [, where, keySlot] = /^(\S+?)(?: \((\d+)\))?$/.exec(key) ?? []
  if (/^\d+$/.test(key)) return readBackend(Number(key), value, found)
  const frontend = where === undefined ? null : readFrontend(where)
  if (!frontend) return false
  const source = { command: COMMAND, file, line, text }
  const master = masterOf(frontend, keySlot, value)
  if (master !== null) {
    // Further slots of `--frontends` say nothing that the plain list does not.
    if (master !== 'another')
      found.masters.push({ ...master, source: { ...source, command: `${COMMAND} --frontends` } })
    return true
  }
  const missing = MISSING.exec(value)
  if (missing) {
    const backend = { missing: Number(missing[1]) }
    // Which slot it is only newer versions say; it is none of those that are known.
    found.slots.push({ frontend, slot: Number(keySlot ?? -1), backend, flags: [], proxyPort: null, source })
    return true
  }
  const [, place, slot, flags, proxyPort] = SLOT.exec(value) ?? []
  const backend = place === undefined ? null : readHostPort(place)
  if (!backend) return false
  found.slots.push({
    ...{ frontend, slot: Number(slot), source },
    backend: Number(slot) === 0 ? null : backend,
    flags: flags === undefined ? [] : flags.split(',').map((one) => one.trim()),
    proxyPort: proxyPort === undefined ? null : Number(proxyPort),
  })
  return true
}

/** `0 2 (3) [0x0 0x0]`, `0 2[0] (3) [0x0 0x0]`: backend, count and, from 1.18 on, how many more are being let go. */
function masterOf(
  frontend: CiliumFrontend,
  slot: string | undefined,
  value: string,
): Omit<CiliumMaster, 'source'> | 'another' | null {
  const [, count] = /^\d+ (\d+)(?:\[\d+\])? \(\d+\) \[(?:FLAGS: )?0x[\da-f]+(?: 0x[\da-f]+)?\]$/i.exec(value) ?? []
  if (count === undefined) return null
  return slot === '0' ? { frontend, active: Number(count) } : 'another'
}

/** `TCP://10.0.0.29:53`, or `TCP://10.0.0.29` without a port, and behind it the zone. */
function readBackend(id: number, value: string, { backends }: Found): boolean {
  const [, rest] = /^(?:\w+:\/\/)?(\S+)(?: *\[[^\]]*\])?$/.exec(value) ?? []
  if (rest === undefined) return false
  const place = readHostPort(rest)
  const address = rest.replace(/^\[(.*)\]$/, '$1')
  if (!place && !parseAddress(address)) return false
  backends.push([id, place ?? { address: canonicalAddress(address), port: null }])
  return true
}
