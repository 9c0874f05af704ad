import type { Action, Counter, Match, Rule, TableFamily } from '../../model/rules.ts'
import { readComparison } from './meaning/comparisons.ts'
import { familyMatch, impliedMatches } from './meaning/fields.ts'
import { markAction } from './meaning/marks.ts'
import { natAction } from './meaning/nat.ts'
import { verdictOf } from './meaning/verdicts.ts'
import { type Branch, mapAction, readBranches } from './meaning/vmap.ts'
import { asArray, asNumber, asObject, asText, entryOf, type Item, type Json, type JsonObject } from './objects.ts'
import { renderRule, renderStatement } from './render.ts'

/** What a rule's meaning depends on besides the rule. */
export interface Place {
  family: TableFamily
  hasChain: (name: string) => boolean
}

/**
 * What a rule of a listing means. It is one rule but for `ct state vmap { … }` and its like: the model's maps know only
 * fields of the packet, so each element becomes a rule with the same source.
 */
export function rulesOf(item: Item, place: Place): Rule[] {
  const object = asObject(item.object.rule) ?? {}
  const statements = asArray(object.expr) ?? []
  const draft = new Draft(place)
  for (const [i, statement] of statements.entries()) {
    if (draft.take(statement, statements.slice(i + 1))) continue
    // The model tests first and acts then. What acts in between cannot be told, nor what follows it.
    draft.act({ kind: 'unknown', text: statements.slice(i).map(renderStatement).join(' ') })
    break
  }
  const comment = asText(object.comment)
  const source = { line: item.line, text: item.text ?? renderRule(statements, comment) }
  return draft.rules().map((rule) => ({ ...rule, comment, source }))
}

type Meaning = Pick<Rule, 'matches' | 'actions' | 'counter'>

/** A rule whose statements are read one after the other. */
class Draft {
  readonly #place: Place
  readonly #matches: Match[] = []
  readonly #actions: Action[] = []
  #branches: Branch[] | null = null
  #counter: Counter | null = null

  constructor(place: Place) {
    this.#place = place
  }

  rules(): Meaning[] {
    const [matches, actions, counter] = [this.#matches, this.#actions, this.#counter]
    if (!this.#branches) return [{ matches, actions, counter }]
    return this.#branches.map(({ match, verdict }) => {
      return { matches: [...matches, match], actions: [...actions, verdict], counter: null }
    })
  }

  act(action: Action): void {
    this.#actions.push(action)
  }

  /** Reads one statement; false where it cannot be said after what the rule did so far. */
  take(statement: Json, rest: readonly Json[]): boolean {
    if (typeof statement === 'string') return this.#takeText(statement, rest)
    const [kind, value] = entryOf(statement) ?? ['', null]
    const content = asObject(value) ?? {}
    const text = renderStatement(statement)
    switch (kind) {
      case 'match':
        return this.#takeMatch(content)
      case 'limit':
      case 'quota':
      case 'ct count':
        return this.#test([{ kind: 'unknown', text }])
      case 'meter':
      case 'set':
      case 'map':
        return isGated(content.stmt) ? this.#test([{ kind: 'unknown', text }]) : this.#do({ kind: 'none', text })
      case 'xt':
        return this.#takeXt(content, text)
      case 'counter':
        return this.#takeCounter(content, text)
      case 'vmap':
        return this.#takeMap(content, rest, text)
      case 'mangle':
        return this.#do(mangle(content, text))
      case 'dnat':
      case 'snat':
      case 'masquerade':
      case 'redirect':
        return this.#takeNat(kind, content, text)
      case 'reject':
        return this.#do({ kind: 'reject', with: reasonOf(content) })
      case 'notrack':
        return this.#do({ kind: 'notrack' })
      case 'jump':
      case 'goto':
        return this.#do(this.#jump(statement, content, text))
      default:
        return this.#do(WITHOUT_EFFECT.has(kind) ? { kind: 'none', text } : verdictOf(statement))
    }
  }

