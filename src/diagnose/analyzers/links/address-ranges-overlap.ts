import { lookupRoute } from '../../../kernel/fib.ts'
import { isWithin, single } from '../../../model/address.ts'
import type { Cluster } from '../../../model/cluster.ts'
import { memo } from '../../../model/memo.ts'
import type { NodeState, Route } from '../../../model/node.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, type Case, type Draft, listed, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** A route of a VPN, of docker or of virtual machines that takes addresses of pods or services. */
export const addressRangesOverlap: Analyzer = {
  code: 'SVP510',
  find: (seen) =>
    walkedNodes(seen).flatMap(({ path, state }) =>
      foreignRoutes(seen.observation.cluster)(state).flatMap((route) => draftOf(seen, path.name, state, route)),
    ),
}

/** Interfaces that VPN clients, docker, podman, libvirt and LXC make, and no CNI plugin. */
const FOREIGN = /^(tun|tap|wg|ppp|virbr|podman|lxcbr)\d+$|^docker0$|^br-[0-9a-f]{12}$|^(tailscale|zt)\w+$/

/** An interface by which a node of the cluster is reached is the cluster's own, whatever its name. */
const foreignRoutes = memo((cluster: Cluster) =>
  memo((state: NodeState): readonly Route[] => {
    const addresses = (cluster.nodes ?? []).flatMap((one) => one.addresses.map(({ address }) => address))
    const own = new Set(
      (state.links ?? []).flatMap((link) =>
        link.addresses.some((one) => addresses.includes(one.address)) ? [link.name] : [],
      ),
    )
    const reached = addresses
      .filter((one) => /^[\d.]+$|:/.test(one))
      .map((one) => lookupRoute(state, single(one)).device)
    return (state.routes ?? []).filter(
      ({ type, hops }) =>
        type === 'unicast' &&
        hops.some(
          ({ device }) => device !== null && FOREIGN.test(device) && !own.has(device) && !reached.includes(device),
        ),
    )
  }),
)

function draftOf(
  { observation: { cluster }, service, endpoints }: Case,
  node: string,
  state: NodeState,
  route: Route,
): Draft[] {
  if (/\/0$/.test(route.destination)) return []
  const isTaken = (address: string) => lookupRoute(state, single(address)).route === route
  const pods = (endpoints ?? []).filter((one) => one.pod !== null && one.node !== node && isTaken(one.address))
  const lost = [...new Set(pods.map(({ address }) => address))]
  const ranges = rangesOfOthers(cluster, node).filter((range) => isWithin(route.destination, range))
  const services = service.clusterIPs.filter(isTaken)
  const taken = [...lost, ...ranges, ...services]
  if (taken.length === 0) return []
  const device = route.hops[0]!.device!
  const what =
    lost.length > 0
      ? `the pods ${listed(lost)}`
      : ranges.length > 0
        ? `the pod range ${ranges[0]}`
        : `the cluster IP ${services[0]}`
  const then =
    lost.length > 0
      ? 'connections to them leave the cluster there'
      : ranges.length > 0
        ? 'pods that get such an address cannot be reached'
        : `programs on ${node} itself connect from the address of ${device} and may get no answer`
  return [
    {
      node,
      subject: route.destination,
      severity: lost.length > 0 ? 'error' : 'warning',
      message: `the route ${route.destination} on ${node} leads to ${device}, and takes addresses of ${what}: ${then}`,
      evidence: [
        {
          node,
          command: 'ip route show table all',
          file: `nodes/${node}/${route.family === 6 ? 'ip6-route' : 'ip-route'}.json`,
          line: null,
          text: `${route.destination} dev ${device} table ${route.table}`,
        },
      ],
      fix: onNode(
        node,
        sh`ip route del ${route.destination} dev ${device}`,
        'then let the VPN, docker (bip, default-address-pools) or libvirt use another range, or it comes back',
      ),
    },
  ]
}

/** A bridge of docker may well hold the node's own pods. */
const rangesOfOthers = ({ nodes }: Cluster, node: string): string[] =>
  (nodes ?? []).flatMap(({ name, podCIDRs }) => (name === node ? [] : podCIDRs))
