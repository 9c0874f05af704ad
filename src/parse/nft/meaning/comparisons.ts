import type { Family } from '../../../model/address.ts'
import type { Field, Match } from '../../../model/rules.ts'
import { asArray, asNumber, asObject, asText, type Json, setReference } from '../objects.ts'
import { renderExpression, renderStatement } from '../render.ts'
import { drawOf, isRoundRobin, share, shareOfComparison } from './draws.ts'
import { familyMatch, fieldsOf } from './fields.ts'
import { maskedMark } from './marks.ts'
import { ADDRESS_TYPES, protocolName, STATES, STATUSES, TCP_FLAGS } from './names.ts'
import { unknownTest } from './unknown.ts'
import { contentOf, readKeys, readPortRange, readPrefixes, unwrap } from './values.ts'

/** A comparison as `{"match": …}` holds it. */
export interface Comparison {
  left: Json
  /** `==`, `!=`, `<`, `<=`, `>`, `>=`; `in`: one of these bits is set; `!`: none of them is. */
  operator: string
  right: Json
}

/** The test that a comparison makes; unknown where the model has none for it. */
export function readComparison(comparison: Comparison): Match {
  return readLookup(comparison) ?? readSpecial(comparison) ?? readField(comparison) ?? unknownTest(render(comparison))
}

const render = ({ left, operator, right }: Comparison): string =>
  renderStatement({ match: { op: operator, left, right } })

/** Look-ups in named sets, and those of several fields at once. */
function readLookup({ left, operator, right }: Comparison): Match | null {
  const negated = negation(operator)
  if (negated === null) return null
  const set = setReference(right)
  const fields = fieldsOf(left)
  if (set !== null) return { kind: 'set', dialect: 'nft', negated, set, fields }
  if (fields.length < 2) return null
  const contents = fields.map(contentOf)
  return { kind: 'oneOf', negated, fields, elements: alternatives(right).flatMap((one) => readKeys(contents, one)) }
}

/** Tests of anything but a field of the packet that sets know too. */
function readSpecial(comparison: Comparison): Match | null {
  const { left } = comparison
  const ct = asObject(asObject(left)?.ct)
  if (ct) return ct.dir === undefined ? readConntrack(ct.key, comparison) : null
  const fib = asObject(asObject(left)?.fib)
  if (fib) return readFib(asArray(fib.flags) ?? [], fib.result, comparison)
  if (drawOf(left)) return readDraw(comparison)
  const key = asObject(asObject(left)?.meta)?.key
  if (key === 'nfproto' || key === 'protocol') return readFamily(comparison)
  return maskedMark(left) ? readMark(comparison) : readTcpFlags(comparison)
}

/** `ct state` has one bit at a time, `ct status` many. */
function readConntrack(key: Json | undefined, comparison: Comparison): Match | null {
  if (key === 'mark') return readMark(comparison)
  if (key === 'direction') return readDirection(comparison)
  const { operator } = comparison
  const exact = operator === '==' || operator === '!='
  if ((key !== 'state' && key !== 'status') || (key === 'status' && exact)) return null
  const negated = operator === '!' || operator === '!='
  if (!negated && !exact && operator !== 'in') return null
  const states = alternatives(comparison.right).map((one) => wordOf(one, key === 'state' ? STATES : STATUSES))
  if (!states.every((state) => state !== null)) return null
  // nft_ct.c: without an entry there is a state, and nothing else.
  return { kind: 'conntrack', negated, states, ...(key === 'status' ? { ofEntry: true } : {}) }
}

/** The first packet goes in the direction that conntrack calls original. */
function readDirection({ operator, right }: Comparison): Match | null {
  const negated = negation(operator)
  const reply = right === 'reply' || right === 1
  if (negated === null || !(reply || right === 'original' || right === 0)) return null
  const of: Match = { kind: 'always', text: 'ct direction' }
  return { kind: 'connection', direction: 'original', negated: negated !== reply, of, besideState: false }
}

/** `fib daddr type local`. With `. iif` or the like it asks for more than the address. */
function readFib(flags: readonly Json[], result: Json | undefined, { operator, right }: Comparison): Match | null {
  const [flag] = flags
  const negated = negation(operator)
  if (result !== 'type' || flags.length !== 1 || (flag !== 'saddr' && flag !== 'daddr') || negated === null) return null
  const types = alternatives(right).map((one) => wordOf(one, ADDRESS_TYPES))
  if (!types.every((type) => type !== null)) return null
  return { kind: 'addressType', side: flag === 'saddr' ? 'source' : 'destination', negated, types }
}

/** A word in upper case, or the word that a number stands for; null where it is none of the known ones. */
function wordOf(value: Json, words: Record<number, string>): string | null {
  const word = typeof value === 'number' ? words[value] : asText(value)?.toUpperCase()
  return word !== undefined && Object.values(words).includes(word) ? word : null
}

function readDraw({ left, operator, right }: Comparison): Match | null {
  const draw = drawOf(left)!
  const negated = negation(operator)
  const bound = asNumber(right)
  if (negated === null) {
    const probability = bound === null ? null : shareOfComparison(draw, operator, bound)
    return probability === null ? null : { kind: 'random', negated: false, probability }
  }
  const probability = share(draw, right)
  if (probability === null) return null
  if (isRoundRobin(left) && probability === 1 / draw.mod) return { kind: 'nth', negated, every: draw.mod }
  return { kind: 'random', negated, probability }
}

