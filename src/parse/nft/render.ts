import { asArray, asObject, entryOf, type Json, type JsonObject } from './objects.ts'
import { isOperator, renderElement, renderExpression, stylesOf } from './render-expression.ts'

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

/** Words that are there, with a space between them. */
function words(...parts: (Json | undefined)[]): string {
  return parts
    .filter((part) => part !== undefined && part !== null && part !== '')
    .map(plain)
    .join(' ')
}

const pairs = (options: Record<string, Json | undefined>): string =>
  words(...Object.entries(options).flatMap(([name, value]) => (value === undefined ? [] : [name, value])))

const list = (flags: Json | undefined | readonly (Json | undefined)[]): string =>
  [flags]
    .flat()
    .filter((flag) => flag !== undefined)
    .map(plain)
    .join(',')

const plain = (value: Json | undefined): string => (typeof value === 'string' ? value : JSON.stringify(value ?? null))
