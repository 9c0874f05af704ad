import type { AddressSet } from '../model/address.ts'
import type { Action, DnatTarget, Rule } from '../model/rules.ts'
import { applyMark, type Bits, mergeMarks, shifted } from './packet.ts'
import { forget, type Suppositions, shared } from './suppositions.ts'

/** Where rules were read: the command that prints them, the file that holds what it printed, their table, and dialect and back end in words. */
export interface Origin {
  command: string
  file: string
  table: string
  writtenAs: string
}

/** A rule that the packet met on its way; `maybe` says why it may not have. */
export interface Step {
  origin: Origin
  chain: string
  rule: Rule
  maybe: string | null
}

/** The steps so far, last first, shared between flows that have a beginning in common. */
export type Trail = { step: Step; before: Trail; length: number } | null

/** A trail with one step more. */
export const follow = (trail: Trail, step: Step): Trail => ({ step, before: trail, length: (trail?.length ?? 0) + 1 })

/**
 * A share of the connections that all go the same way. `probability` is what the random choices leave of 1, given that
 * `conditions` hold; conditions are what could not be told, in words.
 */
export interface Flow {
  probability: number
  conditions: readonly string[]
  /** Who may have sent it, under these conditions. */
  source: AddressSet
  /** What else these conditions say of the packet. */
  supposed: Suppositions
  mark: Bits
  connectionMark: Bits
  untracked: boolean
  trail: Trail
}

/** A packet that is handed on with the destination that it has; by `tunnel` it is inside another one, which no rule sees as what it is. */
export interface Kept {
  by: 'route' | 'tunnel'
  /** Why nobody knows here what becomes of it. */
  reason: string
}

/** How a flow's way through one base chain ended. */
export interface Ending extends Flow {
  verdict:
    | { kind: 'accept' | 'drop' | 'masquerade' }
    /** `reason`: what rejected it, where that is no rule. */
    | { kind: 'reject'; with: string | null; reason?: string; verb?: string }
    /** `masquerade`: what becomes of the source, where that is decided at once. `kept`: the packet is handed on with the destination that it has. */
    | { kind: 'dnat'; target: DnatTarget; masquerade?: 'yes' | 'no' | 'unknown'; kept?: Kept }
    /** A jump to an endpoint's chain that the text does not hold. */
    | { kind: 'endpointChain'; chain: string }
    | { kind: 'snat'; to: string }
    | { kind: 'redirect'; port: number | null; portEnd: number | null }
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

/**
 * The conditions with one more, for both answers to a test that cannot be told. One that was asked before and is asked
 * again may be answered otherwise by now (marks change, limits run out), so it counts as another.
 */
export function eitherWay(
  conditions: readonly string[],
  reason: string,
): { yes: readonly string[]; no: readonly string[] } {
  const before = conditions.filter((one) => one.startsWith(reason) || one.startsWith(`not: ${reason}`))
  const count = before.filter((one) =>
    /^(?: \(again(?:, \d+)?\))?$/.test(one.replace(/^not: /, '').slice(reason.length)),
  )
  const text = count.length === 0 ? reason : `${reason} (again${count.length > 1 ? `, ${count.length}` : ''})`
  return { yes: [...conditions, text], no: [...conditions, `not: ${text}`] }
}

type MarkAction = Extract<Action, { kind: 'mark' | 'copyMark' | 'anyMark' }>

/** A flow after a rule that sets a mark. */
export function changeMark(action: MarkAction, flow: Flow): Flow {
  const of = action.kind === 'copyMark' ? (action.direction === 'save' ? 'connection' : 'packet') : action.of
  const [name, part] = of === 'packet' ? (['mark', 'mark'] as const) : (['connectionMark', 'connmark'] as const)
  return { ...flow, [name]: newMark(action, flow, flow[name]), supposed: forget(flow.supposed, part) }
}

function newMark(action: MarkAction, flow: Flow, old: Bits): Bits {
  if (action.kind === 'anyMark') return { value: old.value, known: (old.known & ~action.bits) >>> 0 }
  const { shift = 0 } = action
  if (action.kind === 'mark') return shifted(applyMark(old, action.and, action.xor), shift)
  const { direction, mask, into = mask, xor = 0 } = action
  const from = shifted(applyMark(direction === 'save' ? flow.mark : flow.connectionMark, mask, 0), shift)
  const kept = applyMark(old, ~into >>> 0, 0)
  return { value: (kept.value ^ from.value ^ xor) >>> 0, known: (kept.known & from.known) >>> 0 }
}

/** Joins flows that differ in nothing but their share and the rules they met. */
export function unite(flows: Flow[]): Flow[] {
  if (flows.length < 2) return flows
  // Flows under the same conditions came from one that met them, and share its list.
  const worlds = new Map<readonly string[], Map<string, Flow>>()
  for (const flow of flows) {
    const { mark, connectionMark, untracked, conditions } = flow
    const key = `${mark.value} ${mark.known} ${connectionMark.value} ${connectionMark.known} ${untracked}`
    const world = worlds.get(conditions) ?? new Map<string, Flow>()
    const other = world.get(key)
    worlds.set(conditions, world)
    world.set(key, other ? merged(other, flow) : flow)
  }
  return [...worlds.values()].flatMap((world) => [...world.values()])
}

const merged = (one: Flow, other: Flow): Flow => ({
  ...one,
  probability: one.probability + other.probability,
  supposed: shared(one.supposed, other.supposed),
})

/**
 * Joins all that became of one flow where it was split by what cannot be told, and the split made no difference: every
 * part goes on, and none is tracked when another is not. Bits of the marks that differ are no longer known. Null
 * where the parts do not go on alike, or nothing was split but by chance.
 */
export function rejoin(flow: Flow, parts: readonly Flow[]): Flow | null {
  const [first] = parts
  const split = parts.some((part) => part.conditions.length > flow.conditions.length)
  if (!first || !split || parts.some((part) => part.untracked !== first.untracked)) return null
  const { trail } = parts.reduce((a, b) => ((b.trail?.length ?? 0) > (a.trail?.length ?? 0) ? b : a))
  const mark = parts.map((part) => part.mark).reduce(mergeMarks)
  const connectionMark = parts.map((part) => part.connectionMark).reduce(mergeMarks)
  const supposed = parts.reduce((all, part) => shared(all, part.supposed), flow.supposed)
  return { ...flow, trail, mark, connectionMark, supposed, untracked: first.untracked }
}

/** What one rule does: besides leaving the chain, a flow may stay and go on to the next rule. */
export type RulePassage = Passage & { staying: Flow[] }

export const going = (flow: Flow): RulePassage => ({ staying: [flow], returned: [], ended: [] })

/** Adds up in place, and one by one: a hostile rule set has more endings than a call has room for arguments. */
export function add(all: RulePassage, { staying, returned, ended }: RulePassage): RulePassage {
  for (const flow of staying) all.staying.push(flow)
  for (const flow of returned) all.returned.push(flow)
  for (const ending of ended) all.ended.push(ending)
  return all
}
