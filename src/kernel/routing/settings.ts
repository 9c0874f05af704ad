/**
 * Settings of the kernel that end a packet's way where it is routed. Not rp_filter: the interface by which a packet comes in is mostly worked out from
 * the way back to its source, so that nothing would be held against itself.
 */
import { type Family, overlap, parseCidr } from '../../model/address.ts'
import type { NodeState } from '../../model/node.ts'
import type { Stop } from '../../model/report.ts'
import { stopBySetting } from '../stop.ts'
import type { Traveller } from '../traveller.ts'

/** The setting that forbids a packet to be routed as it is; null where none is known to. */
export function forbiddenBy(node: NodeState, hook: 'prerouting' | 'output', traveller: Traveller): Stop | null {
  const { packet, way } = traveller
  if (hook === 'output') return withLoopbackSource(node, traveller)
  if (way?.kind === 'local') return null
  // Also what was translated to the bridge that it came by: its route is an error then (ip_route_input_slow in route.c), and none of the bridge's.
  return forwardingOff(node, packet.destination.family)
}

/** The setting that lets a node forward nothing of a family; null where it forwards, or nobody knows. */
export function forwardingOff(node: NodeState, family: Family): Stop | null {
  const key = family === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding'
  return node.sysctls?.get(key) === '0' ? stopBySetting(node, key, '0') : null
}

/** What the node sends from 127.0.0.1 leaves it only with route_localnet (__mkroute_output in route.c). */
function withLoopbackSource(node: NodeState, { flow, way }: Traveller): Stop | null {
  if (way?.kind !== 'forward' || way.device === null || overlap(flow.source, LOOPBACK) !== 'all') return null
  const keys = ['all', way.device].map((name) => settingOf(name, 'route_localnet'))
  return keys.every((key) => node.sysctls?.get(key) === '0') ? stopBySetting(node, keys[1]!, '0') : null
}

const LOOPBACK = parseCidr('127.0.0.0/8')!

/** Dots in an interface's name stand as slashes. */
const settingOf = (device: string, name: string): string => `net.ipv4.conf.${device.replaceAll('.', '/')}.${name}`
