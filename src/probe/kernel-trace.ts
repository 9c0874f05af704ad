/** What the kernel told of the probe's own packets, beside the walk of the same. */

import type { ToldByKernel, TraceSummary } from '../model/kernel-trace/answer.ts'
import type { TraceComparison } from '../model/kernel-trace/comparison.ts'
import { compareTrace } from '../trace/kernel-trace/compare.ts'
import { isSteady } from '../trace/kernel-trace/steady.ts'
import { walkOfTraced } from '../trace/kernel-trace/walk.ts'
import type { Probed } from './probed.ts'

/** By the connection's number. Of one that was sent again, the first packet. */
export function comparisonsOf(probed: Probed): Map<number, TraceComparison> {
  const all = [...probed.probes].flatMap(([node, { told, attempted }]) => {
    if (!told) return []
    const ids = new Map(
      attempted.flatMap(({ id, sourcePort }) => (sourcePort === null ? [] : [[sourcePort, id] as const])),
    )
    return compareAll(probed, node, told).flatMap((one) => {
      const id = ids.get(one.sent.sourcePort ?? 0)
      return id === undefined ? [] : [[id, one] as const]
    })
  })
  return new Map(all.toReversed())
}

function compareAll({ before, after }: Probed, name: string, { trace, rules }: ToldByKernel): TraceComparison[] {
  const node = before.observation.nodes.find((one) => one.name === name)
  const now = after.observation.nodes.find((one) => one.name === name)
  if (!node || !now) return []
  const steady = isSteady(node, now)
  return trace.packets.flatMap((packet) => {
    const journeys = walkOfTraced(node, packet)
    return journeys ? [compareTrace({ node, packet, rules, journeys, steady })] : []
  })
}

/** No more than these are shown of one entry. */
const MOST_SHOWN = 3

export function summaryOf(comparisons: readonly TraceComparison[]): TraceSummary {
  const by = (outcome: TraceComparison['outcome']) => comparisons.filter((one) => one.outcome === outcome)
  const [same, different, unknown] = [by('same'), by('different'), by('unknown')]
  const kinds = new Map([...different, ...unknown, ...same].map((one) => [`${one.outcome} ${one.reason}`, one]))
  return {
    ...{ same: same.length, different: different.length, unknown: unknown.length },
    shown: [...kinds.values()].slice(0, MOST_SHOWN),
  }
}

/** Nodes whose kernel told nothing, or not all, though it was asked. */
export function untold({ probes }: Probed): string[] {
  return [...probes].flatMap(([node, { told }]) => {
    if (!told) return []
    if (told.failure !== null) return [`${node}: no kernel trace, and nothing was changed: ${told.failure}`]
    return told.trace.whole ? [] : [`${node}: the kernel's trace is not complete`]
  })
}
