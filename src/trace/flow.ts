import type { Action, Chain, DnatTarget, Rule, Ruleset, Table } from '../model/rules.ts'
import type { Bits } from './packet.ts'

/** A rule that the packet met on its way; `maybe` says why it may not have. */
export interface Step {
  ruleset: Ruleset
  table: Table
  chain: Chain
  rule: Rule
  maybe: string | null
}

/** The steps so far, last first, shared between flows that have a beginning in common. */
export type Trail = { step: Step; before: Trail } | null

/**
 * A share of the connections that all go the same way. `probability` is what the random choices leave of 1, given that
 * `conditions` hold; conditions are what could not be told, in words.
 */
export interface Flow {
  probability: number
  conditions: readonly string[]
  mark: Bits
  connectionMark: Bits
  untracked: boolean
  trail: Trail
}

/** How a flow's way through one base chain ended. */
export interface Ending extends Flow {
  verdict:
    | { kind: 'accept' | 'drop' | 'masquerade' }
    | { kind: 'reject'; with: string | null }
    | { kind: 'dnat'; target: DnatTarget }
    /** A jump to an endpoint's chain that the text does not hold. */
    | { kind: 'endpointChain'; chain: string }
    | { kind: 'snat'; to: string }
    | { kind: 'redirect'; port: number | null }
    | { kind: 'unknown'; reason: string }
  /** Endings of one walk count up in the order in which rules made them. */
  order: number
  /** The chains that led here, in order, without those that returned. */
  chains: readonly string[]
}

/** What one base chain does to a flow: those that left it by its end or by a policy, and those that a rule ended. */
export interface Passage {
  returned: Flow[]
  ended: Ending[]
}

/** A share too small to be anything but rounding. */
export const EPSILON = 1e-12

/** The conditions with one more, unless it stands there already. */
export const withCondition = (conditions: readonly string[], reason: string): readonly string[] =>
  reason === '' || conditions.includes(reason) ? conditions : [...conditions, reason]

/** CONNMARK --save-mark and --restore-mark. */
export function copyMark({ direction, mask }: Extract<Action, { kind: 'copyMark' }>, flow: Flow): Partial<Flow> {
  const mixed = (from: Bits, to: Bits): Bits => ({
    value: ((from.value & mask) | (to.value & ~mask)) >>> 0,
    known: ((from.known & mask) | (to.known & ~mask)) >>> 0,
  })
  return direction === 'save'
    ? { connectionMark: mixed(flow.mark, flow.connectionMark) }
    : { mark: mixed(flow.connectionMark, flow.mark) }
}

/** Joins flows that differ in nothing but their share and the rules they met. */
export function unite(flows: Flow[]): Flow[] {
  if (flows.length < 2) return flows
  const byState = new Map<string, Flow>()
  for (const flow of flows) {
    const { mark, connectionMark, untracked, conditions } = flow
    const key = JSON.stringify([mark, connectionMark, untracked, conditions])
    const other = byState.get(key)
    byState.set(key, other ? { ...other, probability: other.probability + flow.probability } : flow)
  }
  return [...byState.values()]
}
