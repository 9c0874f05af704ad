/** What the JSON and the text forms of iproute2 share: plain values, and the rules by which they become the model's. */
import type { Link, PolicyRule } from '../../model/node.ts'

/** A link whose peer may be known by name only, as `veth0@veth1` prints it. */
export interface LinkDraft extends Link {
  peerName: string | null
}

/** A whole number of decimal digits, at most 2^53; null for anything else. */
export function integer(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,16}$/.test(text) ? Number(text) : null
}

/** The MAC address in lower case; null where the text is none, as for a tunnel, whose link address is an IP address. */
export function macAddress(text: string | null | undefined): string | null {
  return text && /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text) ? text.toLowerCase() : null
}

/** The words of a line, blanks and tabs between them. No tool prints a line of 64 kB: of junk, only the start is read. */
export const words = (line: string): string[] =>
  line
    .slice(0, 65536)
    .split(/[ \t]+/)
    .filter((word) => word !== '')

/** Up as a packet finds it: switched on, and the other end there. A veth whose pod is gone is UP and NO-CARRIER. */
export const isUp = (flags: readonly string[]): boolean => flags.includes('UP') && !flags.includes('NO-CARRIER')

/** Gives every link whose peer was printed by name the peer's index, as far as the same output holds it. */
export function resolvePeers(drafts: readonly LinkDraft[]): Link[] {
  const indexes = new Map(drafts.map((draft) => [draft.name, draft.index]))
  return drafts.map(({ peerName, ...link }) => {
    const peer = link.peerIndex ?? (peerName === null ? null : (indexes.get(peerName) ?? null))
    return { ...link, peerIndex: hasPeer(link.kind) ? peer : null }
  })
}

/** For any other kind IFLA_LINK is the device that the link lies upon (vlan, macvlan), not another end. */
const hasPeer = (kind: string | null): boolean => kind === null || kind === 'veth' || kind === 'netkit'

/** A rule of `ip rule`. One without a table always has a condition: it cannot be judged as a look-up. */
export function policyRule(priority: number, from: string, table: string | null, conditions: string[]): PolicyRule {
  const condition = conditions.length > 0 ? conditions.join(' ') : table === null ? 'no table' : null
  return { priority, from, table, condition }
}
