import type { Action } from '../../../model/rules.ts'
import { asArray, asNumber, asObject, entryOf, type Json } from '../objects.ts'

/** A value computed from a mark: (mark & `and`) ^ `xor`, unsigned 32-bit. `of` is null for a constant, whose `and` is 0. */
export interface Masked {
  of: 'packet' | 'connection' | null
  and: number
  xor: number
}

/** Works out an expression of `meta mark` or `ct mark`, constants and bitwise operators; null for any other. */
export function maskedMark(expression: Json): Masked | null {
  const constant = asNumber(expression)
  if (constant !== null) return { of: null, and: 0, xor: constant >>> 0 }
  const [kind, value] = entryOf(expression) ?? []
  const key = asObject(value)?.key
  if (kind === 'meta' && key === 'mark') return { of: 'packet', and: 0xffffffff, xor: 0 }
  if (kind === 'ct' && key === 'mark') return { of: 'connection', and: 0xffffffff, xor: 0 }
  if (kind !== '&' && kind !== '|' && kind !== '^') return null
  if (kind === '^') {
    const [mark, constants] = asArray(value) ?? []
    const [xor, and] = (asArray(asObject(constants)?.['&']) ?? []).map(asNumber)
    // iptables-nft's own translation of --set-xmark, "mark xor 0x1 and 0xfffffffc": nft would have worked the constants out.
    if (xor != null && and != null) return maskedMark({ '^': [{ '&': [mark ?? null, and] }, xor] })
  }
  // nft up to 1.0 prints `a & b & c` as pairs of pairs, later ones as one list.
  const operands = (asArray(value) ?? []).map(maskedMark)
  return operands.length > 1 ? operands.reduce((left, right) => left && right && combine(kind, left, right)) : null
}

function combine(operator: '&' | '|' | '^', left: Masked, right: Masked): Masked | null {
  const [mark, constant] = right.of === null ? [left, right.xor] : [right, left.xor]
  if (left.of !== null && right.of !== null) return null
  if (operator === '&') return masked(mark.of, mark.and & constant, mark.xor & constant)
  if (operator === '|') return masked(mark.of, mark.and & ~constant, (mark.xor & ~constant) | constant)
  return masked(mark.of, mark.and, mark.xor ^ constant)
}

const masked = (of: Masked['of'], and: number, xor: number): Masked => ({ of, and: and >>> 0, xor: xor >>> 0 })

/** `meta mark set …` and `ct mark set …`; null where the value is none that the model can say. */
export function markAction(of: 'packet' | 'connection', value: Json): Action | null {
  const [kind, content] = entryOf(value) ?? []
  if (kind !== '<<' && kind !== '>>') return setMark(of, value, 0)
  const [inner, by] = asArray(content) ?? []
  const bits = asNumber(by)
  return bits === null ? null : setMark(of, inner ?? null, kind === '<<' ? bits : -bits)
}

function setMark(of: 'packet' | 'connection', value: Json, shift: number): Action | null {
  const mark = maskedMark(value)
  if (!mark) return null
  const { and, xor } = mark
  const moved = shift === 0 ? {} : { shift }
  if (mark.of === null || mark.of === of) return { kind: 'mark', of, and, xor, ...moved }
  const direction = of === 'connection' ? 'save' : 'restore'
  // An assignment clears what the value does not hold.
  const into = and === 0xffffffff && shift === 0 ? {} : { into: 0xffffffff }
  const constant = shift < 0 ? xor >>> -shift : (xor << shift) >>> 0
  // nft_ct.c: reading the mark of no entry ends the rule.
  const needs = direction === 'restore' ? { needsEntry: true as const } : {}
  return {
    kind: 'copyMark',
    direction,
    mask: and,
    ...needs,
    ...into,
    ...moved,
    ...(constant === 0 ? {} : { xor: constant }),
  }
}
