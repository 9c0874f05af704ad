import { familyOf } from '../../../model/address.ts'
import { sh } from '../../../model/shell.ts'
import { bridgeCall } from '../../../trace/bridge-netfilter.ts'
import { type Analyzer, type Case, endpointText, ofNodes, walkedEndpoints } from '../../case.ts'
import { onNode } from '../../fix.ts'

/**
 * A pod on a bridge that cannot call itself by way of its service. With bridge-nf-call-iptables a frame is translated on the bridge, and one whose
 * new destination is a port of the same bridge is bridged on (br_nf_pre_routing_finish, br_netfilter_hooks.c): to the port that it came by only in
 * hairpin mode (should_deliver, br_forward.c). No masquerade saves it: that only changes the source.
 */
export const hairpinOff: Analyzer = {
  code: 'SVP505',
  beyond: true,
  // What was recorded elsewhere seldom holds it.
  needs: (seen) =>
    seen.observation.source === 'live'
      ? ofNodes(seen, 'the ports of bridges', ({ name, hairpin }) => hairpin === null && ownPorts(seen, name))
      : [],
  find(seen) {
    const told = new Set<string>()
    return walkedEndpoints(seen).flatMap(({ node, entry, endpoint }) => {
      const state = seen.observation.nodes.find(({ name }) => name === node)
      const { interface: port, bridge } = endpoint.link
      if (entry.kind === 'podIP' || endpoint.node !== node || !port || !bridge || endpoint.probability === 0) return []
      const family = familyOf(endpoint.address ?? '')
      if (state?.hairpin?.get(port) !== false || bridgeCall(seen.observation, state, family) !== 'on') return []
      if (told.has(`${node} ${port}`)) return []
      told.add(`${node} ${port}`)
      return [
        {
          node,
          subject: port,
          message: `the port ${port} of ${bridge} has no hairpin mode: ${endpoint.pod?.name ?? endpointText(endpoint)} gets no answer when the service sends it to itself; a retry may go to another endpoint`,
          evidence: [
            {
              node,
              command: 'bridge -d link show',
              file: `nodes/${node}/bridge-link.json`,
              line: null,
              text: `${port} hairpin off`,
            },
          ],
          hits: [{ node, entry }],
          fix: onNode(
            node,
            sh`bridge link set dev ${port} hairpin on`,
            "and hairpinMode: true in the CNI plugin's configuration",
          ),
        },
      ]
    })
  },
}

/** Has the node a pod of the service behind a bridge? */
const ownPorts = (seen: Case, name: string): boolean =>
  walkedEndpoints(seen).some(
    ({ node, entry, endpoint }) =>
      node === name && entry.kind !== 'podIP' && endpoint.node === name && endpoint.link.bridge !== null,
  )
