import { everything } from '../model/address.ts'
import type { RouteResult } from './fib.ts'
import { type Ending, type Flow, rejoin } from './flow.ts'
import type { Journey } from './journey.ts'
import { maybe, type Packet } from './packet.ts'
import { forget, NO_SUPPOSITIONS } from './suppositions.ts'

/** A share of the connections under way. */
export interface Traveller {
  packet: Packet
  flow: Flow
  nat: Ending | null
  masquerade: Journey['masquerade']
  /** What translated it did so before the kernel's own tracking saw it, which knows nothing of it. */
  early: boolean
  /** Why nobody knows whether it meets what the kernel has on its way; null: it does. */
  past: string | null
  /** Where it is routed; null as long as it is not. */
  way: RouteResult | null
  /** The way whose interface the rules were shown. */
  shown: RouteResult | null
}

/** The traveller with its address turned back. */
export const restored = (traveller: Traveller, packet: Packet): Traveller => {
  const { supposed } = traveller.flow
  const flow = { ...traveller.flow, source: packet.source, supposed: forget(forget(supposed, 'source'), 'destination') }
  return { ...traveller, packet, flow }
}

/** All connections of a packet, before any rule met them. */
export const start = ({ source, mark, connectionMark }: Packet): Flow => ({
  probability: 1,
  conditions: [],
  source,
  supposed: NO_SUPPOSITIONS,
  ...{ mark, connectionMark },
  untracked: false,
  trail: null,
})

/** The packet as rules see it once it is routed: with the interface that it leaves by. */
export function leaving(traveller: Traveller): Traveller {
  const { way, shown, packet, flow } = traveller
  const outInterface = way?.kind === 'local' ? 'lo' : (way?.device ?? null)
  const supposed = way === shown ? flow.supposed : forget(flow.supposed, 'out')
  return { ...traveller, packet: { ...packet, outInterface }, flow: { ...flow, supposed }, shown: way }
}

/**
 * Where a chain only split a traveller by what cannot be told (is the mark set?) and lets every part go on untranslated,
 * the split made no difference to its way: it goes on as one.
 */
export function reunite(traveller: Traveller, going: Traveller[]): Traveller[] {
  const [first, ...others] = going
  if (!first || others.length === 0 || going.some((one) => one.nat !== traveller.nat)) return going
  if (others.some((one) => one.way?.route !== first.way?.route)) return going
  const flow = rejoin(
    traveller.flow,
    going.map((one) => one.flow),
  )
  if (!flow) return going
  if (others.every((one) => one.masquerade === first.masquerade)) {
    const source = first.masquerade === traveller.masquerade ? flow.source : first.packet.source
    return [{ ...first, flow: { ...flow, source } }]
  }
  const source = everything(traveller.packet.source.family)
  const packet = { ...traveller.packet, source, sourceTranslated: maybe('whether it is masqueraded is not known') }
  return [{ ...traveller, packet, flow: { ...flow, source }, masquerade: 'unknown' }]
}
