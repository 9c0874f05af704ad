/** The model's matches and actions, short to write. */
import type { Action, Match } from '../../../src/model/rules.ts'

export const accept: Action = { kind: 'accept' }
export const protocol = (...protocols: string[]): Match => ({ kind: 'protocol', negated: false, protocols })
export const dport = (...ranges: [number, number][]): Match => ({
  kind: 'port',
  side: 'destination',
  negated: false,
  ranges,
})
export const unknown = (text: string): Match => ({ kind: 'unknown', text })
export const states = (...words: string[]): Match => ({ kind: 'conntrack', negated: false, states: words })
export const mark = (value: number, mask = 0xffffffff): Match => ({
  kind: 'mark',
  of: 'packet',
  negated: false,
  value,
  mask,
})
export const random = (probability: number): Match => ({ kind: 'random', negated: false, probability })
export const addressType = (...types: string[]): Match => ({
  kind: 'addressType',
  side: 'destination',
  negated: false,
  types,
})
export const iifname = (pattern: string): Match => ({ kind: 'interface', side: 'in', negated: false, pattern })
export const flags = (mask: number, set: number): Match => ({ kind: 'tcpFlags', negated: false, mask, set })
export const only = (family: 4 | 6): Match => {
  const text = `meta nfproto ipv${family}`
  return { kind: 'address', side: 'source', negated: false, cidrs: [{ family, base: 0n, bits: 0 }], text }
}
