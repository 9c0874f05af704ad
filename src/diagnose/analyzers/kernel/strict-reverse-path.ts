import { lookupRoute } from '../../../kernel/fib.ts'
import { linkHolding } from '../../../kernel/locality.ts'
import { familyOf, parseAddress, single } from '../../../model/address.ts'
import type { NodeState } from '../../../model/node.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, endpointText, ofNodes, sysctlEvidence, walkedEndpoints } from '../../case.ts'
import { onNode } from '../../fix.ts'

/**
 * Answers that come in by another interface than the node would send to their source by, where that is forbidden (rp_filter in ip-sysctl.txt of the
 * kernel's documentation: the larger of `all` and the interface's counts, and 2 is content with any way). It is a setting of IPv4 alone.
 */
export const strictReversePath: Analyzer = {
  code: 'SVP404',
  needs: (seen) => ofNodes(seen, 'the kernel settings', ({ sysctls }) => sysctls === null),
  find(seen) {
    const { nodes, cluster } = seen.observation
    const told = new Set<string>()
    return walkedEndpoints(seen).flatMap(({ node, endpoint }) => {
      const [here, home] = [node, endpoint.node].map((name) => nodes.find((one) => one.name === name))
      const out = endpoint.link.interface
      if (!here || !home || here === home || !out || endpoint.probability === 0) return []
      if (endpoint.address === null || familyOf(endpoint.address) !== 4) return []
      const networks = cluster.nodes?.find(({ name }) => name === node)?.podCIDRs
      const network = networks?.find((cidr) => familyOf(cidr) === 4)
      const entered = network ? entryOf(here, home, network.split('/')[0]!) : null
      if (!entered || entered === out || told.has(`${node} ${entered}`)) return []
      const strict = ['all', entered].map((name) => `net.ipv4.conf.${name.replaceAll('.', '/')}.rp_filter`)
      const values = strict.map((key) => here.sysctls?.get(key) ?? null)
      if (Math.max(...values.map(Number)) !== 1) return []
      told.add(`${node} ${entered}`)
      return [
        {
          node,
          subject: entered,
          message: `answers of ${endpointText(endpoint)} come to ${node} by ${entered}, and it would send there by ${out}: with rp_filter=1 it drops them`,
          evidence: strict.flatMap((key, i) => (values[i] === '1' ? [sysctlEvidence(node, key, '1')] : [])),
          fix: onNode(node, sh`sysctl -w ${`${strict[1]!}=2`}`, 'or let both ways be one'),
        },
      ]
    })
  },
}

/** The interface of `here` whose address `home` sends packets for a network of it to; null where that is not known for sure. */
function entryOf(here: NodeState, home: NodeState, network: string): string | null {
  if (!parseAddress(network)) return null
  const { kind, gateway, doubt } = lookupRoute(home, single(network))
  if (kind !== 'forward' || gateway === null || doubt !== null) return null
  return linkHolding(here, gateway)
}
