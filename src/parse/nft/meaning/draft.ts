import type { Action, Counter, Match, Rule, TableFamily } from '../../../model/rules.ts'
import { asCount, asObject, asText, entryOf, type Json, type JsonObject, setReference } from '../objects.ts'
import { renderStatement } from '../render.ts'
import { readComparison } from './comparisons.ts'
import { hasNoEffect, isGated, isHarmlessTarget, mangle } from './effects.ts'
import { familyMatch, impliedMatches } from './fields.ts'
import { natAction } from './nat.ts'
import { unknownTest } from './unknown.ts'
import { verdictOf } from './verdicts.ts'
import { type Branch, mapAction, readBranches } from './vmap.ts'

/** What a rule's meaning depends on besides the rule. */
export interface Place {
  family: TableFamily
  hasChain: (name: string) => boolean
}

/** A rule without its place in the text. */
type Meaning = Pick<Rule, 'matches' | 'actions' | 'counter'>

/** A rule whose statements are read one after the other. */
export class Draft {
  readonly #place: Place
  readonly #matches: Match[] = []
  readonly #actions: Action[] = []
  #branches: Branch[] | null = null
  #counter: Counter | null = null
  /** Did it do anything beyond counting and logging? */
  #acted = false
  /** May it have sent packets elsewhere? */
  #diverted = false

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
    this.#acted ||= action.kind !== 'none'
    this.#diverted ||= diverts(action)
  }

  /**
   * Reads one statement. `more`: another one follows that does something. False where it cannot be said after what the
   * rule did so far.
   */
  take(statement: Json, more: boolean): boolean {
    if (typeof statement === 'string') return this.#takeText(statement, more)
    const [kind, value] = entryOf(statement) ?? ['', null]
    const content = asObject(value) ?? {}
    if (kind === 'match') return this.#takeMatch(content)
    const text = renderStatement(statement)
    switch (kind) {
      case 'limit':
      case 'quota':
      case 'ct count':
        return this.#test([unknownTest(text)])
      case 'meter':
      case 'set':
      case 'map':
        return isGated(content.stmt)
          ? this.#test([unknownTest(text)])
          : this.#do({ kind: 'none', text, writes: setReference(content.set ?? content.map) ?? '' })
      case 'xt':
        return this.#takeXt(content, text)
      case 'counter':
        return this.#takeCounter(content, text)
      case 'vmap':
        return this.#takeMap(content, more, text)
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
      case 'flow':
        return this.#do({ kind: 'none', text, offloads: true })
      default:
        return this.#do(hasNoEffect(kind) ? { kind: 'none', text } : verdictOf(statement))
    }
  }

  /** Text that could not be read: a test where something is done after it, for then it may decide over that. */
  #takeText(text: string, more: boolean): boolean {
    return more ? this.#test([unknownTest(text)]) : this.#do({ kind: 'unknown', text })
  }

  #takeMatch({ left, op, right }: JsonObject): boolean {
    const match = readComparison({ left: left ?? null, operator: asText(op) ?? '==', right: right ?? null })
    const implied = impliedMatches(left ?? null, this.#place.family)
    return this.#test([...implied.filter((one) => !stands(one, [match]) && !stands(one, this.#matches)), match])
  }

  /** What iptables-nft keeps in the form of x_tables: the listing names it, and hides what it holds. */
  #takeXt({ type, name }: JsonObject, text: string): boolean {
    if (type === 'match') {
      if (name === 'comment') return true
      return this.#test([name === 'nfacct' ? { kind: 'always', text } : unknownTest(text)])
    }
    if (type === 'watcher' || isHarmlessTarget(name)) return this.#do({ kind: 'none', text })
    // Whatever their options, these two masquerade and reject.
    if (name === 'MASQUERADE') return this.#do({ kind: 'masquerade' })
    return this.#do(name === 'REJECT' ? { kind: 'reject', with: null } : { kind: 'unknown', text })
  }

  #takeCounter({ packets, bytes }: JsonObject, text: string): boolean {
    const counter = { packets: asCount(packets), bytes: asCount(bytes) }
    const first = this.#counter === null && !this.#diverted
    if (!first || counter.packets === null || counter.bytes === null) return this.#do({ kind: 'none', text })
    this.#counter = { packets: counter.packets, bytes: counter.bytes }
    return true
  }

  #takeMap(vmap: JsonObject, more: boolean, text: string): boolean {
    if (!this.#require(impliedMatches(vmap.key ?? null, this.#place.family))) return false
    const split = !this.#acted && !more && this.#matches.every(isPure)
    this.#branches = split ? readBranches(vmap) : null
    return this.#branches ? true : this.#do(mapAction(vmap) ?? { kind: 'unknown', text })
  }

  #takeNat(kind: 'dnat' | 'snat' | 'masquerade' | 'redirect', content: JsonObject, text: string): boolean {
    const action = natAction(kind, content)
    // A look-up of the target reads headers as tests do.
    const read = [content.addr, content.port].flatMap((one) => impliedMatches(one ?? null, this.#place.family))
    if (!this.#require(read)) return false
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
    this.act(action)
    return true
  }
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
const diverts = (action: Action): boolean => !['none', 'mark', 'copyMark', 'anyMark', 'notrack'].includes(action.kind)

/** `icmp port-unreachable`, `tcp reset`; null where the listing does not tell. */
function reasonOf({ type, expr }: JsonObject): string | null {
  const parts = [type, expr].filter((part) => typeof part === 'string' || typeof part === 'number')
  return parts.length > 0 ? parts.join(' ') : null
}
