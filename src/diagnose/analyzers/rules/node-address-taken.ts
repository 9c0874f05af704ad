import { nodeHolding } from '../../../model/cluster.ts'
import { sh } from '../../../model/shell.ts'
import { serviceLinkHolding } from '../../../proxies/on-node.ts'
import { type Analyzer, apiEvidence, listed, walkedEntries } from '../../case.ts'
import { withNote } from '../../fix.ts'

/** A node's own address that other nodes hold as one of a service. */
export const nodeAddressTaken: Analyzer = {
  code: 'SVP329',
  find(seen) {
    const { observation, service } = seen
    const claimed = new Set(
      walkedEntries(seen).flatMap(({ entry }) =>
        entry.kind === 'externalIP' || entry.kind === 'loadBalancerIP' ? [entry.address] : [],
      ),
    )
    return [...claimed].flatMap((address) => {
      const owner = nodeHolding(observation.cluster, address)
      if (!owner) return []
      const takers = observation.nodes.flatMap((node) => {
        const link = node.name === owner.name ? null : serviceLinkHolding(node, address)
        return link ? [{ name: node.name, link }] : []
      })
      const [first] = takers
      if (!first) return []
      const names = takers.map(({ name }) => name)
      const { namespace, name } = service
      return [
        {
          subject: address,
          onNodes: names,
          message: `${address} is an address of the node ${owner.name}, and ${listed(names)} ${names.length === 1 ? 'holds' : 'hold'} it on ${first.link} as a service address: packets that ${names.length === 1 ? 'it sends' : 'they send'} to this address never leave ${names.length === 1 ? 'the node' : 'their own node'}`,
          evidence: [
            ...takers.slice(0, 3).map((one) => ({
              ...{ node: one.name, command: sh`ip addr show ${one.link}`, file: '', line: null },
              text: `${address} on ${one.link}`,
            })),
            apiEvidence(sh`kubectl get node ${owner.name} -o wide`, `${address} is an address of ${owner.name}`),
          ],
          fix: withNote(
            sh`kubectl edit service -n ${namespace} ${name}`,
            `take ${address} out of externalIPs, or give the load balancer another address`,
          ),
          hits: [],
        },
      ]
    })
  },
}
