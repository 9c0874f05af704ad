import { parseAddress } from '../../model/address.ts'
import type { PacketSight } from '../../model/kernel-trace/trace.ts'

/** `packet: iif "cni0" ether saddr … ip saddr 10.1.1.2 ip daddr 10.96.0.1 … ip id 61088 … tcp sport 60686 tcp dport 80 …` */
export function sightOf(text: string): { sight: PacketSight; number: string | null } {
  const value = (pattern: RegExp) => pattern.exec(text)?.[1] ?? null
  const protocol = value(/ (tcp|udp|sctp) sport /)
  const sight: PacketSight = {
    protocol,
    source: address(value(/ ip6? saddr ([0-9a-f.:]+)/)),
    sourcePort: port(value(/ (?:tcp|udp|sctp) sport (\d+)/)),
    destination: address(value(/ ip6? daddr ([0-9a-f.:]+)/)),
    destinationPort: port(value(/ (?:tcp|udp|sctp) dport (\d+)/)),
    inInterface: value(/ iif "([^"]*)"/) ?? value(/ iif (\S+)/) ?? '',
  }
  return { sight, number: value(/ ip id (\d+)/) }
}

const address = (text: string | null): string | null => (text !== null && parseAddress(text) ? text : null)

const port = (text: string | null): number | null => (text !== null && Number(text) < 65536 ? Number(text) : null)
