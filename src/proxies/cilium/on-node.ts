/** Does Cilium serve a node's Services, and is that all of it known? */
import type { Family } from '../../model/address.ts'
import type { Cilium } from '../../model/dataplanes/cilium.ts'
import type { NodeState } from '../../model/node.ts'
import type { FullTable, ServiceProxy } from '../proxy.ts'
import { ciliumProxy } from './proxy.ts'

/** By the agent's own word; where that was not read, by what its lists hold. Null: it serves nothing here. `left`: kube-proxy's rules that translate. */
export function ciliumOn(node: NodeState, family: Family, left: readonly ServiceProxy[]): ServiceProxy | null {
  const { cilium } = node
  if (!cilium) return null
  if (serves(cilium)) return ciliumProxy(node, cilium, family, doubtOf(cilium, left))
  const unread = unreadOn(node)
  // Rules of kube-proxy's may be all that serves here, or what was left behind.
  return unread === null || left.length === 0
    ? null
    : ciliumProxy(node, cilium, family, `${unread}: whether kube-proxy’s rules take it is not known`)
}

/** Does it serve Services there, be it a part of them? */
export function serves({ status, slots, services }: Cilium): boolean {
  if (!slots && !services) return false
  if (status?.replaces) return status.replaces !== 'none'
  return (slots ?? services)!.items.length > 0
}

/** Is the agent to be looked after where services do not work? So it is, too, where it does not answer and nothing tells what it left in the kernel. */
export const isAgents = ({ cilium }: NodeState): boolean =>
  cilium !== null && (serves(cilium) || cilium.refusal !== null)

/** Why nobody knows what Cilium serves here, though it may serve all; null where that is no question. */
export function unreadOn({ cilium }: NodeState): string | null {
  if (!cilium || serves(cilium) || cilium.status?.replaces === 'none') return null
  if (cilium.refusal) return 'Cilium’s agent does not answer, and what it left in the kernel was not read'
  if (cilium.unasked) return 'Cilium’s agent could not be asked'
  return cilium.status?.replaces ? 'Cilium serves here, and its lists were not read' : null
}

/** Its lists of frontends that are not in the text, as the kernel names them. */
export const unreadMap = (family: Family, { slots }: Cilium): string[] =>
  slots ? [] : [`cilium_lb${family}_services_v2`]

function doubtOf({ status }: Cilium, left: readonly ServiceProxy[]): string | null {
  if (status?.replaces === 'all' || left.length === 0) return null
  return status?.replaces === 'part'
    ? 'Cilium serves a part of the services and kube-proxy the rest: which of them takes it is not known'
    : 'whether Cilium or kube-proxy takes it is not known: Cilium’s mode is not in the text'
}

/** Maps of services that the agent counts to be full: what does not fit is not served. */
export const fullMaps = ({ cilium }: NodeState): FullTable[] =>
  (cilium?.pressure ?? []).flatMap(({ map, share, source }) =>
    share >= 1 && /lb[46]_/.test(map)
      ? [
          {
            name: `Cilium’s map ${map}`,
            source,
            remedy: 'raise bpf.lbMapMax in Cilium’s Helm values (--bpf-lb-map-max)',
          },
        ]
      : [],
  )