/** `meta nfproto` and `meta protocol`: a packet of another protocol than IP never comes by. */
function readFamily(comparison: Comparison): Match | null {
  const { operator, right } = comparison
  const negated = negation(operator)
  const families = new Set(alternatives(right).map((one) => FAMILIES.get(one)))
  if (negated === null || families.has(undefined)) return null
  const [family, ...others] = families
  if (family === undefined) return null
  if (others.length === 0) return familyMatch(family, negated)
  return negated ? null : { kind: 'always', text: render(comparison) }
}

/** The numbers are those of NFPROTO_* and of ethertypes. */
const FAMILIES = new Map<Json, Family>([
  ['ipv4', 4],
  [2, 4],
  ['ip', 4],
  [0x0800, 4],
  ['ipv6', 6],
  [10, 6],
  ['ip6', 6],
  [0x86dd, 6],
])

function readMark({ left, operator, right }: Comparison): Match | null {
  const mark = maskedMark(left)
  const negated = negation(operator)
  if (!mark?.of || negated === null) return null
  const value = asNumber(right)
  if (value !== null) return { kind: 'mark', of: mark.of, negated, value: (value ^ mark.xor) >>> 0, mask: mark.and }
  if (mark.of !== 'packet' || mark.and !== 0xffffffff || mark.xor !== 0) return null
  return {
    kind: 'oneOf',
    negated,
    fields: [{ kind: 'mark' }],
    elements: alternatives(right).flatMap((one) => readKeys(['mark'], one)),
  }
}

/** `tcp flags syn`, `tcp flags ! syn`, `tcp flags & (fin | syn) == syn`. */
function readTcpFlags({ left, operator, right }: Comparison): Match | null {
  const [field, mask] = asArray(asObject(left)?.['&']) ?? [left, 0xff]
  const payload = asObject(asObject(field)?.payload)
  if (payload?.protocol !== 'tcp' || payload.field !== 'flags') return null
  const masked = tcpFlags(mask ?? null)
  const set = tcpFlags(right)
  if (masked === null || set === null) return null
  const negated = negation(operator)
  if (negated !== null) return { kind: 'tcpFlags', negated, mask: masked, set }
  if (operator === '!') return { kind: 'tcpFlags', negated: false, mask: masked & set, set: 0 }
  // One of several flags is a choice that mask and set cannot say.
  const single = Number.isInteger(Math.log2(set))
  return operator === 'in' && single ? { kind: 'tcpFlags', negated: false, mask: masked & set, set } : null
}

/** Flags by name, `["syn", "ack"]` or `{"|": ["syn", "ack"]}`, as bits. */
function tcpFlags(value: Json): number | null {
  if (typeof value === 'number') return value
  if (typeof value === 'string') return TCP_FLAGS.get(value) ?? null
  const flags = (asArray(value) ?? asArray(asObject(value)?.['|']))?.map(tcpFlags)
  return flags?.reduce((all, flag) => (all === null || flag === null ? null : all | flag), 0) ?? null
}

/** Tests of one field of the packet. */
function readField({ left, operator, right }: Comparison): Match | null {
  const [field] = fieldsOf(left)
  if (field?.kind !== 'connection') return field ? readValue(field, operator, right) : null
  const of = readValue(field.field, operator, right)
  if (!of || !('negated' in of)) return null
  const { direction } = field
  return { kind: 'connection', direction, negated: of.negated, of: { ...of, negated: false }, besideState: false }
}

function readValue(field: Field, operator: string, right: Json): Match | null {
  const negated = negation(operator)
  if (field?.kind === 'port') return readPorts(field, operator, right)
  if (negated === null) return null
  const values = alternatives(right)
  if (field.kind === 'address') {
    const cidrs = values.map(readPrefixes)
    if (!cidrs.every((some) => some !== null)) return null
    return { kind: 'address', side: field.side, negated, cidrs: cidrs.flat(), text: renderExpression(right) }
  }
  if (field.kind === 'protocol') {
    const protocols = values.map((one) =>
      typeof one === 'string' || typeof one === 'number' ? protocolName(one) : null,
    )
    return protocols.every((name) => name !== null) ? { kind: 'protocol', negated, protocols } : null
  }
  if (field.kind !== 'interface') return null
  const [pattern, ...others] = values.map(asText)
  if (pattern && others.length === 0) return { kind: 'interface', side: field.side, negated, pattern }
  return { kind: 'oneOf', negated, fields: [field], elements: values.flatMap((one) => readKeys(['interface'], one)) }
}

function readPorts(field: Extract<Field, { kind: 'port' }>, operator: string, right: Json): Match | null {
  const negated = negation(operator)
  const bound = asNumber(right)
  const ranges =
    negated === null ? [bound === null ? null : portsBeyond(operator, bound)] : alternatives(right).map(readPortRange)
  if (!ranges.every((range) => range !== null)) return null
  return { kind: 'port', side: field.side, negated: negated ?? false, ranges }
}

function portsBeyond(operator: string, bound: number): [number, number] | null {
  if (operator === '<') return [0, bound - 1]
  if (operator === '<=') return [0, bound]
  if (operator === '>') return [bound + 1, 65535]
  return operator === '>=' ? [bound, 65535] : null
}

/** False for `==`, true for `!=`, null for other operators. */
const negation = (operator: string): boolean | null => (operator === '==' ? false : operator === '!=' ? true : null)

/** The values of an anonymous set or a list; a single value as the only one. */
function alternatives(right: Json): Json[] {
  const values = asArray(asObject(right)?.set) ?? asArray(right) ?? [right]
  return values.map(unwrap)
}
