import type { Action, Chain, Rule, Ruleset, Table } from '../model/rules.ts'
import { type Circumstances, evaluate } from './evaluate.ts'
import { copyMark, type Ending, EPSILON, type Flow, type Passage, type Step, unite, withCondition } from './flow.ts'
import { lookupMap, rulesFor } from './lookup.ts'
import { type Answer, allOf, applyMark, mergeMarks, type Packet } from './packet.ts'

/** Where the walk is: one table of one dump, and what was taken for granted. */
export interface Place {
  ruleset: Ruleset
  table: Table
  assumptions: Set<string>
}

/**
 * Walks one flow of a packet through a chain and all that it leads to, as the kernel would. Tests that cannot be told
 * split the flow in two, each with its condition; where both sides come out alike, they are one again. A rule set made
 * to explode (jumps that double at every level) ends as unknown once a million rules were tried.
 */
export function walkChain(place: Place, chain: Chain, packet: Packet, flow: Flow): Passage {
  const walker = new Walker(place, packet)
  return walker.chain(chain, flow, [chain.name])
}

/** What one rule does: besides leaving the chain, a flow may stay and go on to the next rule. */
type RulePassage = Passage & { staying: Flow[] }

const MOST_RULES = 1_000_000
const MOST_FLOWS = 64
/** Deeper than any rule set in use; the kernel's own limit is the number of chains (legacy) or 16 (nf_tables.h). */
const MOST_DEPTH = 1500

class Walker {
  private readonly place: Place
  private readonly packet: Packet
  private readonly about: Circumstances
  private tried = 0
  private endings = 0

  constructor(place: Place, packet: Packet) {
    this.place = place
    this.packet = packet
    this.about = place
  }

  chain(chain: Chain, flow: Flow, chains: readonly string[]): Passage {
    let current = [flow]
    const returned: Flow[] = []
    const ended: Ending[] = []
    for (const rule of rulesFor(chain, this.packet)) {
      const next: Flow[] = []
      for (const one of current) {
        if (++this.tried > MOST_RULES) return { returned, ended: [...ended, this.lost(one, chains, TOO_MANY_RULES)] }
        const passage = this.rule(chain, rule, one, chains)
        next.push(...passage.staying)
        returned.push(...passage.returned)
        ended.push(...passage.ended)
      }
      current = next.length > MOST_FLOWS ? [] : next
      if (next.length > MOST_FLOWS) ended.push(...next.map((one) => this.lost(one, chains, TOO_MANY_BRANCHES)))
      if (current.length === 0) break
    }
    return { returned: unite([...returned, ...current]), ended }
  }

  /** One rule for one flow: what goes on to the next rule, what leaves the chain by `return`, what ended. */
  private rule(chain: Chain, rule: Rule, flow: Flow, chains: readonly string[]): RulePassage {
    const { answer, chance } = this.matches(rule, flow)
    if (answer === false) return { staying: [flow], returned: [], ended: [] }
    const reason = answer === true ? null : answer.maybe
    const step: Step = { ...this.place, chain, rule, maybe: reason }
    const taken: Flow = { ...flow, probability: flow.probability * chance, trail: { step, before: flow.trail } }
    const missed: Flow = { ...flow, probability: flow.probability * (1 - chance) }
    const { staying, returned, ended } = this.actions(rule.actions, taken, chains)
    if (reason === null) {
      const rest = missed.probability > EPSILON ? [missed] : []
      return { staying: unite([...staying, ...rest]), returned, ended }
    }
    // Both sides go on alike: whether it matched makes no difference but to the mark.
    const same = staying.length === 1 && returned.length + ended.length === 0 && !staying[0]!.untracked
    if (same && staying[0]!.conditions === flow.conditions) {
      const [one] = staying
      const mark = mergeMarks(one!.mark, flow.mark)
      const connectionMark = mergeMarks(one!.connectionMark, flow.connectionMark)
      return { staying: [{ ...one!, probability: flow.probability, mark, connectionMark }], returned, ended }
    }
    const yes = <T extends Flow>(one: T): T => ({ ...one, conditions: withCondition(one.conditions, reason) })
    const no: Flow = { ...flow, conditions: withCondition(flow.conditions, `not: ${reason}`) }
    return { staying: [...staying.map(yes), no], returned: returned.map(yes), ended: ended.map(yes) }
  }

