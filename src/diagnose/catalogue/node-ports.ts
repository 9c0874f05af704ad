import type { CatalogueEntry } from '../../model/catalogue.ts'

/** 3xx: node ports, host ports and load balancers. */
export const NODE_PORTS: readonly CatalogueEntry[] = [
  {
    code: 'SVP323',
    name: 'node-port-taken',
    severity: 'warning',
    what: 'The kernel may use the node port as the source port of a connection that the node itself opens: its replies then go to the service, and that connection fails now and then.',
    how: 'ip_local_port_range was widened, often to 1024–65535, and covers the node ports.',
    proof: 'net.ipv4.ip_local_port_range covers the node port, and net.ipv4.ip_local_reserved_ports does not name it.',
    fix: 'sysctl -w net.ipv4.ip_local_reserved_ports=30000-32767, and keep it in /etc/sysctl.d.',
    references: ['kops#6342', '#111682', '#139276'],
  },
  {
    code: 'SVP326',
    name: 'localhost-node-port',
    severity: 'info',
    what: 'Programs on the node use node ports at 127.0.0.1, which works only in kube-proxy’s iptables mode and over IPv4.',
    how: 'A registry or agent that is configured as localhost:NODEPORT.',
    proof:
      'kubeproxy_iptables_localhost_nodeports_accepted_packets_total is above 0, and the service has a node port. The counter does not say which.',
    fix: 'Before a change of mode, let such programs use an address of the node; conntrack -L --orig-dst 127.0.0.1 shows them.',
    references: ['enhancements#3866'],
  },
]
