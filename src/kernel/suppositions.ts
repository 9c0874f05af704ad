/** What a branch of a walk has supposed of the packet, and what later tests can be told from it. */
import { memo } from '../model/memo.ts'
import type { Field, Match } from '../model/rules.ts'
import { answerOf, type Fact } from './deduce.ts'
import type { Packet } from './packet.ts'

/** Facts, and lists of facts of which one at least is wrong: a rule with several tests missed by one of them. */
export interface Suppositions {
  facts: readonly Fact[]
  notAll: readonly (readonly Fact[])[]
}

export const NO_SUPPOSITIONS: Suppositions = { facts: [], notAll: [] }

/** What a test reads of the packet; once that is changed, what was supposed of it is worth nothing. */
export type Part = 'source' | 'destination' | 'in' | 'out' | 'mark' | 'connmark' | 'sets'

/** The test as a fact; null for one that may be answered otherwise when it is asked again, such as a rate limit. */
export function factOf(match: Match, passes: boolean): Fact | null {
  if (match.kind === 'recent' || match.kind === 'random' || match.kind === 'nth') return null
  if (match.kind === 'unknown') {
    const { asks } = match
    return asks ? { match: { kind: 'unknown', text: asks.text }, holds: passes !== asks.negated } : null
  }
  const negated = 'negated' in match && match.negated
  return { match, holds: passes !== negated }
}

/** Suppositions where not all of these facts hold. */
export const withoutAll = (all: Suppositions, facts: readonly Fact[]): Suppositions => ({
  ...all,
  notAll: [...all.notAll, facts],
})

/**
 * Suppositions with a fact more, and with what follows from it: of a list that cannot hold as a whole, the last one fails
 * when all others hold. Null where it contradicts the rest.
 */
export function withFact(before: Suppositions, fact: Fact, packet: Packet): Suppositions | null {
  const { notAll } = before
  const facts = [...before.facts]
  const next = [fact]
  for (let one = next.pop(); one; one = next.pop()) {
    const known = answerOf(one.match, facts, packet)
    if (known !== null && known !== one.holds) return null
    facts.push(one)
    const open = notAll.map((list) => {
      const answers = list.map(({ match, holds }) => ({ match, holds, known: answerOf(match, facts, packet) }))
      if (answers.some(({ holds, known }) => known === !holds)) return null
      return answers.filter(({ known }) => known === null)
    })
    if (open.some((list) => list?.length === 0)) return null
    for (const list of open) if (list?.length === 1) next.push({ match: list[0]!.match, holds: !list[0]!.holds })
  }
  return { facts, notAll }
}

/** Does the packet pass the test, by what was supposed? Null where nothing tells. */
export function recall(match: Match, all: Suppositions, packet: Packet): boolean | null {
  if (all.facts.length === 0 && all.notAll.length === 0) return null
  const asked = factOf(match, true)
  if (!asked) return null
  const holds = answerOf(asked.match, all.facts, packet) ?? byContradiction(asked.match, all, packet)
  return holds === null ? null : holds === asked.holds
}

function byContradiction(match: Match, all: Suppositions, packet: Packet): boolean | null {
  if (all.notAll.length === 0) return null
  if (!withFact(all, { match, holds: true }, packet)) return false
  return withFact(all, { match, holds: false }, packet) ? null : true
}

/** Suppositions without those about parts of the packet that were changed. */
export function forget(all: Suppositions, ...changed: Part[]): Suppositions {
  const stays = ({ match }: Fact) => !changed.some((part) => partsOf(match).has(part))
  const facts = all.facts.filter(stays)
  const notAll = all.notAll.filter((list) => list.every(stays))
  return facts.length === all.facts.length && notAll.length === all.notAll.length ? all : { facts, notAll }
}

/** What two suppositions have in common. */
export function shared(a: Suppositions, b: Suppositions): Suppositions {
  if (a === b || a.facts.length + a.notAll.length === 0) return a
  const [facts, notAll] = [new Set(b.facts), new Set(b.notAll)]
  return { facts: a.facts.filter((one) => facts.has(one)), notAll: a.notAll.filter((one) => notAll.has(one)) }
}

const partsOf = memo((match: Match): ReadonlySet<Part> => {
  switch (match.kind) {
    case 'address':
    case 'addressType':
      return new Set([match.side])
    case 'port':
      return new Set(match.side === 'either' ? ['source', 'destination'] : [match.side])
    case 'interface':
      return new Set([match.side])
    case 'bridgePort':
      return new Set(match.test === 'in' || match.test === 'is-in' ? [] : ['out'])
    case 'mark':
      return new Set([match.of === 'packet' ? 'mark' : 'connmark'])
    case 'conntrack':
      return new Set(['source', 'destination'])
    case 'connection':
      return new Set(match.direction === 'original' ? [] : ['source', 'destination'])
    case 'set':
      return new Set(['sets', ...match.fields.flatMap(partsOfField)])
    case 'ipset':
      return new Set(['sets', ...ANY_OF_A_SET])
    case 'oneOf':
      return new Set(match.fields.flatMap(partsOfField))
    default:
      return new Set()
  }
})

/** An ipset's `src` and `dst` stand for addresses and ports as for interfaces. */
const ANY_OF_A_SET: readonly Part[] = ['source', 'destination', 'in', 'out', 'mark']

function partsOfField(field: Field): Part[] {
  switch (field.kind) {
    case 'address':
    case 'port':
    case 'interface':
      return [field.side]
    case 'mark':
      return ['mark']
    case 'protocol':
      return []
    case 'connection':
      return field.direction === 'original' ? [] : ['source', 'destination']
    case 'unknown':
      return ['source', 'destination', 'in', 'out', 'mark', 'connmark']
  }
}
