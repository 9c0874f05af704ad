import type { CatalogueEntry } from '../../model/catalogue.ts'

/** 3xx: node ports, host ports and load balancers. */
export const NODE_PORTS: readonly CatalogueEntry[] = [
  {
    code: 'SVP321',
    name: 'health-check-node-port-dead',
    severity: 'error',
    what: 'With the traffic policy Local, load balancers ask each node at the service’s healthCheckNodePort whether it has endpoints. A node answers wrongly or not at all, so they leave it out although it has ready endpoints, or send it connections that it drops.',
    how: 'Another program holds the port, so kube-proxy could not open it; kube-proxy hangs or is not healthy; or what serves Services on the node does not implement the port (kube-router).',
    proof:
      'Each node is asked at its own port. Either nothing listens there (/proc/net/tcp), or the answer is not that of a service proxy, or its localEndpoints contradicts the ready endpoints that the slices list on the node. Firewalls between the load balancer and the node are not checked. MetalLB does not ask; with it this is a warning.',
    fix: 'ss -ltnp "sport = :PORT" on the node shows which program listens; stop it if it is not kube-proxy. Then restart kube-proxy on the node: kubectl -n kube-system delete pod -l k8s-app=kube-proxy --field-selector spec.nodeName=NODE.',
    references: ['kube-router#455', 'calico#8112', '#97225', '#115825'],
    passes: true,
  },
  {
    code: 'SVP323',
    name: 'node-port-taken',
    severity: 'warning',
    what: 'The kernel may use the node port as source port of a connection from the node itself: replies then go to the service, and such connections sometimes fail.',
    how: 'ip_local_port_range was widened, often to 1024–65535, and covers the node ports.',
    proof: 'net.ipv4.ip_local_port_range covers the node port, and net.ipv4.ip_local_reserved_ports does not name it.',
    fix: 'sysctl -w net.ipv4.ip_local_reserved_ports=30000-32767, and keep it in /etc/sysctl.d.',
    references: ['kops#6342', '#111682', '#139276'],
  },
  {
    code: 'SVP324',
    name: 'load-balancer-bypassed',
    severity: 'info',
    what: 'Pods and nodes that connect to the load balancer’s address never reach it: their node sends them to the endpoints. What the load balancer does to connections, such as PROXY protocol or TLS, is missing, and many servers refuse such connections.',
    how: 'kube-proxy takes the addresses in status.loadBalancer for its own, unless their ipMode is Proxy.',
    proof:
      'An annotation asks the load balancer for PROXY protocol or for TLS with a certificate, the address has no ipMode Proxy, and the walk of the node’s rules ends at an endpoint. With loadBalancerSourceRanges nothing is reported, because they may keep pods out.',
    fix: 'Let the cloud controller set ipMode: Proxy (Kubernetes 1.30 and later) or a hostname in place of the address; many have an annotation for it. kubectl get service NAME -o jsonpath={.status.loadBalancer.ingress} shows what it is. Or let clients in the cluster use the cluster IP without PROXY protocol.',
    references: ['#66607', '#108526', 'KEP-1860'],
  },
  {
    code: 'SVP325',
    name: 'host-port-rules-missing',
    severity: 'error',
    what: 'A pod of the service has a hostPort, and its node has no rule that leads there: connections to the node at that port fail.',
    how: 'The rules were flushed, for instance by a restart of firewalld, and the CNI plugin portmap does not write them again; or portmap is not in the CNI configuration at all.',
    proof:
      'The pod is running and not in its node’s network, all rules of the node were read, nothing else translates there (no eBPF, no Cilium), and no DNAT apart from those of Services leads to the pod’s address and container port.',
    fix: 'kubectl delete pod NAME lets portmap write the rules for the new pod. If they are still missing, add portmap with the capability portMappings to the plugins in /etc/cni/net.d.',
    references: ['plugins#512', '#93091', 'rke2#2325'],
    passes: true,
  },
  {
    code: 'SVP326',
    name: 'localhost-node-port',
    severity: 'info',
    what: 'Programs on the node use node ports at 127.0.0.1, which works only in kube-proxy’s iptables mode and over IPv4.',
    how: 'A registry or agent is configured as localhost:NODEPORT.',
    proof:
      'kubeproxy_iptables_localhost_nodeports_accepted_packets_total is above 0, and the service has a node port. The counter does not say which.',
    fix: 'Before a change of mode, make such programs use an address of the node; conntrack -L --orig-dst 127.0.0.1 shows them.',
    references: ['enhancements#3866'],
  },
  {
    code: 'SVP334',
    name: 'load-balancer-not-announced',
    severity: 'error',
    what: 'MetalLB gave the service an address and does not announce it: clients outside get no answer. A warning where only MetalLB’s status says so, or says that a node without an endpoint announces it under the traffic policy Local.',
    how: 'No L2Advertisement or BGPAdvertisement names the pool; no speaker runs on a node that may announce; or a speaker keeps an address after its pod has moved.',
    proof:
      'The annotation ip-allocated-from-pool names the pool. Either both lists of advertisements were read and none is for the pool; or the pool is announced by layer 2 alone and there is no ServiceL2Status for the service, or one of a node on which the slices list no ready endpoint. If the lists cannot be read, nothing is reported.',
    fix: 'kubectl get l2advertisements,bgpadvertisements -A -o wide shows which pools are announced: add one that names the pool. kubectl logs -n metallb-system -l component=speaker shows who announces, and why not.',
    references: ['metallb#1561', 'metallb#2705', 'metallb#2930', 'metallb#2285'],
    passes: true,
  },
]
