import type { Journeys } from '../../kernel/journey.ts'
import { familyOf } from '../../model/address.ts'
import type { TraceComparison } from '../../model/kernel-trace/comparison.ts'
import type { KernelEvent, KernelRule, TracedPacket } from '../../model/kernel-trace/trace.ts'
import type { NodeState } from '../../model/node.ts'
import { meetsUntold } from '../../proxies/traced-rules.ts'
import { align } from './align.ts'
import type { Alignment, Told } from './alignment.ts'

/** What a comparison is made of. */
export interface Compared {
  node: NodeState
  packet: TracedPacket
  /** Of the chains that the packet came through. */
  rules: readonly KernelRule[]
  /** What the walk says of this packet, its ways kept apart. */
  journeys: Journeys
  /** The node's rules were read before the packet and behind it, and were the same. */
  steady: boolean
}

/**
 * Holds what the kernel did with a packet against the walk, rule by rule. What the walk leaves to chance, the kernel has drawn: any of the walk's ways will do.
 * A difference is claimed only where nothing else can explain it.
 */
export function compareTrace({ node, packet, rules, journeys, steady }: Compared): TraceComparison {
  const byKey = new Map(rules.map((rule) => [keyOf(rule), rule]))
  const told: Told = {
    node,
    packet,
    met: packet.events.filter(({ kind, family }) => kind === 'rule' && WALKED.has(family)),
    listed: (event) => byKey.get(keyOf(event)),
  }
  const best = journeys.all.map((journey) => align(told, journey)).reduce<Alignment | null>(better, null)
  const { sent, last: led } = packet
  const { outcome, reason, steps } = best ?? { outcome: 'unknown', reason: 'the walk says nothing of it', steps: [] }
  const doubt = outcome === 'different' ? doubtOf(node, packet, steady) : null
  if (doubt === null) return { sent, led, outcome, reason, steps }
  return { sent, led, outcome: 'unknown', reason: `${reason}; ${doubt}`, steps: steps.map(asUnknown) }
}

const keyOf = ({ family, table, chain, handle }: KernelRule | KernelEvent): string =>
  `${family} ${table} ${chain} ${handle}`

/** Bridges and devices have rules of their own, which are not walked. */
const WALKED: ReadonlySet<string> = new Set(['ip', 'ip6', 'inet'])

/** The way that fits best; of two as good the one that says less. */
function better(best: Alignment | null, one: Alignment): Alignment {
  const rank = ({ outcome, open, length }: Alignment) => [
    outcome === 'same' ? 1 : 0,
    open ? 1 : 0,
    length,
    outcome === 'unknown' ? 1 : 0,
  ]
  if (best === null) return one
  const [old, now] = [rank(best), rank(one)]
  const at = now.findIndex((value, i) => value !== old[i])
  return at >= 0 && now[at]! > old[at]! ? one : best
}

function doubtOf(node: NodeState, { sent, events }: TracedPacket, steady: boolean): string | null {
  if (!steady) return 'the rules may have changed since they were read'
  if (sent.destination !== null && meetsUntold(node, familyOf(sent.destination)))
    return 'the node has rules of iptables-legacy, too, of which nft tells nothing'
  if (events.some(({ family, verdict }) => !WALKED.has(family) || verdict.kind === 'other'))
    return 'the packet met what is not walked'
  return null
}

const asUnknown = (step: TraceComparison['steps'][number]): TraceComparison['steps'][number] =>
  step.outcome === 'different' ? { ...step, outcome: 'unknown' } : step
