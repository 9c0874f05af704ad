import type { Journey } from '../../kernel/journey.ts'
import { onlyAddress } from '../../model/address.ts'
import type { TraceComparison } from '../../model/kernel-trace/comparison.ts'
import type { KernelEvent } from '../../model/kernel-trace/trace.ts'
import { type Alignment, INCOMPLETE, type Told } from './alignment.ts'

/** Both met the same rules: does the packet's way end alike, and at the same address? */
export function compareEnds({ packet }: Told, journey: Journey): Partial<Alignment> {
  if (journey.fate === 'unknown')
    return { outcome: 'unknown', reason: `the walk cannot tell what becomes of it: ${journey.reason}`, open: true }
  const last = packet.events.at(-1)
  const different = differenceOf(last, journey) ?? (leadsElsewhere(packet, journey) ? elsewhere(packet, journey) : null)
  // What was told holds; what comes behind the end of an incomplete trace is not known.
  if (different !== null && packet.whole) return { outcome: 'different', reason: different }
  return packet.whole ? {} : { outcome: 'unknown', reason: INCOMPLETE }
}

/** Routes, settings and reverse path filters drop without a word: of those no trace tells. */
function differenceOf(last: KernelEvent | undefined, { fate, stop }: Journey): string | null {
  const dropped = last?.verdict.kind === 'drop'
  const byPolicy = dropped && last.kind === 'policy'
  const place = last ? `${last.family} ${last.table} ${last.chain}` : ''
  if (dropped && (fate === 'forwarded' || fate === 'delivered'))
    return `the kernel dropped it by ${byPolicy ? 'the policy' : 'a rule'} of ${place}, the walk lets it pass`
  if (byPolicy && stop && (stop.kind !== 'policy' || stop.chain !== last.chain || stop.table !== last.table))
    return `the kernel dropped it by the policy of ${place}, the walk says: ${stop.reason}`
  if (!dropped && (stop?.kind === 'policy' || stop?.kind === 'rule'))
    return `the kernel let it pass, the walk says: ${stop.reason}`
  return null
}

/** The address is shown to each base chain: where it is still the one that was sent to, no chain came behind the translation. */
function leadsElsewhere({ sent, last }: Told['packet'], { packet }: Journey): boolean {
  const address = onlyAddress(packet.destination)
  if (last.destination === null || last.destinationPort === null || address === null) return false
  if (last.destination === sent.destination && last.destinationPort === sent.destinationPort) return false
  const { destinationPort: port, destinationPortEnd: end } = packet
  const fits = last.destinationPort >= port && last.destinationPort <= (end ?? port)
  return address !== last.destination || !fits
}

const elsewhere = ({ last }: Told['packet'], { packet }: Journey): TraceComparison['reason'] =>
  `the kernel led it to ${last.destination} port ${last.destinationPort}, the walk to ${onlyAddress(packet.destination)} port ${packet.destinationPort}`
