import type { Service } from '../cluster.ts'

/** What no two services may have: node ports, and the ports of addresses outside the cluster's own. */
export const claimsOf = ({ ports, externalIPs, loadBalancerIPs }: Service): string[] => [
  ...ports.flatMap(({ nodePort, protocol }) => (nodePort ? `node port ${nodePort}/${protocol}` : [])),
  ...new Set(
    [...externalIPs, ...loadBalancerIPs].flatMap((address) =>
      ports.map(({ port, protocol }) => `${address} port ${port}/${protocol}`),
    ),
  ),
]
