import { familyOf } from '../../../model/address.ts'
import type { Pod } from '../../../model/cluster.ts'
import type { NodeState } from '../../../model/node.ts'
import { serviceLinkHolding } from '../../../proxies/on-node.ts'
import { type Analyzer, apiEvidence, listed, sysctlEvidence, walkedEntries } from '../../case.ts'
import { withNote } from '../../fix.ts'

/** A load balancer's address that more than one node answers for. */
export const strictArpOff: Analyzer = {
  code: 'SVP330',
  find(seen) {
    const { nodes, cluster } = seen.observation
    const announcer = cluster.pods?.find(announces)
    if (!announcer) return []
    // By IPv6 the kernel answers for addresses of the asked interface alone.
    const entries = walkedEntries(seen).filter(
      ({ entry }) => entry.kind === 'loadBalancerIP' && familyOf(entry.address) === 4,
    )
    return [...Map.groupBy(entries, ({ entry }) => entry.address)].flatMap(([address, hits]) => {
      const answering = nodes.filter((node) => serviceLinkHolding(node, address) !== null && answersForAll(node))
      if (answering.length < 2) return []
      const names = answering.map(({ name }) => name)
      return [
        {
          subject: address,
          onNodes: names,
          message: `${listed(names)} all answer ARP for ${address}: if ${announcer.namespace}/${announcer.name} announces it by ARP, clients on that network may reach another node than the one it announces`,
          evidence: [
            ...names.slice(0, 3).map((name) => sysctlEvidence(name, ARP_IGNORE, '0')),
            apiEvidence('kubectl get pods -A -o wide', `${announcer.namespace}/${announcer.name}`),
          ],
          fix: withNote(
            'kubectl -n kube-system edit configmap kube-proxy',
            'set ipvs.strictARP to true, then restart kube-proxy on all nodes',
          ),
          hits: hits.filter(({ entry }) => entry.who.kind === 'outside').map(({ node, entry }) => ({ node, entry })),
        },
      ]
    })
  },
}

const ARP_IGNORE = 'net.ipv4.conf.all.arp_ignore'

/** The kernel takes the greater of the setting of all interfaces and of the asked one (IN_DEV_MAXCONF): any that is set may be that of the network. */
const answersForAll = ({ sysctls }: NodeState): boolean =>
  sysctls?.get(ARP_IGNORE) === '0' &&
  [...sysctls].every(([key, value]) => !key.endsWith('.arp_ignore') || value === '0')

/** Pods that announce addresses of load balancers in their own network: MetalLB's speaker, kube-vip. */
const announces = ({ namespace, name, labels }: Pod): boolean =>
  /^kube-vip-/.test(name) ||
  /^metallb-speaker-/.test(name) ||
  (/^speaker-/.test(name) && (namespace === 'metallb-system' || labels.app === 'metallb'))
