import { asArray, asObject, asText, entryOf, type Json } from './objects.ts'

/** How nft writes values of an expression: names of interfaces in quotes, marks in hexadecimal. */
export type Style = 'plain' | 'interface' | 'mark'

/** The styles of the parts of an expression; one for all but concatenations. */
export function stylesOf(expression: Json): Style[] {
  const [kind, value] = entryOf(expression) ?? []
  if (kind === 'concat') return (asArray(value) ?? []).flatMap(stylesOf)
  if (kind !== undefined && isOperator(kind)) return stylesOf(asArray(value)?.[0] ?? null)
  const key = asText(asObject(value)?.key)
  if ((kind === 'meta' || kind === 'ct') && key === 'mark') return ['mark']
  return [kind === 'meta' && key !== null && /^[io]if$|name$/.test(key) ? 'interface' : 'plain']
}

/** True for `&`, `|`, `^`, `<<`, `>>`. */
export const isOperator = (kind: string): boolean => PRECEDENCE.has(kind)

/** How tightly an operator binds. */
export const PRECEDENCE = new Map([
  ['|', 1],
  ['^', 2],
  ['&', 3],
  ['<<', 4],
  ['>>', 4],
])

/** A number as nft writes marks. */
export const hexadecimal = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`

/** A text, in quotes where it must be. */
export function renderText(text: string, style: Style): string {
  const bare = style === 'interface' ? text.startsWith('@') : /^[^\s{}();,"=<>!&|^#]+$/.test(text)
  return bare ? text : `"${text}"`
}
