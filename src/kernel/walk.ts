import type { Action, Chain, NamedSet, Rule } from '../model/rules.ts'
import { Account } from './account.ts'
import type { Place } from './evaluate.ts'
import {
  add,
  changeMark,
  type Ending,
  EPSILON,
  type Flow,
  follow,
  going,
  type Passage,
  type RulePassage,
  rejoin,
  type Step,
  unite,
} from './flow.ts'
import { keyMatch, lookupMap, rulesFor } from './lookup.ts'
import { applyMark, type Packet } from './packet.ts'
import { answerOf, type Judgement, judge, packetOf, suppose } from './rule-matches.ts'
import { forget } from './suppositions.ts'

/**
 * Walks one flow of a packet through a chain and all that it leads to, as the kernel would. Tests that cannot be told
 * split the flow in two, each with its condition; where both sides come out alike, they are one again. A rule set made
 * to explode (jumps that double at every level) ends as unknown once its steps are used up: rules and tests that were
 * tried, and whatever else takes time or room with each branch.
 */
export function walkChain(place: Place, chain: Chain, packet: Packet, flow: Flow): Passage {
  const walker = new Walker(place, packet)
  // Chains that call chains wait on a list: rules may nest deeper than functions can.
  const waiting = [walker.chain(chain, flow, [chain.name])]
  let passage: Passage = { returned: [], ended: [] }
  while (waiting.length > 0) {
    const { done, value } = waiting.at(-1)!.next(passage)
    if (!done) waiting.push(value)
    else {
      passage = value
      waiting.pop()
    }
  }
  return passage
}

/** Why a packet that is not in a map may be in it all the same. */
function doubtOf({ name, dynamic, partial }: NamedSet): string | null {
  if (dynamic) return `rules change the map ${name}`
  return partial ? `only parts of the map ${name} are in the text` : null
}

/** A walk that hands out walks through other chains, and is handed what came of them. */
interface ChainWalk extends Generator<ChainWalk, Passage, Passage> {}
type RuleWalk = Generator<ChainWalk, RulePassage, Passage>

/** Actions that lead through other rules. All others are done at once. */
type Call = Extract<Action, { kind: 'jump' | 'goto' | 'verdictMap' | 'randomVerdict' }>

const isCall = (action: Action): action is Call => CALLS.has(action.kind)

const CALLS: ReadonlySet<Action['kind']> = new Set(['jump', 'goto', 'verdictMap', 'randomVerdict'])

/** A rule takes as long as four of anything else that is counted. */
const RULE = 4
const MOST_FLOWS = 64
const MOST_CONDITIONS = 500
/** Deeper than any rule set in use; the kernel's own limit is the number of chains (legacy) or 16 (nf_tables.h). */
const MOST_DEPTH = 1500

class Walker {
  private readonly place: Place
  private readonly packet: Packet
  private readonly account: Account

  constructor(place: Place, packet: Packet) {
    this.place = place
    this.packet = packet
    this.account = new Account(place.steps)
  }

  private unite(flows: Flow[]): Flow[] {
    return this.place.apart ? flows : unite(flows)
  }

  private rejoin(flow: Flow, parts: readonly Flow[]): Flow | null {
    return this.place.apart ? null : rejoin(flow, parts)
  }

  *chain(chain: Chain, flow: Flow, chains: readonly string[]): ChainWalk {
    const all = going(flow)
    for (const rule of rulesFor(chain, this.packet)) {
      const before = all.staying
      all.staying = []
      for (const one of before) {
        const judgement = this.account.spent(RULE) ? null : judge(rule, one, this.packet, this.place)
        if (judgement === null) add(all, this.account.lose(one, chains, TOO_MANY_STEPS))
        else if (judgement.answer === false) all.staying.push(one)
        else add(all, yield* this.rule(chain, rule, judgement, one, chains))
      }
      all.staying = this.unite(all.staying)
      if (all.staying.length > MOST_FLOWS) {
        for (const one of all.staying) all.ended.push(this.account.lost(one, chains, TOO_MANY_BRANCHES))
        all.staying = []
      }
      if (all.staying.length === 0) break
    }
    const returned = this.unite(all.returned.length === 0 ? all.staying : [...all.returned, ...all.staying])
    const one = all.ended.length === 0 ? this.rejoin(flow, returned) : null
    return { returned: one ? [one] : returned, ended: all.ended }
  }

