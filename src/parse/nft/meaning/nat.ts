import { canonicalAddress, parseAddress } from '../../../model/address.ts'
import type { Action, DnatTarget, MapElement, PortRange } from '../../../model/rules.ts'
import { asArray, asCount, asObject, entryOf, type Json } from '../objects.ts'
import { drawOf, share } from './draws.ts'
import { fieldsOf } from './fields.ts'
import { contentOf, MOST_PORT, readKeys, readPortRange, unwrap } from './values.ts'

/** `dnat`, `snat`, `masquerade` and `redirect`; null where the target is looked up or else cannot be told. */
export function natAction(kind: 'dnat' | 'snat' | 'masquerade' | 'redirect', value: Json): Action | null {
  const { addr, port, type_flags } = asObject(value) ?? {}
  // `dnat prefix to` and netmap carry the host part over.
  if (type_flags === 'prefix' || asArray(type_flags)?.includes('prefix')) return null
  if (kind === 'masquerade') return { kind, ...portsOf(ends(port, asPort)) }
  if (kind === 'redirect') return addr === undefined ? redirect(port) : null
  const looked = kind === 'dnat' ? lookedUp(addr, port) : null
  if (looked) return looked
  const choices = choicesOf(addr, port)
  if (!choices) return null
  if (kind === 'dnat') return { kind, choices }
  const [only, ...others] = choices
  return only && others.length === 0
    ? { kind: 'snat', to: printTarget(only.target), ...portsOf([only.target.port, only.target.portEnd]) }
    : null
}

/** A rule that names no ports takes any. */
function portsOf(named: readonly [number | null, number | null] | null): { ports?: PortRange } {
  const [from, to] = named ?? []
  return from ? { ports: { from, to: to ?? from } } : {}
}

/** `dnat to ip daddr . tcp dport map { 10.96.0.1 . 80 : 10.1.3.2 . 8080 }`: without an element nothing is done. */
function lookedUp(addr: Json | undefined, port: Json | undefined): Action | null {
  const [kind, content] = entryOf(addr) ?? []
  const { key, data } = (kind === 'map' ? asObject(content) : null) ?? {}
  const elements = asArray(asObject(data)?.set)
  if (!elements || drawOf(key ?? null)) return null
  const fields = fieldsOf(key ?? null)
  const map: MapElement[] = []
  for (const element of elements) {
    const [value, to] = asArray(element) ?? []
    const target = targetOf(to, port)
    if (!target) return null
    const verdict: Action = { kind: 'dnat', choices: [{ probability: 1, target }] }
    for (const values of readKeys(fields.map(contentOf), value ?? null))
      map.push({ key: values, verdict, comment: null })
  }
  return { kind: 'verdictMap', fields, map }
}

/** Without a port the packet keeps its own. */
function redirect(port: Json | undefined): Action | null {
  if (port === undefined) return { kind: 'redirect', port: null }
  const range = readPortRange(port)
  if (!range) return null
  const [low, high] = range
  return { kind: 'redirect', port: low, ...(high === low ? {} : { portEnd: high }) }
}

type Choices = { probability: number; target: DnatTarget }[]

/** One target for certain, or those of a map whose key is drawn: `dnat to numgen random mod 2 map { 0 : …, 1 : … }`. */
function choicesOf(addr: Json | undefined, port: Json | undefined): Choices | null {
  const [kind, content] = entryOf(addr) ?? []
  if (kind !== 'map') {
    const target = targetOf(addr, port)
    return target ? [{ probability: 1, target }] : null
  }
  const { key, data } = asObject(content) ?? {}
  const draw = drawOf(key ?? null)
  const elements = asArray(asObject(data)?.set)
  if (!draw || !elements) return null
  const choices: Choices = []
  for (const element of elements) {
    const [drawn, value] = asArray(element) ?? []
    const probability = share(draw, unwrap(drawn ?? null))
    const target = targetOf(value, port)
    if (probability === null || !target) return null
    if (probability > 0) choices.push({ probability, target })
  }
  const sum = choices.reduce((total, { probability }) => total + probability, 0)
  return Math.abs(sum - 1) < 1e-9 ? choices : null
}

/** An address, a range of them, or an address and port in one: `10.0.0.1 . 80`. */
function targetOf(addr: Json | undefined, port: Json | undefined): DnatTarget | null {
  const [address, ownPort] = asArray(asObject(addr)?.concat) ?? [addr]
  const addresses = ends(address, asAddress)
  const ports = ends(ownPort ?? port, asPort)
  if (!addresses || !ports || (addresses[0] === null && ports[0] === null)) return null
  return {
    address: addresses[0] === null ? null : canonicalAddress(addresses[0]),
    addressEnd: addresses[1] === null ? null : canonicalAddress(addresses[1]),
    port: ports[0],
    portEnd: ports[1],
  }
}

function asPort(value: Json): number | null {
  const number = asCount(value)
  return number !== null && number <= MOST_PORT ? number : null
}

const asAddress = (value: Json): string | null => (typeof value === 'string' && parseAddress(value) ? value : null)

/** Both ends of a range, a single value and null, or twice null for nothing; null for anything else. */
function ends<T>(value: Json | undefined, read: (value: Json) => T | null): [T | null, T | null] | null {
  if (value === undefined) return [null, null]
  const single = read(value)
  if (single !== null) return [single, null]
  const [low, high] = (asArray(asObject(value)?.range) ?? []).map(read)
  return low !== undefined && low !== null && high !== undefined && high !== null ? [low, high] : null
}

/** A target as nft prints it: `10.0.0.1-10.0.0.9:1024-2048`, `[fd00::1]:80`. */
function printTarget({ address, addressEnd, port, portEnd }: DnatTarget): string {
  const bracket = (text: string) => (port !== null && text.includes(':') ? `[${text}]` : text)
  const addresses = [address, addressEnd].flatMap((text) => (text === null ? [] : [bracket(text)])).join('-')
  const ports = [port, portEnd].filter((number) => number !== null).join('-')
  return ports === '' ? addresses : `${addresses}:${ports}`
}
