/** Do frames on a node's bridges pass the rules of a family? */
import type { Family } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'

/** The settings of br_netfilter (br_netfilter_hooks.c, brnf_table), which stand under net.bridge as long as the module is loaded. */
export const CALLS: Readonly<Record<Family, string>> = {
  4: 'net.bridge.bridge-nf-call-iptables',
  6: 'net.bridge.bridge-nf-call-ip6tables',
}

/** `off`: switched off. `absent`: the module that would do it is not loaded. */
export type BridgeCall = 'on' | 'off' | 'absent' | 'unknown'

export function bridgeCall({ source, nodes }: Observation, state: NodeState, family: Family): BridgeCall {
  const value = state.sysctls?.get(CALLS[family])
  if (value !== undefined) return value === '0' ? 'off' : 'on'
  // The module brings all its keys at once: beside another of them, this one was not asked for.
  if (!state.sysctls || state.sysctls.size === 0 || hasKeys(state)) return 'unknown'
  // That nothing is there says something only where somebody asked: svcpath's own script does and says so, and sysctl tells what it does not find.
  const asked = source === 'live' || state.sysctls.has('net.bridge') || nodes.some(hasKeys)
  return asked ? 'absent' : 'unknown'
}

const hasKeys = ({ sysctls }: NodeState): boolean =>
  [...(sysctls?.keys() ?? [])].some((key) => key.startsWith('net.bridge.'))
