import type { PacketSight, TracedPacket } from '../../model/kernel-trace/trace.ts'

/** A part of a packet's way under one id. What goes on under another: what a node sends to itself, and what a bridge hands up. */
export interface Passage extends TracedPacket {
  /** Did the table's rule ask for it here? */
  asked: boolean
  /** Does it begin in one of the table's chains, which are the first at their hooks? */
  begins: boolean
  /** Of IPv4: what tells packets of one connection apart. */
  number: string | null
}

/** The packets that were asked for, each once. */
export function joined(all: readonly Passage[]): TracedPacket[] {
  const packets: Begun[] = []
  for (const passage of all) {
    const before = packets.filter((one) => isSamePacket(one, passage) && goesOn(one.packet, passage))
    const same = before.findLast(({ packet }) => isSameSender(packet.last, passage.sent)) ?? before[0]
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

function isSamePacket({ packet: { last }, number: first }: Begun, { sent, number }: Passage): boolean {
  const numbered = first !== null && number !== null && first !== '0' && number !== '0'
  return last.protocol === sent.protocol && (!numbered || first === number)
}

/**
 * Behind `output` it comes in again by `lo`, at the table's own chain. What a bridge shows to the rules (br_netfilter) passes prerouting as its port's, and goes
 * on as the bridge's: the kernel's id of a packet changes with its interface.
 */
function goesOn({ hook, last }: TracedPacket, { begins, hook: now, sent }: Passage): boolean {
  if (!begins) return hook === 'prerouting' && isSameSender(last, sent)
  const backHere = hook === 'output' && now === 'prerouting' && sent.inInterface === 'lo' && last.inInterface === ''
  return backHere && last.destination === sent.destination && last.destinationPort === sent.destinationPort
}

const isSameSender = (one: PacketSight, other: PacketSight): boolean =>
  one.source === other.source && one.sourcePort === other.sourcePort

const continued = (packet: TracedPacket, { last, events, whole }: Passage): TracedPacket => ({
  ...packet,
  last,
  events: [...packet.events, ...events],
  whole: packet.whole && whole,
})
