import type { PacketSight, TracedPacket } from '../../model/kernel-trace/trace.ts'

/** A packet's way from one of the table's chains on: what is sent by loopback comes in anew, under another id. */
export interface Passage extends TracedPacket {
  /** Did the table's rule ask for it here? */
  asked: boolean
  /** Of IPv4: what tells packets of one connection apart. */
  number: string | null
}

/** The packets that were asked for, each once: what a node sends to itself leaves by `lo` and comes in again, under another id. */
export function joined(all: readonly Passage[]): TracedPacket[] {
  const packets: Begun[] = []
  for (const passage of all) {
    const before = packets.filter((one) => comesBack(one, passage))
    const same = before.find(({ packet }) => isSameSender(packet.last, passage.sent)) ?? before[0]
    // Which of several it is that came back cannot be told where its sender was translated.
    const isTold = before.length < 2 || (same && isSameSender(same.packet.last, passage.sent))
    if (same && isTold) same.packet = continued(same.packet, passage)
    else if (same) for (const one of before) one.packet = { ...one.packet, whole: false }
    else if (passage.asked) packets.push(begin(passage))
  }
  return packets.map(({ packet }) => packet)
}

interface Begun {
  packet: TracedPacket
  number: string | null
}

/** What comes in by `lo` was sent here: where that was not seen, the beginning is missing. */
function begin({ hook, sent, last, events, whole, number }: Passage): Begun {
  const isHalf = hook === 'prerouting' && sent.inInterface === 'lo'
  return { packet: { hook, sent, last, events, whole: whole && !isHalf }, number }
}

function comesBack({ packet, number: first }: Begun, { hook, sent, number }: Passage): boolean {
  const { last } = packet
  if (packet.hook !== 'output' || hook !== 'prerouting' || sent.inInterface !== 'lo' || last.inInterface !== '')
    return false
  if (first !== number && ![first, number].some((one) => one === null || one === '0')) return false
  return (
    last.protocol === sent.protocol &&
    last.destination === sent.destination &&
    last.destinationPort === sent.destinationPort
  )
}

const isSameSender = (one: PacketSight, other: PacketSight): boolean =>
  one.source === other.source && one.sourcePort === other.sourcePort

const continued = (packet: TracedPacket, { last, events, whole }: Passage): TracedPacket => ({
  ...packet,
  last,
  events: [...packet.events, ...events],
  whole: packet.whole && whole,
})
