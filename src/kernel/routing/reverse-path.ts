/** The check of where packets come from (rp_filter in ip-sysctl.rst of the kernel's documentation), which IPv4 alone has. */
import type { NodeState } from '../../model/node.ts'
import type { Stop } from '../../model/report.ts'
import { lookupRoute, type RouteResult } from '../fib.ts'
import { NO_MARK } from '../packet.ts'
import { stopByReversePath } from '../stop.ts'
import type { Traveller } from '../traveller.ts'

/**
 * What drops a packet whose source the node would answer by another interface than the one that it came by; null where nothing is known to. The larger of the values
 * for `all` and for the interface counts: 1 wants that very interface, 2 any way at all (fib_validate_source in fib_frontend.c). An interface that was only worked
 * out from the way back is not held against it.
 */
export function notExpectedBy(node: NodeState, { packet, flow }: Traveller): Stop | null {
  const { source, inInterface, destination } = packet
  if (!packet.arrived || source.family !== 4 || !inInterface) return null
  const filter = filterOf(node, inInterface)
  if (filter === null || filter.value === 0) return null
  const marked = settingOf(node, inInterface, 'src_valid_mark').value !== 0
  const back = lookupRoute(node, source, { source: destination, mark: marked ? flow.mark : NO_MARK, inInterface: null })
  if (back.doubt !== null || back.kind === 'unknown' || back.kind === 'local') return null
  if (back.kind === 'none' || (filter.value === 1 && leadsElsewhere(back, inInterface)))
    return stopByReversePath(node, { ...filter, in: inInterface, back: back.device })
  return null
}

function leadsElsewhere({ route }: RouteResult, inInterface: string): boolean {
  const devices = route?.hops.map(({ device }) => device) ?? []
  return devices.length > 0 && devices.every((device) => device !== null && device !== inInterface)
}

/** The setting that counts, and its key; null where one of the two was not read. */
function filterOf(node: NodeState, device: string): { key: string; value: number } | null {
  const [all, own] = [settingOf(node, 'all', 'rp_filter'), settingOf(node, device, 'rp_filter')]
  if (Number.isNaN(all.value) || Number.isNaN(own.value)) return null
  return own.value >= all.value ? own : all
}

/** NaN where it was not read. Dots in an interface's name stand as slashes. */
function settingOf({ sysctls }: NodeState, device: string, name: string): { key: string; value: number } {
  const key = `net.ipv4.conf.${device.replaceAll('.', '/')}.${name}`
  return { key, value: Number(sysctls?.get(key) ?? Number.NaN) }
}
