import { sh } from '../../../model/shell.ts'
import { type Analyzer, endpointText, ofNodes, walkedEntries } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** A next hop that does not answer. */
export const neighbourFailed: Analyzer = {
  code: 'SVP506',
  needs: (seen) => ofNodes(seen, 'the neighbours', ({ neighbours }) => neighbours === null),
  find(seen) {
    const silent = walkedEntries(seen).flatMap(({ node, entry, state }) =>
      entry.endpoints.flatMap((endpoint) => {
        const { via, how, bridge, interface: own } = endpoint.link
        if (how === 'local' || endpoint.probability === 0) return []
        const next = via ?? endpoint.address
        // The same address may be asked for on another interface, by somebody else.
        const device = bridge ?? own
        const found = state.neighbours?.find(
          (one) =>
            one.address === next &&
            (device === null || one.device === device) &&
            one.states.some((text) => text === 'FAILED' || text === 'INCOMPLETE'),
        )
        return found ? [{ node, entry, endpoint, found }] : []
      }),
    )
    return [...Map.groupBy(silent, ({ node, found }) => `${node} ${found.address}`).values()].map((all) => {
      const { node, endpoint, found } = all[0]!
      // While it is asked for the first time: three questions, a second apart (mcast_solicit and retrans_time of arp_tbl, arp.c).
      const failed = found.states.includes('FAILED')
      return {
        node,
        subject: found.address,
        byInterface: found.device,
        ...(failed ? {} : { severity: 'warning' as const }),
        message: failed
          ? `${found.address}, the next hop to ${endpointText(endpoint)}, does not answer ${node}: connections through it are lost`
          : `${found.address}, the next hop to ${endpointText(endpoint)}, had not answered ${node} yet: if it stays so for more than 3 seconds, connections through it are lost`,
        evidence: [
          {
            node,
            command: `ip neigh show ${found.address}`,
            file: `nodes/${node}/ip-neigh.json`,
            line: null,
            text: `${found.address} dev ${found.device} ${found.states.join(' ')}`,
          },
        ],
        fix: onNode(
          node,
          found.address.includes(':')
            ? sh`ping -6 -c 3 -I ${found.device} ${found.address}; ip -6 neigh show ${found.address}`
            : sh`arping -c 3 -I ${found.device} ${found.address}`,
          'is it up, and on the same network as this interface?',
        ),
        hits: all.map((one) => ({ node: one.node, entry: one.entry })),
      }
    })
  },
}
