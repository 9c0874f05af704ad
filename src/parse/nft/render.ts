import { asArray, asNumber, asObject, entryOf, type Json, type JsonObject } from './objects.ts'
import { renderKey, renderOffset, renderSeed } from './render-key.ts'
import { hexadecimal, isOperator, PRECEDENCE, renderText, type Style, stylesOf } from './styles.ts'
import { list, pairs, plain, words } from './words.ts'

// Statements hold expressions, and an element of a set, which is an expression, holds statements: so both are in one file.

/** A rule as `nft list ruleset` would print it. */
export function renderRule(statements: readonly Json[], comment: string | null): string {
  const parts = statements.map(renderStatement)
  return (comment === null ? parts : [...parts, `comment "${comment}"`]).join(' ')
}

/** A statement as nft prints it; one that it has not, as JSON. */
export function renderStatement(statement: Json): string {
  if (typeof statement === 'string') return statement
  const [kind, value] = entryOf(statement) ?? ['', null]
  const content = asObject(value) ?? {}
  switch (kind) {
    case 'match':
      return renderMatch(content)
    case 'vmap':
    case 'map':
      return content.op === undefined ? renderExpression(statement) : renderUpdate(content, content.map)
    case 'jump':
    case 'goto':
      return `${kind} ${plain(content.target)}`
    case 'mangle':
      return `${renderExpression(content.key ?? null)} set ${renderExpression(content.value ?? null, stylesOf(content.key ?? null))}`
    case 'set':
      return renderUpdate(content, content.set)
    case 'meter':
      return words(
        'meter',
        content.name,
        'size',
        content.size,
        `{ ${renderElement(content.key ?? null)} ${renderStatement(content.stmt ?? null)} }`,
      )
    case 'dnat':
    case 'snat':
    case 'masquerade':
    case 'redirect':
    case 'tproxy':
      return renderNat(kind, content)
    case 'xt':
      return `xt ${plain(content.type)} ${plain(content.name)}`
    case 'flow':
      return `flow ${plain(content.op)} ${plain(content.flowtable)}`
    case 'fwd':
    case 'dup':
      return renderCopy(kind, content)
    case 'reset':
      return `reset ${renderExpression(value)}`
    default:
      return renderSimple(kind, value)
  }
}

function renderMatch({ op, left, right }: JsonObject): string {
  const implicit = op === 'in' || (op === '==' && !isOperator(entryOf(left)?.[0] ?? ''))
  return words(
    renderExpression(left ?? null),
    implicit ? null : op,
    renderExpression(right ?? null, stylesOf(left ?? null)),
  )
}

/** `update @set { KEY timeout 10s limit rate 5/second }`, `add @map { KEY : DATA }`. */
function renderUpdate({ op, elem, data, stmt }: JsonObject, set: Json | undefined): string {
  const statements = (asArray(stmt) ?? []).map(renderStatement)
  const value = data === undefined ? [] : [':', renderExpression(data)]
  return words(op, set, '{', renderElement(elem ?? null), ...statements, ...value, '}')
}

function renderNat(kind: string, { family, addr, port, flags, type_flags }: JsonObject): string {
  const address = addr === undefined ? '' : renderExpression(addr)
  const bracketed =
    port !== undefined && /^[0-9a-f:]+$/.test(address) && address.includes(':') ? `[${address}]` : address
  const target = port === undefined ? bracketed : `${bracketed}:${renderExpression(port)}`
  const to = target === '' ? [] : [list(type_flags), 'to', target]
  // nft does not print that a prefix makes it a netmap.
  return words(kind, family, ...to, list((asArray(flags) ?? [flags]).filter((flag) => flag !== 'netmap')))
}

function renderCopy(kind: string, { family, addr, dev }: JsonObject): string {
  if (kind === 'fwd' && addr === undefined) return words('fwd to', dev === undefined ? null : renderExpression(dev))
  const device = dev === undefined ? [] : ['device', renderExpression(dev)]
  return words(kind, family, 'to', addr === undefined ? null : renderExpression(addr), ...device)
}

/** Statements of plain words and numbers. */
function renderSimple(kind: string, value: Json): string {
  const content = asObject(value) ?? {}
  const object = typeof value === 'string' ? `"${value}"` : content.map === undefined ? null : renderExpression(value)
  if (object !== null) return `${NAMED.get(kind) ?? `${kind} name`} ${object}`
  switch (kind) {
    case 'counter':
      return value === null ? kind : `counter packets ${plain(content.packets)} bytes ${plain(content.bytes)}`
    case 'limit': {
      const { rate, rate_unit, per, burst, burst_unit, inv } = content
      const speed = words('limit rate', inv ? 'over' : null, rate, rate_unit)
      return words(`${speed}/${plain(per)}`, ...(burst === undefined ? [] : ['burst', burst, burst_unit ?? 'packets']))
    }
    case 'quota':
      return words('quota', content.inv ? 'over' : null, content.val, content.val_unit)
    case 'ct count':
      return words('ct count', content.inv ? 'over' : null, content.val)
    case 'log': {
      const { prefix, group, snaplen, level, flags } = content
      const options = { group, snaplen, 'queue-threshold': content['queue-threshold'], level }
      return words(
        'log',
        ...(prefix === undefined ? [] : [`prefix "${plain(prefix)}"`]),
        pairs(options),
        flags && `flags ${list(flags)}`,
      )
    }
    case 'reject':
      return words('reject', ...(content.type === undefined ? [] : ['with', content.type, content.expr]))
    case 'queue':
      return words(
        'queue',
        content.flags && `flags ${list(content.flags)}`,
        ...(content.num === undefined ? [] : ['to', renderExpression(content.num)]),
      )
    case 'synproxy':
      return words(
        'synproxy',
        pairs({ mss: content.mss, wscale: content.wscale }),
        ...(asArray(content.flags) ?? [content.flags]),
      )
    case 'last':
      return content.used === undefined ? kind : `last used ${plain(content.used)}`
    default:
      return value === null && kind !== '' ? kind : JSON.stringify(kind === '' ? value : { [kind]: value })
  }
}

/** References to named objects that nft does not print as `KIND name …`. */
const NAMED = new Map([
  ['ct helper', 'ct helper set'],
  ['ct timeout', 'ct timeout set'],
  ['ct expectation', 'ct expectation set'],
  ['secmark', 'meta secmark set'],
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
    renderHolder(kind, asObject(value) ?? {}, styles) ??
    renderKey(kind, asObject(value) ?? {}) ??
    JSON.stringify(expression)
  )
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
function renderElement(element: Json, styles: readonly Style[] = ['plain']): string {
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

/** What holds expressions of its own by name. */
function renderHolder(kind: string, content: JsonObject, styles: readonly Style[]): string | null {
  switch (kind) {
    case 'prefix':
      return `${renderExpression(content.addr ?? null, styles)}/${asNumber(content.len)}`
    case 'elem':
      return renderElement({ elem: content }, styles)
    case 'map':
    case 'vmap':
      return `${renderExpression(content.key ?? null)} ${kind} ${renderExpression(content.data ?? null, stylesOf(content.key ?? null))}`
    case 'jhash':
      return `jhash ${renderExpression(content.expr ?? null)} mod ${asNumber(content.mod)}${renderSeed(content)}${renderOffset(content)}`
    default:
      return null
  }
}
