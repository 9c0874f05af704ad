import type { Action } from '../../../model/rules.ts'
import { asArray, asObject, asText, entryOf, type Json, type JsonObject } from '../objects.ts'
import { markAction } from './marks.ts'

/** Does a statement do anything beyond counting and logging? */
export function acts(statement: Json): boolean {
  const [kind] = entryOf(statement) ?? []
  return kind === undefined || (kind !== 'counter' && !WITHOUT_EFFECT.has(kind))
}

/** Does a statement hold back part of the packets, as `limit` does within `update @set { … }`? */
export function isGated(stmt: Json | undefined): boolean {
  const statements = asArray(stmt) ?? [stmt ?? null]
  return statements.some((one) => ['limit', 'quota', 'ct count'].includes(entryOf(one)?.[0] ?? ''))
}

/** Does that kind of statement leave the packet on its way? */
export const hasNoEffect = (kind: string): boolean => WITHOUT_EFFECT.has(kind)

const WITHOUT_EFFECT = new Set([
  'log',
  'last',
  'flow',
  'dup',
  'ct helper',
  'ct timeout',
  'ct expectation',
  'secmark',
  'reset',
])

/** Does that x_tables target leave the packet on its way? */
export const isHarmlessTarget = (name: Json | undefined): boolean => HARMLESS_TARGETS.has(asText(name) ?? '')

const HARMLESS_TARGETS = new Set(['LOG', 'NFLOG', 'TRACE', 'AUDIT', 'CHECKSUM', 'TCPMSS', 'CLASSIFY', 'DSCP', 'TOS'])

/** `meta mark set …`, and what else a rule writes into the packet or its metadata. */
export function mangle({ key, value }: JsonObject, text: string): Action {
  const [kind, content] = entryOf(key) ?? []
  const name = asText(asObject(content)?.key ?? asObject(content)?.field)
  const of = kind === 'meta' ? 'packet' : kind === 'ct' ? 'connection' : null
  if (of && name === 'mark') return markAction(of, value ?? null) ?? unknownMark(of, value ?? null, text)
  return HARMLESS_KEYS.has(`${kind} ${name}`) ? { kind: 'none', text } : { kind: 'unknown', text }
}

/** A value that is drawn or read elsewhere may be any; one that is looked up may not be there, and then the rule ends. */
function unknownMark(of: 'packet' | 'connection', value: Json, text: string): Action {
  const [kind] = entryOf(value) ?? []
  const drawn = kind === 'numgen' || kind === 'jhash' || kind === 'symhash'
  return drawn ? { kind: 'anyMark', of, bits: 0xffffffff, text } : { kind: 'unknown', text }
}

/** What may be written without a change to the packet's way: traces, priorities, labels, QoS fields, the MSS. */
const HARMLESS_KEYS = new Set([
  'meta nftrace',
  'meta priority',
  'meta secmark',
  'ct label',
  'ct zone',
  'ct event',
  'ct secmark',
  'tcp option size',
  'payload dscp',
  'payload ecn',
  'payload ttl',
  'payload hoplimit',
])
