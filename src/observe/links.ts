import type { Link } from '../model/node.ts'

/** One link a name: `ip link` and `ip addr` both list them, and each may know what the other leaves out. */
export function mergeLinks(known: readonly Link[], more: readonly Link[]): Link[] {
  const byName = new Map(known.map((link) => [link.name, link]))
  for (const link of more) {
    const other = byName.get(link.name)
    byName.set(link.name, other ? merge(other, link) : link)
  }
  return [...byName.values()]
}

function merge(a: Link, b: Link): Link {
  return {
    index: a.index ?? b.index,
    name: a.name,
    kind: a.kind ?? b.kind,
    mac: a.mac ?? b.mac,
    mtu: a.mtu ?? b.mtu,
    up: a.up || b.up,
    master: a.master ?? b.master,
    peerIndex: a.peerIndex ?? b.peerIndex,
    addresses: a.addresses.length > 0 ? a.addresses : b.addresses,
    ...((a.packets ?? b.packets) ? { packets: (a.packets ?? b.packets)! } : {}),
    ...((a.xdp ?? b.xdp) ? { xdp: { name: a.xdp?.name ?? b.xdp?.name ?? null } } : {}),
  }
}
