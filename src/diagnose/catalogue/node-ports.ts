import type { CatalogueEntry } from '../../model/catalogue.ts'

/** 3xx: node ports, host ports and load balancers. */
export const NODE_PORTS: readonly CatalogueEntry[] = [
  {
    code: 'SVP326',
    name: 'localhost-node-port',
    severity: 'info',
    what: 'Programs on the node use node ports at 127.0.0.1, which works only in kube-proxy’s iptables mode and over IPv4.',
    how: 'A registry or agent that is configured as localhost:NODEPORT.',
    proof:
      'kubeproxy_iptables_localhost_nodeports_accepted_packets_total is above 0, and the service has a node port. The counter does not say which.',
    fix: 'Before a change of mode, let such programs use an address of the node; conntrack -L --orig-dst 127.0.0.1 shows them.',
    references: ['KEP-3866'],
  },
]
