import type { Match, Rule } from '../model/rules.ts'
import { type Fact, narrowed } from './deduce.ts'
import { evaluate, type Place } from './evaluate.ts'
import { eitherWay, type Flow } from './flow.ts'
import { type Answer, allOf, type Bits, type Packet } from './packet.ts'
import { factOf, recall, withFact, withoutAll } from './suppositions.ts'

/** Whether a rule's tests hold, with which probability where they draw lots, and which of them cannot be told. */
export interface Judgement {
  answer: Answer
  chance: number
  doubtful: readonly Match[]
}

/** Tries a rule's tests in their order, up to the first that fails; each is told that those before it hold. */
export function judge(rule: Rule, flow: Flow, packet: Packet, place: Place): Judgement {
  let doubtful: Match[] | null = null
  let answers: Answer[] | null = null
  let chance = 1
  let here = flow
  for (const match of rule.matches) {
    place.steps.left -= sizeOf(match)
    if (match.kind === 'random' || match.kind === 'nth') {
      const drawn = match.kind === 'random' ? match.probability : 1 / match.every
      chance *= match.negated ? 1 - drawn : drawn
      if (chance <= 0) return NEVER
    } else {
      const answer = answerOf(match, here, packet, place)
      if (answer === false) return NEVER
      if (answer === true) continue
      answers ??= []
      answers.push(answer)
      doubtful ??= []
      doubtful.push(match)
      here = given(here, packet, match, true)
    }
  }
  return { answer: answers === null || allOf(answers), chance, doubtful: doubtful ?? NONE }
}

const NONE: readonly Match[] = []

/** How many comparisons a test is made of, where the rule tells. */
function sizeOf(match: Match): number {
  if (match.kind === 'address') return match.cidrs?.length ?? 1
  return match.kind === 'oneOf' ? match.elements.length : 1
}

const NEVER: Judgement = { answer: false, chance: 0, doubtful: [] }

/** Does a flow pass a test, by what is known of the packet and by what the flow supposed of it? */
export function answerOf(match: Match, flow: Flow, packet: Packet, place: Place): Answer {
  const here = packetOf(packet, flow)
  const answer = evaluate(match, here, place)
  if (typeof answer === 'boolean') return answer
  const { facts, notAll } = flow.supposed
  // Each list that cannot hold as a whole is tried with the answer yes and with the answer no.
  place.steps.left -= facts.length * (1 + 2 * notAll.length)
  return recall(match, flow.supposed, here) ?? answer
}

/** The packet as a flow has it by now. */
export function packetOf(packet: Packet, { source, mark, connectionMark, untracked }: Flow): Packet {
  const isSame =
    packet.source === source &&
    packet.mark === mark &&
    packet.connectionMark === connectionMark &&
    packet.untracked === untracked
  return isSame ? packet : { ...packet, source, mark, connectionMark, untracked }
}

/** The flow where tests that cannot be told hold, and where they do not. */
export function suppose(
  flow: Flow,
  packet: Packet,
  reason: string,
  doubtful: readonly Match[],
): { yes: Flow; no: Flow } {
  const { yes, no } = eitherWay(flow.conditions, reason)
  const all = doubtful.reduce((here, match) => given(here, packet, match, true), flow)
  return { yes: { ...all, conditions: yes }, no: { ...failing(flow, packet, doubtful), conditions: no } }
}

/** The flow where one of the tests fails; which of several is not known. */
function failing(flow: Flow, packet: Packet, doubtful: readonly Match[]): Flow {
  const [only, ...others] = doubtful
  if (only && others.length === 0) return given(flow, packet, only, false)
  const facts = doubtful.map((match) => factOf(match, true))
  return facts.includes(null) ? flow : { ...flow, supposed: withoutAll(flow.supposed, facts as Fact[]) }
}

/** The flow where a test holds or fails, with what that tells of the packet. */
function given(flow: Flow, packet: Packet, match: Match, passes: boolean): Flow {
  const fact = factOf(match, passes)
  const supposed = fact && withFact(flow.supposed, fact, packetOf(packet, flow))
  if (!supposed) return flow
  return supposed.facts.slice(flow.supposed.facts.length).reduce(learned, { ...flow, supposed })
}

function learned(flow: Flow, fact: Fact): Flow {
  const { match, holds } = fact
  const source = narrowed(flow.source, 'source', fact)
  if (match.kind !== 'mark') return { ...flow, source }
  const which = match.of === 'packet' ? 'mark' : 'connectionMark'
  return { ...flow, source, [which]: bitsGiven(flow[which], match, holds) }
}

/** What a test tells of a mark: all bits where it holds, and of the only one that was not known where it fails. */
function bitsGiven({ value, known }: Bits, asked: { value: number; mask: number }, holds: boolean): Bits {
  const open = (asked.mask & ~known) >>> 0
  if (!holds && !Number.isInteger(Math.log2(open))) return { value, known }
  const told = holds ? asked.value : ~asked.value
  return { value: ((value & ~open) | (told & open)) >>> 0, known: (known | open) >>> 0 }
}