  /** Whether the rule's tests hold, and with which probability where they draw lots. */
  private matches(rule: Rule, flow: Flow): { answer: Answer; chance: number } {
    const packet = { ...this.packet, mark: flow.mark, connectionMark: flow.connectionMark, untracked: flow.untracked }
    let answer: Answer = true
    let chance = 1
    for (const match of rule.matches) {
      if (match.kind === 'random' || match.kind === 'nth') {
        const drawn = match.kind === 'random' ? match.probability : 1 / match.every
        chance *= match.negated ? 1 - drawn : drawn
      } else answer = allOf([answer, evaluate(match, packet, this.about)])
      if (answer === false || chance <= 0) return { answer: false, chance: 0 }
    }
    return { answer, chance }
  }

  /** Does what a matching rule says, one action after the other. */
  private actions(actions: readonly Action[], flow: Flow, chains: readonly string[]): RulePassage {
    let staying = [flow]
    const returned: Flow[] = []
    const ended: Ending[] = []
    for (const action of actions) {
      const next: Flow[] = []
      for (const one of staying) {
        const passage = this.action(action, one, chains)
        next.push(...passage.staying)
        returned.push(...passage.returned)
        ended.push(...passage.ended)
      }
      staying = next
    }
    return { staying, returned, ended }
  }

  private action(action: Action, flow: Flow, chains: readonly string[]): RulePassage {
    const end = (verdict: Ending['verdict']) => ({
      staying: [],
      returned: [],
      ended: [this.ending(flow, verdict, chains)],
    })
    const stay = (change: Partial<Flow>) => ({ staying: [{ ...flow, ...change }], returned: [], ended: [] })
    switch (action.kind) {
      case 'none':
        return stay({})
      case 'accept':
      case 'drop':
      case 'masquerade':
        return end({ kind: action.kind })
      case 'reject':
        return end({ kind: 'reject', with: action.with })
      case 'snat':
        return end({ kind: 'snat', to: action.to })
      case 'redirect':
        return end({ kind: 'redirect', port: action.port })
      case 'unknown':
        return end({ kind: 'unknown', reason: `${action.text} is not understood` })
      case 'return':
        return { staying: [], returned: [flow], ended: [] }
      case 'mark':
        return action.of === 'packet'
          ? stay({ mark: applyMark(flow.mark, action.and, action.xor) })
          : stay({ connectionMark: applyMark(flow.connectionMark, action.and, action.xor) })
      case 'copyMark':
        return stay(copyMark(action, flow))
      case 'notrack':
        return stay({ untracked: true })
      case 'dnat': {
        const ended = action.choices.map(({ probability, target }): Ending => {
          const share = { ...flow, probability: flow.probability * probability }
          return this.ending(share, { kind: 'dnat', target }, chains)
        })
        return { staying: [], returned: [], ended }
      }
      case 'jump':
      case 'goto':
        return this.jump(action.kind, action.chain, flow, chains)
      case 'verdictMap':
        return this.verdictMap(action, flow, chains)
      case 'randomVerdict':
        return this.randomVerdict(action, flow, chains)
    }
  }

  /** A jump comes back to the next rule; a goto comes back to the chain that called this one. */
  private jump(kind: 'jump' | 'goto', name: string, flow: Flow, chains: readonly string[]): RulePassage {
    const chain = this.place.table.chains.get(name)
    if (!chain || (chain.rules.length === 0 && !this.place.table.whole)) return this.absent(name, flow, chains)
    if (chains.includes(name)) return this.lose(flow, chains, `a loop of jumps: ${[...chains, name].join(' → ')}`)
    if (chains.length > MOST_DEPTH) return this.lose(flow, chains, `jumps nest deeper than ${MOST_DEPTH}`)
    const { returned, ended } = this.chain(chain, flow, [...chains, name])
    return kind === 'jump' ? { staying: returned, returned: [], ended } : { staying: [], returned, ended }
  }