  /** Text that could not be read: a test where something is done after it, for then it may decide over that. */
  #takeText(text: string, rest: readonly Json[]): boolean {
    return rest.some(acts) ? this.#test([{ kind: 'unknown', text }]) : this.#do({ kind: 'unknown', text })
  }

  #takeMatch({ left, op, right }: JsonObject): boolean {
    const match = readComparison({ left: left ?? null, operator: asText(op) ?? '==', right: right ?? null })
    const standing = [...this.#matches, match]
    const implied = impliedMatches(left ?? null, this.#place.family).filter((one) => !stands(one, standing))
    return this.#test([...implied, match])
  }

  /** What iptables-nft keeps in the form of x_tables: the listing names it, and hides what it holds. */
  #takeXt({ type, name }: JsonObject, text: string): boolean {
    if (type === 'match') {
      if (name === 'comment') return true
      return this.#test([{ kind: name === 'nfacct' ? 'always' : 'unknown', text }])
    }
    if (type === 'watcher' || HARMLESS_TARGETS.has(asText(name) ?? '')) return this.#do({ kind: 'none', text })
    // Whatever their options, these two masquerade and reject.
    if (name === 'MASQUERADE') return this.#do({ kind: 'masquerade' })
    return this.#do(name === 'REJECT' ? { kind: 'reject', with: null } : { kind: 'unknown', text })
  }

  #takeCounter({ packets, bytes }: JsonObject, text: string): boolean {
    const counter = { packets: asNumber(packets), bytes: asNumber(bytes) }
    const first = this.#counter === null && !this.#actions.some(diverts)
    if (!first || counter.packets === null || counter.bytes === null) return this.#do({ kind: 'none', text })
    this.#counter = { packets: counter.packets, bytes: counter.bytes }
    return true
  }

  #takeMap(vmap: JsonObject, rest: readonly Json[], text: string): boolean {
    if (!this.#require(impliedMatches(vmap.key ?? null, this.#place.family))) return false
    const split = !this.#acted && !rest.some(acts) && this.#matches.every(isPure)
    this.#branches = split ? readBranches(vmap) : null
    return this.#branches ? true : this.#do(mapAction(vmap) ?? { kind: 'unknown', text })
  }

  #takeNat(kind: 'dnat' | 'snat' | 'masquerade' | 'redirect', content: JsonObject, text: string): boolean {
    const action = natAction(kind, content)
    // nft_nat.c: in a table of both families, a target of one family leaves packets of the other alone.
    const family = content.family === 'ip' ? 4 : content.family === 'ip6' ? 6 : null
    if (family && this.#place.family === 'inet' && !this.#require([familyMatch(family, false)])) return false
    return this.#do(action ?? { kind: 'unknown', text })
  }

  /** The rules of an anonymous chain, `jump { … }`, are not in nft's JSON. */
  #jump(statement: Json, { target }: JsonObject, text: string): Action {
    const name = asText(target) ?? ''
    const hidden = /^__chain\d+$/.test(name) && !this.#place.hasChain(name)
    return hidden ? { kind: 'unknown', text } : verdictOf(statement)
  }

  /** Adds tests that do not stand in the rule yet. */
  #require(matches: readonly Match[]): boolean {
    return this.#test(matches.filter((match) => !stands(match, this.#matches)))
  }

  #test(matches: readonly Match[]): boolean {
    if (matches.length === 0) return true
    if (this.#acted) return false
    this.#matches.push(...matches)
    // A counter before a test counts other packets than those that the rule acts on.
    if (this.#counter) this.#actions.push({ kind: 'none', text: renderStatement({ counter: { ...this.#counter } }) })
    this.#counter = null
    return true
  }

  #do(action: Action): true {
    this.#actions.push(action)
    return true
  }

  get #acted(): boolean {
    return this.#actions.some((action) => action.kind !== 'none')
  }
}

/** Does a statement do anything beyond counting and logging? */
function acts(statement: Json): boolean {
  const [kind] = entryOf(statement) ?? []
  return kind === undefined || (kind !== 'counter' && !WITHOUT_EFFECT.has(kind))
}

/** Is that test in the rule already? An IPv4 prefix stands for `meta nfproto ipv4` too. */
function stands(match: Match, matches: readonly Match[]): boolean {
  return matches.some((other) => {
    if ('negated' in other && other.negated) return false
    if (match.kind === 'protocol')
      return other.kind === 'protocol' && String(other.protocols) === String(match.protocols)
    if (match.kind !== 'address' || other.kind !== 'address') return false
    return (other.cidrs ?? []).every((cidr) => cidr.family === match.cidrs?.[0]?.family)
  })
}

/** Does a test give the same answer when it is asked again? */
const isPure = (match: Match): boolean => !['random', 'nth', 'recent', 'unknown'].includes(match.kind)

/** Do packets leave the rule there? Then what a later counter counts is not what the rule met. */
const diverts = (action: Action): boolean => !['none', 'mark', 'copyMark', 'notrack'].includes(action.kind)

/** Does a statement hold back part of the packets, as `limit` does within `update @set { … }`? */
function isGated(stmt: Json | undefined): boolean {
  const statements = asArray(stmt) ?? [stmt ?? null]
  return statements.some((one) => ['limit', 'quota', 'ct count'].includes(entryOf(one)?.[0] ?? ''))
}

/** Statements that leave the packet on its way. */
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

/** x_tables targets that leave the packet on its way. */
const HARMLESS_TARGETS = new Set(['LOG', 'NFLOG', 'TRACE', 'AUDIT', 'CHECKSUM', 'TCPMSS', 'CLASSIFY', 'DSCP', 'TOS'])

/** `meta mark set …`, and what else a rule writes into the packet or its metadata. */
function mangle({ key, value }: JsonObject, text: string): Action {
  const [kind, content] = entryOf(key) ?? []
  const name = asText(asObject(content)?.key ?? asObject(content)?.field)
  const of = kind === 'meta' ? 'packet' : kind === 'ct' ? 'connection' : null
  if (of && name === 'mark') return markAction(of, value ?? null) ?? { kind: 'unknown', text }
  return HARMLESS_KEYS.has(`${kind} ${name}`) ? { kind: 'none', text } : { kind: 'unknown', text }
}

/** What may be written without a change to the packet's way: traces, priorities, labels, QoS fields, the MSS. */
const HARMLESS_KEYS = new Set(
  ['meta nftrace', 'meta priority', 'meta secmark', 'ct label', 'ct event', 'ct secmark', 'tcp option size'].concat([
    'payload dscp',
    'payload ecn',
    'payload ttl',
    'payload hoplimit',
  ]),
)

/** `icmp port-unreachable`, `tcp reset`; null where the listing does not tell. */
function reasonOf({ type, expr }: JsonObject): string | null {
  const parts = [type, expr].filter((part) => typeof part === 'string' || typeof part === 'number')
  return parts.length > 0 ? parts.join(' ') : null
}
