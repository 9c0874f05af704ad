import { asArray, asNumber, asObject, entryOf, type Json } from '../objects.ts'
import { readRange } from './values.ts'

/**
 * A number that the kernel draws, `offset` to `offset + mod - 1`, each as likely as any other: numgen's `random` and
 * `meta random` by chance, numgen's `inc` in turn, jhash and symhash by what they hash.
 */
export interface Draw {
  mod: number
  offset: number
}

/** The draw that an expression makes; null where it makes none. */
export function drawOf(expression: Json): Draw | null {
  const [kind, value] = entryOf(expression) ?? []
  const content = asObject(value)
  if (kind === 'meta') return content?.key === 'random' ? { mod: 2 ** 32, offset: 0 } : null
  if (kind === '&') return maskedDraw(asArray(value) ?? [])
  if (kind !== 'numgen' && kind !== 'jhash' && kind !== 'symhash') return null
  const mod = asNumber(content?.mod) ?? 0
  return mod >= 1 ? { mod, offset: asNumber(content?.offset) ?? 0 } : null
}

/** `meta random & 2147483647`, which iptables' statistic match becomes: a draw from that many and one. */
function maskedDraw([drawn, mask]: readonly Json[]): Draw | null {
  const draw = drawOf(drawn ?? null)
  const mod = (asNumber(mask) ?? 0) + 1
  return draw?.mod === 2 ** 32 && Number.isInteger(Math.log2(mod)) && mod <= draw.mod ? { mod, offset: 0 } : null
}

/** Is it a `numgen inc`, which takes every number in turn? */
export const isRoundRobin = (expression: Json): boolean => asObject(asObject(expression)?.numgen)?.mode === 'inc'

/** How likely the draw is one of the values: numbers, ranges, or an anonymous set of them. Null for any other value. */
export function share(draw: Draw, value: Json): number | null {
  const values = asArray(asObject(value)?.set) ?? [value]
  let covered = 0
  for (const one of values) {
    const range = readRange(one)
    if (!range) return null
    covered += overlap(range, [draw.offset, draw.offset + draw.mod - 1])
  }
  return Math.min(1, covered / draw.mod)
}

/** How likely the draw is on that side of a number: `numgen random mod 10 < 3`. */
export function shareOfComparison(draw: Draw, operator: string, value: number): number | null {
  const below = overlap([draw.offset, value - 1], [draw.offset, draw.offset + draw.mod - 1]) / draw.mod
  const upTo = overlap([draw.offset, value], [draw.offset, draw.offset + draw.mod - 1]) / draw.mod
  if (operator === '<') return below
  if (operator === '<=') return upTo
  if (operator === '>') return 1 - upTo
  return operator === '>=' ? 1 - below : null
}

/** How many whole numbers two inclusive ranges share. */
const overlap = (a: readonly [number, number], b: readonly [number, number]): number =>
  Math.max(0, Math.min(a[1], b[1]) - Math.max(a[0], b[0]) + 1)
