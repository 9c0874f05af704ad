import { asArray, asNumber, asObject, asText, entryOf, type Json, type JsonObject } from './objects.ts'
import { renderStatement } from './render.ts'

/** How nft writes values of an expression: names of interfaces in quotes, marks in hexadecimal. */
type Style = 'plain' | 'interface' | 'mark'

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

const PRECEDENCE = new Map([
  ['|', 1],
  ['^', 2],
  ['&', 3],
  ['<<', 4],
  ['>>', 4],
])

/** An expression or a value as nft prints it; one that it has not, as JSON. */
export function renderExpression(expression: Json, styles: readonly Style[] = ['plain']): string {
  if (typeof expression === 'string') return renderText(expression, styles[0]!)
  if (typeof expression === 'number') return styles[0] === 'mark' ? hexadecimal(expression) : String(expression)
  if (typeof expression === 'boolean') return expression ? 'exists' : 'missing'
  const parts = asArray(expression)
  if (parts) return parts.map((part) => renderExpression(part, styles)).join(',')
  const [kind, value] = entryOf(expression) ?? ['', null]
  return (
    renderCompound(kind, asArray(value) ?? [], styles) ??
    renderKey(kind, asObject(value) ?? {}, styles) ??
    JSON.stringify(expression)
  )
}

const hexadecimal = (value: number): string => `0x${value.toString(16).padStart(8, '0')}`

function renderText(text: string, style: Style): string {
  const bare = style === 'interface' ? text.startsWith('@') : /^[^\s{}();,"=<>!&|^#]+$/.test(text)
  return bare ? text : `"${text}"`
}

/** What holds a list of parts. */
function renderCompound(kind: string, parts: readonly Json[], styles: readonly Style[]): string | null {
  if (isOperator(kind)) {
    const own = stylesOf(parts[0] ?? null)
    const operands = parts.map((part, i) => renderOperand(part, kind, i === 0, own))
    return operands.join(` ${kind} `)
  }
  switch (kind) {
    case 'concat':
      return parts.map((part, i) => renderExpression(part, [styles[i] ?? 'plain'])).join(' . ')
    case 'range':
      return parts.map((part) => renderExpression(part, styles)).join('-')
    case 'set':
      return parts.length === 0 ? '{ }' : `{ ${parts.map((part) => renderPair(part, styles)).join(', ')} }`
    default:
      return null
  }
}

/** An operand in brackets where nft's precedence would otherwise take it apart. */
function renderOperand(operand: Json, operator: string, first: boolean, styles: readonly Style[]): string {
  const inner = PRECEDENCE.get(entryOf(operand)?.[0] ?? '')
  const outer = PRECEDENCE.get(operator)!
  const text = renderExpression(operand, inner === undefined ? styles : stylesOf(operand))
  return inner !== undefined && (inner < outer || (inner === outer && !first)) ? `(${text})` : text
}

/** An element of an anonymous set or map. */
function renderPair(element: Json, styles: readonly Style[]): string {
  const [key, value, ...others] = asArray(element) ?? []
  if (key === undefined || value === undefined || others.length > 0) return renderElement(element, styles)
  return `${renderElement(key, styles)} : ${VERDICTS.has(entryOf(value)?.[0] ?? '') ? renderStatement(value) : renderExpression(value)}`
}

const VERDICTS = new Set(['accept', 'drop', 'return', 'continue', 'jump', 'goto', 'queue'])

/** A set's element with what belongs to it. */
export function renderElement(element: Json, styles: readonly Style[] = ['plain']): string {
  const wrapper = asObject(asObject(element)?.elem)
  if (!wrapper) return renderExpression(element, styles)
  const { val, timeout, expires, comment, ...statements } = wrapper
  const parts = [renderExpression(val ?? null, styles)]
  for (const [kind, value] of Object.entries(statements)) parts.push(renderStatement({ [kind]: value }))
  if (timeout !== undefined) parts.push(`timeout ${renderTime(timeout)}`)
  if (expires !== undefined) parts.push(`expires ${renderTime(expires)}`)
  if (typeof comment === 'string') parts.push(`comment "${comment}"`)
  return parts.join(' ')
}

const renderTime = (seconds: Json): string => (typeof seconds === 'number' ? `${seconds}s` : String(seconds))

/** What reads something: a header's field, metadata, conntrack, a route, a random number. */
function renderKey(kind: string, content: JsonObject, styles: readonly Style[]): string | null {
  const key = asText(content.key) ?? ''
  switch (kind) {
    case 'meta':
      return UNQUALIFIED.test(key) ? key : `meta ${key}`
    case 'ct':
      return content.dir === undefined ? `ct ${key}` : `ct ${asText(content.dir)} ${key}`
    case 'payload':
      return renderPayload(content)
    case 'prefix':
      return `${renderExpression(content.addr ?? null, styles)}/${asNumber(content.len)}`
    case 'elem':
      return renderElement({ elem: content }, styles)
    case 'map':
    case 'vmap':
      return `${renderExpression(content.key ?? null)} ${kind} ${renderExpression(content.data ?? null, stylesOf(content.key ?? null))}`
    case 'fib':
      return `fib ${(asArray(content.flags) ?? []).join(' . ')} ${asText(content.result)}`
    case 'numgen':
      return `numgen ${asText(content.mode)} mod ${asNumber(content.mod)}${renderOffset(content)}`
    case 'jhash':
      return `jhash ${renderExpression(content.expr ?? null)} mod ${asNumber(content.mod)}${renderSeed(content)}${renderOffset(content)}`
    case 'symhash':
      return `symhash mod ${asNumber(content.mod)}${renderOffset(content)}`
    case 'exthdr':
      return content.field === undefined
        ? `exthdr ${asText(content.name)}`
        : `${asText(content.name)} ${asText(content.field)}`
    case 'tcp option':
    case 'ip option':
    case 'sctp chunk':
      return `${kind} ${asText(content.name)}${content.field === undefined ? '' : ` ${asText(content.field)}`}`
    case 'rt':
    case 'socket':
    case 'osf':
    case 'ipsec':
      return renderOther(kind, content)
    default:
      return null
  }
}

/** Keys that nft prints without `meta` before them: meta.c, meta_key_is_unqualified. */
const UNQUALIFIED = /^(iif|oif|iifname|oifname|iifgroup|oifgroup)$/

function renderPayload({ tunnel, protocol, field, base, offset, len }: JsonObject): string {
  if (protocol === undefined) return `@${asText(base)},${asNumber(offset)},${asNumber(len)}`
  return `${tunnel === undefined ? '' : `${asText(tunnel)} `}${asText(protocol)} ${asText(field)}`
}

/** `rt ip nexthop`, `osf ttl loose name`, `ipsec in spnum 1 ip saddr` */
function renderOther(kind: string, { ttl, dir, spnum, family, key }: JsonObject): string {
  const parts = [
    ttl === undefined ? null : `ttl ${asText(ttl)}`,
    dir,
    spnum ? `spnum ${asNumber(spnum)}` : null,
    family,
    key,
  ]
  return [kind, ...parts.filter((part) => typeof part === 'string')].join(' ')
}

const renderOffset = ({ offset }: JsonObject): string =>
  offset === undefined || offset === 0 ? '' : ` offset ${asNumber(offset)}`

const renderSeed = ({ seed }: JsonObject): string => (typeof seed === 'number' ? ` seed 0x${seed.toString(16)}` : '')