  /** One rule for one flow that it is or may be for: what goes on to the next rule, what leaves the chain by `return`, what ended. */
  private *rule(chain: Chain, rule: Rule, judgement: Judgement, flow: Flow, chains: readonly string[]): RuleWalk {
    const { answer, chance, doubtful } = judgement
    const reason = typeof answer === 'boolean' ? null : answer.maybe
    if (reason !== null && flow.conditions.length >= MOST_CONDITIONS)
      return this.account.lose(flow, chains, TOO_MANY_BRANCHES)
    // Each side of a doubt gets a list of conditions of its own.
    if (reason !== null) this.account.spent(flow.conditions.length)
    const step: Step = { origin: this.place.origin, chain: chain.name, rule, maybe: reason }
    const { yes, no } = reason === null ? { yes: flow, no: null } : suppose(flow, this.packet, reason, doubtful)
    const taken = { ...yes, probability: flow.probability * chance, trail: follow(flow.trail, step) }
    const atOnce = this.onlyAction(rule.actions, taken, chains)
    const { staying, returned, ended } = atOnce ?? (yield* this.actions(rule.actions, taken, chains))
    const probability = flow.probability * (1 - chance)
    const onward = probability > EPSILON ? this.unite([...staying, { ...yes, probability }]) : staying
    if (no === null) return { staying: onward, returned, ended }
    const one = returned.length + ended.length === 0 ? this.rejoin(flow, [...onward, no]) : null
    return { staying: one ? [one] : [...onward, no], returned, ended }
  }

  /** Does what a rule of one action says, as most are; null where that leads through other rules, or there are more. */
  private onlyAction([only, ...more]: readonly Action[], flow: Flow, chains: readonly string[]): RulePassage | null {
    if (!only || more.length > 0 || isCall(only) || this.breaks(only, flow)) return null
    return this.action(only, flow, chains)
  }

  /** Does what a matching rule says, one action after the other. */
  private *actions(actions: readonly Action[], flow: Flow, chains: readonly string[]): RuleWalk {
    const all = going(flow)
    const given: Flow[] = []
    for (const action of actions) {
      const before = all.staying
      all.staying = []
      for (const one of before) {
        if (this.breaks(action, one)) given.push(one)
        else if (isCall(action)) add(all, yield* this.call(action, one, chains))
        else add(all, this.action(action, one, chains))
      }
    }
    for (const one of given) all.staying.push(one)
    return all
  }

  /** Does a rule go no further, since the entry that it reads is not there? */
  private breaks(action: Action, { untracked }: Flow): boolean {
    return action.kind === 'copyMark' && action.needsEntry === true && (this.place.beforeConntrack || untracked)
  }

  /** What leads through other rules. */
  private *call(action: Call, flow: Flow, chains: readonly string[]): RuleWalk {
    switch (action.kind) {
      case 'jump':
      case 'goto':
        return yield* this.jump(action.kind, action.chain, flow, chains)
      case 'verdictMap':
        return yield* this.verdictMap(action, flow, chains)
      case 'randomVerdict':
        return yield* this.randomVerdict(action, flow, chains)
    }
  }

  /** A verdict of a map, or one that was drawn. */
  private *verdict(action: Action, flow: Flow, chains: readonly string[]): RuleWalk {
    return isCall(action) ? yield* this.call(action, flow, chains) : this.action(action, flow, chains)
  }

  private end(flow: Flow, verdict: Ending['verdict'], chains: readonly string[]): RulePassage {
    return { staying: [], returned: [], ended: [this.account.ending(flow, verdict, chains)] }
  }

  private action(action: Exclude<Action, Call>, flow: Flow, chains: readonly string[]): RulePassage {
    const untracked = this.place.beforeConntrack || flow.untracked
    switch (action.kind) {
      case 'none':
        return going(action.writes !== undefined ? { ...flow, supposed: forget(flow.supposed, 'sets') } : flow)
      case 'accept':
      case 'drop':
      case 'masquerade':
        return this.end(flow, { kind: action.kind }, chains)
      case 'reject':
        return this.end(flow, { kind: 'reject', with: action.with }, chains)
      case 'snat':
        return this.end(flow, { kind: 'snat', to: action.to }, chains)
      case 'redirect':
        return this.end(flow, { kind: 'redirect', port: action.port, portEnd: action.portEnd ?? null }, chains)
      case 'unknown':
        // Where an endpoint's chain leads is told by its name, too.
        if (action.translates && this.place.names.isEndpoint(chains.at(-1)!))
          return this.end(flow, { kind: 'endpointChain', chain: chains.at(-1)! }, chains)
        return this.end(flow, { kind: 'unknown', reason: `${action.text} is not understood` }, chains)
      case 'return':
        return { staying: [], returned: [flow], ended: [] }
      case 'mark':
      case 'anyMark':
        return going(action.of === 'connection' && untracked ? flow : changeMark(action, flow))
      case 'copyMark':
        return going(untracked ? flow : changeMark(action, flow))
      case 'notrack':
        // Both xt_CT and nft_ct leave alone what is tracked already.
        return going({ ...flow, untracked })
      case 'dnat': {
        const ended = action.choices.map(({ probability, target }): Ending => {
          const share = { ...flow, probability: flow.probability * probability }
          return this.account.ending(share, { kind: 'dnat', target }, chains)
        })
        return { staying: [], returned: [], ended }
      }
    }
  }