  /** A chain that is not in the text. kube-proxy's own are known by name; any other may do anything. */
  private absent(name: string, flow: Flow, chains: readonly string[]): RulePassage {
    const mark = WELL_KNOWN_MARKS[name]
    if (mark) {
      this.about.assumptions.add(
        `${name}, which is not in the text, sets the mark 0x${mark.toString(16)} as kube-proxy has it`,
      )
      return { staying: [{ ...flow, mark: applyMark(flow.mark, ~mark >>> 0, mark) }], returned: [], ended: [] }
    }
    if (name.startsWith('KUBE-SEP-')) {
      const ending = this.ending(flow, { kind: 'endpointChain', chain: name }, [...chains, name])
      return { staying: [], returned: [], ended: [ending] }
    }
    return this.lose(flow, chains, `the chain ${name} is not in the text`)
  }

  private verdictMap(
    action: Extract<Action, { kind: 'verdictMap' }>,
    flow: Flow,
    chains: readonly string[],
  ): RulePassage {
    const map = typeof action.map === 'string' ? this.place.table.sets.get(action.map) : action.map
    if (!map) return this.lose(flow, chains, `the map ${action.map} is not in the text`)
    const packet = { ...this.packet, mark: flow.mark }
    const found = lookupMap(map, action.fields, packet)
    const [only] = found
    if (!only) return { staying: [flow], returned: [], ended: [] }
    if (only.answer === true) return this.action(only.element.verdict, flow, chains)
    const parts = found.map(({ element, answer }) => {
      const conditions = withCondition(flow.conditions, answer === true ? '' : answer.maybe)
      return this.action(element.verdict, { ...flow, conditions }, chains)
    })
    const none = { ...flow, conditions: withCondition(flow.conditions, 'the map holds no element for the packet') }
    return {
      staying: [none, ...parts.flatMap((part) => part.staying)],
      returned: parts.flatMap((part) => part.returned),
      ended: parts.flatMap((part) => part.ended),
    }
  }

  private randomVerdict(
    action: Extract<Action, { kind: 'randomVerdict' }>,
    flow: Flow,
    chains: readonly string[],
  ): RulePassage {
    const parts = action.choices.map(({ probability, verdict }) =>
      this.action(verdict, { ...flow, probability: flow.probability * probability }, chains),
    )
    const left = flow.probability * (1 - action.choices.reduce((sum, choice) => sum + choice.probability, 0))
    const rest = left > EPSILON ? [{ ...flow, probability: left }] : []
    return {
      staying: unite([...parts.flatMap((part) => part.staying), ...rest]),
      returned: parts.flatMap((part) => part.returned),
      ended: parts.flatMap((part) => part.ended),
    }
  }

  private lose(flow: Flow, chains: readonly string[], reason: string): RulePassage {
    return { staying: [], returned: [], ended: [this.lost(flow, chains, reason)] }
  }

  private lost(flow: Flow, chains: readonly string[], reason: string): Ending {
    return this.ending(flow, { kind: 'unknown', reason }, chains)
  }

  private ending(flow: Flow, verdict: Ending['verdict'], chains: readonly string[]): Ending {
    return { ...flow, verdict, chains, order: this.endings++ }
  }
}

const TOO_MANY_RULES = `more than ${MOST_RULES} rules were tried`
const TOO_MANY_BRANCHES = 'too many rules cannot be told to match or not'

/** What kube-proxy puts into the chains that only set a mark: proxier.go, masqueradeMark and dropMark. */
const WELL_KNOWN_MARKS: Record<string, number> = { 'KUBE-MARK-MASQ': 0x4000, 'KUBE-MARK-DROP': 0x8000 }
