import { type AddressSet, narrowedTo, without } from '../model/address.ts'
import type { Match, Rule } from '../model/rules.ts'
import { evaluate, type Place } from './evaluate.ts'
import { eitherWay, type Flow } from './flow.ts'
import { type Answer, allOf, type Packet } from './packet.ts'

/** Whether a rule's tests hold, with which probability where they draw lots, and which of them cannot be told. */
export interface Judgement {
  answer: Answer
  chance: number
  doubtful: readonly Match[]
}

/** Tries a rule's tests in their order, up to the first that fails. */
export function judge(rule: Rule, packet: Packet, place: Place): Judgement {
  const doubtful: Match[] = []
  const answers: Answer[] = []
  let chance = 1
  for (const match of rule.matches) {
    if (match.kind === 'random' || match.kind === 'nth') {
      const drawn = match.kind === 'random' ? match.probability : 1 / match.every
      chance *= match.negated ? 1 - drawn : drawn
      if (chance <= 0) return NEVER
    } else {
      const answer = evaluate(match, packet, place)
      if (answer === false) return NEVER
      answers.push(answer)
      if (answer !== true) doubtful.push(match)
    }
  }
  return { answer: allOf(answers), chance, doubtful }
}

const NEVER: Judgement = { answer: false, chance: 0, doubtful: [] }

/** The flow where tests that cannot be told hold, and where they do not: those that ask for the source tell more of it. */
export function suppose(flow: Flow, reason: string, doubtful: readonly Match[]): { yes: Flow; no: Flow } {
  const { yes, no } = eitherWay(flow.conditions, reason)
  const sourceIf = (hold: boolean) => doubtful.reduce((source, match) => narrowed(source, match, hold), flow.source)
  // Which of several tests fails is not known.
  const otherwise = doubtful.length === 1 ? sourceIf(false) : flow.source
  return {
    yes: { ...flow, conditions: yes, source: sourceIf(true) },
    no: { ...flow, conditions: no, source: otherwise },
  }
}

function narrowed(source: AddressSet, match: Match, holds: boolean): AddressSet {
  if (match.kind !== 'address' || match.side !== 'source' || !match.cidrs) return source
  return match.negated === holds ? without(source, match.cidrs) : narrowedTo(source, match.cidrs)
}