  /** A jump comes back to the next rule; a goto comes back to the chain that called this one. */
  private *jump(kind: 'jump' | 'goto', name: string, flow: Flow, chains: readonly string[]): RuleWalk {
    const chain = this.place.table.chains.get(name)
    if (!chain || (chain.rules.length === 0 && this.mayLackRules(chain))) return this.absent(name, flow, chains)
    if (chains.includes(name))
      return this.account.lose(flow, chains, `a loop of jumps: ${[...chains, name].join(' → ')}`)
    if (chains.length > MOST_DEPTH) return this.account.lose(flow, chains, `jumps nest deeper than ${MOST_DEPTH}`)
    const { returned, ended } = yield this.chain(chain, flow, [...chains, name])
    this.account.spent(chains.length + returned.length + ended.length)
    return kind === 'jump' ? { staying: returned, returned: [], ended } : { staying: [], returned, ended }
  }

  /**
   * A chain without rules is empty where its heading stands in a text that leaves nothing out. Where only a jump names it, its rules are elsewhere; so are
   * those of a chain that is known to set a mark.
   */
  private mayLackRules({ name, declared }: Chain): boolean {
    const { whole, gaps } = this.place.table
    if (whole) return false
    const leftOut = (gaps ?? []).some(({ kind }) => kind === 'elided' || kind === 'cutOff')
    return !declared || leftOut || this.place.names.markOf(name) !== null
  }

  /** A chain that is not in the text. Some are known by name; any other may do anything. */
  private absent(name: string, flow: Flow, chains: readonly string[]): RulePassage {
    const known = this.place.names.markOf(name)
    if (known) {
      const { mark, by } = known
      this.place.assumptions.add(
        `${name}, which is not in the text, sets the mark 0x${mark.toString(16)} as ${by} has it`,
      )
      return going({ ...flow, mark: applyMark(flow.mark, ~mark >>> 0, mark) })
    }
    if (this.place.names.isEndpoint(name)) {
      const ending = this.account.ending(flow, { kind: 'endpointChain', chain: name }, [...chains, name])
      return { staying: [], returned: [], ended: [ending] }
    }
    return this.account.lose(flow, chains, `the chain ${name} is not in the text`)
  }

  private *verdictMap(
    action: Extract<Action, { kind: 'verdictMap' }>,
    flow: Flow,
    chains: readonly string[],
  ): RuleWalk {
    const map = typeof action.map === 'string' ? this.place.table.sets.get(action.map) : action.map
    if (!map || ('verdicts' in map && map.verdicts === null))
      return this.account.lose(flow, chains, `the map ${action.map} is not in the text`)
    const found = lookupMap(map, action.fields, packetOf(this.packet, flow), this.place.steps)
    if (this.account.spent(found.length)) return this.account.lose(flow, chains, TOO_MANY_STEPS)
    const all: RulePassage = { staying: [], returned: [], ended: [] }
    let rest = flow
    let doubts = 0
    for (const { element, answer } of found) {
      const key = keyMatch(action.fields, element.key)
      const told = answer === true || answerOf(key, rest, this.packet, this.place)
      if (told === false) continue
      if (told === true) return add(all, yield* this.verdict(element.verdict, rest, chains))
      if (++doubts > MOST_FLOWS) return add(all, this.account.lose(rest, chains, TOO_MANY_BRANCHES))
      this.account.spent(rest.conditions.length)
      const { yes, no } = suppose(rest, this.packet, told.maybe, [key])
      add(all, yield* this.verdict(element.verdict, yes, chains))
      rest = no
    }
    const doubt = 'name' in map ? doubtOf(map) : null
    return add(all, doubt === null ? going(rest) : this.account.lose(rest, chains, doubt))
  }

  private *randomVerdict(
    { choices }: Extract<Action, { kind: 'randomVerdict' }>,
    flow: Flow,
    chains: readonly string[],
  ): RuleWalk {
    const all: RulePassage = { staying: [], returned: [], ended: [] }
    let left = 1
    for (const { probability, verdict } of choices) {
      add(all, yield* this.verdict(verdict, { ...flow, probability: flow.probability * probability }, chains))
      left -= probability
    }
    const probability = flow.probability * left
    return probability > EPSILON ? add(all, going({ ...flow, probability })) : all
  }
}

const TOO_MANY_STEPS = 'the rules branch too often to be followed'
const TOO_MANY_BRANCHES = 'it is not known whether many of the rules match'
