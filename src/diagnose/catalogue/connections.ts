import type { CatalogueEntry } from '../../model/catalogue.ts'

/** 6xx: connections. */
export const CONNECTIONS: readonly CatalogueEntry[] = [
  {
    code: 'SVP601',
    name: 'connection-to-dead-endpoint',
    severity: 'error',
    what: 'conntrack still pins a live connection to an address that is no longer an endpoint.',
    how: 'kube-proxy deletes UDP entries when an endpoint goes away; it did not, or the client started in between. A TCP client that does not notice keeps sending.',
    proof:
      'A conntrack entry of the service whose reply address is not an endpoint; for TCP only established ones. Clients that are gone themselves do not count.',
    fix: 'conntrack -D -p PROTOCOL --orig-dst SERVICE --reply-src ENDPOINT.',
    references: ['#125467', '#139628'],
    passes: true,
  },
  {
    code: 'SVP602',
    name: 'connection-not-translated',
    severity: 'error',
    what: 'A connection to the service’s address was never translated and gets no answer.',
    how: 'It began before the rules were there and never ends; mostly UDP.',
    proof: 'An unreplied conntrack entry whose reply would come from the service’s own address.',
    fix: 'conntrack -D -p PROTOCOL --orig-dst SERVICE --reply-src SERVICE.',
    references: ['#48370'],
  },
  {
    code: 'SVP603',
    name: 'skewed-distribution',
    severity: 'warning',
    what: 'Connections per endpoint differ from the expected shares by more than chance.',
    how: 'The rules changed and the counters were kept, endpoints were added later, or another program wrote the rules.',
    proof:
      'A chi-squared test compares the counters of the rules with the shares: p is below 1e-9. It needs at least 100 connections, and does not run with session affinity.',
    fix: 'iptables -t nat -Z CHAIN sets the counters to zero; trace again later. For uneven shares see SVP305.',
    references: [],
  },
  {
    code: 'SVP604',
    name: 'connection-to-deleted-service',
    severity: 'warning',
    what: 'UDP packets to the address of a service that was deleted still reach an endpoint of this one.',
    how: 'Up to 1.36 kube-proxy leaves the connections of a deleted UDP service in conntrack. A client that keeps sending (statsd, logs, DNS) keeps its entry alive, and the pod’s address may belong to another program by now.',
    proof:
      'All services of the cluster were listed (-A). A UDP entry in conntrack leads to an endpoint of this service from an address that no service has, and that lies between the cluster IPs of others. TCP is not judged, because an open connection may outlive its service.',
    fix: 'conntrack -D -p udp --orig-dst ADDRESS on the node removes the entries. The client must then resolve the name again.',
    references: ['#141371', '#66651'],
    passes: true,
  },
  {
    code: 'SVP605',
    name: 'few-connections-carry-the-load',
    severity: 'info',
    what: 'Clients keep old connections to some endpoints, while other ready endpoints have no connection and stay idle.',
    how: 'A Service spreads connections, not requests. Clients that keep their connections open (gRPC, HTTP/2, database pools) never use an endpoint that was added later.',
    proof:
      'The rules give the endpoint its share, and on no node have they counted a connection to it since they were written. None of the open connections in conntrack leads to it, which would happen by chance less than once in a million.',
    fix: 'Close connections from time to time (MAX_CONNECTION_AGE of gRPC servers, keep-alive limits), or balance requests in the client or in a proxy (a headless service, a service mesh).',
    references: ['#38456', '#5292'],
  },
  {
    code: 'SVP606',
    name: 'walk-and-kernel-disagree',
    severity: 'warning',
    what: 'A real connection of probe went another way than the rules of its node say.',
    how: 'Something that svcpath does not read decides (an eBPF program, a module of the kernel), or svcpath misreads a rule.',
    proof:
      'Connections of probe were recognised by their source ports in conntrack: what became of them contradicts the walk, which was sure and was the same before and after. Nothing is said where the walk is not sure, or where packets are lost between nodes.',
    fix: 'kubectl svcpath capture NAME -n NAMESPACE --redact: please report it with this file and the output of probe -o json.',
    references: [],
  },
  {
    code: 'SVP607',
    name: 'real-connections-fail',
    severity: 'error',
    what: 'Real connections to the service, made by check --probe, fail.',
    how: 'Whatever the other findings say; or something that no rule shows: a program that hangs, a network between nodes that drops, a policy that forbids this client.',
    proof:
      'Connections from nodes and from the network namespaces of pods were refused, got no answer, or reached no endpoint. conntrack on the nodes that they passed says how far they came.',
    fix: 'kubectl svcpath probe NAME -n NAMESPACE shows for each place, entry and endpoint where they died.',
    references: [],
  },
]

/** 7xx: policies and host firewalls. */
export const POLICY: readonly CatalogueEntry[] = [
  {
    code: 'SVP701',
    name: 'dropped-by-policy',
    severity: 'error',
    what: 'A network policy, or a rule at another hook than forward, drops or refuses the traffic.',
    how: 'A NetworkPolicy, or a firewall on the node.',
    proof:
      'The packet ends in a chain of kube-router, Calico or a similar plugin, or in a rule or policy of another base chain. Other drops at the hook forward are SVP403.',
    fix: 'kubectl describe networkpolicies -n NAMESPACE: allow the client. A manual rule: remove it, or accept the service’s traffic before it.',
    references: ['kube-router#2059', 'k3s#10053'],
    explains: 'way',
  },
  {
    code: 'SVP702',
    name: 'policy-selects-endpoint',
    severity: 'info',
    what: 'NetworkPolicies select the endpoints: if the CNI plugin enforces them, clients that they do not allow get no answer.',
    how: 'By design.',
    proof:
      'The selectors of policies with ingress rules, and the pods’ labels; policies do not select pods on the host network.',
    fix: 'Nothing, if the client is allowed: kubectl describe networkpolicy -n NAMESPACE NAME.',
    references: [],
  },
  {
    code: 'SVP703',
    name: 'host-firewall-on-path',
    severity: 'warning',
    what: 'A firewall on the node that is not part of Kubernetes may drop some of this traffic.',
    how: 'firewalld, ufw, or manual rules.',
    proof:
      'A first packet to an endpoint, from any client, may meet a rule in the base chains at prerouting or forward that drops it. Certain drops are SVP403 or SVP701.',
    fix: 'kubectl svcpath NAME -v shows which rules the packet meets; accept the pods’ and services’ networks there.',
    references: [],
  },
  {
    code: 'SVP704',
    name: 'redirected-inside-the-pod',
    severity: 'error',
    what: 'Rules inside the pod redirect its connections to the port of a proxy, and nothing listens there: they are refused. It is an info if something listens.',
    how: 'A service mesh (Istio, Linkerd, Kuma …) put the rules there, and its proxy has not started yet, has exited, or was never injected.',
    proof:
      'svcpath walks a first packet through the rules of the pod’s own network namespace: every path ends in the same REDIRECT, or in a DNAT to its own address. ss ran in that namespace and shows whether a socket listens on that port.',
    fix: 'kubectl describe pod NAME shows whether the proxy’s container runs and is ready. Delete a pod that has the rules but no proxy, so that it is created again.',
    references: ['istio#16067', 'istio#11838'],
    passes: true,
  },
  {
    code: 'SVP705',
    name: 'policy-lags-pod-start',
    severity: 'warning',
    what: 'A NetworkPolicy selects an endpoint, and the node has no rules for this pod yet: connections that the policy forbids are still accepted.',
    how: 'kube-router, also the one in k3s, writes the rules for a pod after the pod has started. Until then nothing is filtered. This takes seconds, longer in large clusters, and never ends if kube-router hangs.',
    proof:
      'A policy with ingress rules selects the pod by its labels, the pod runs on a node whose complete filter table was read, kube-router has a chain KUBE-POD-FW-… for other pods there, and no rule names this pod’s address. Other policy engines are not judged.',
    fix: 'Let the pod’s program wait some seconds, or let an init container wait until the policy is in force. If the chain does not appear, read the log of kube-router (kubectl logs -n kube-system -l k8s-app=kube-router) or of k3s (journalctl -u k3s).',
    references: ['kube-router#873', 'k3s#13432', 'k3s#947'],
    passes: true,
  },
]

/** 8xx: what was not seen. */
export const EVIDENCE: readonly CatalogueEntry[] = [
  {
    code: 'SVP801',
    name: 'node-unreachable',
    severity: 'warning',
    what: 'A node could not be read.',
    how: 'No access to it worked: no pod there to exec into, debug pods are not allowed, SSH is refused, or no answer in time.',
    proof: 'What each attempt returned.',
    fix: 'Try another way (--via exec, debug or ssh) or more time (--node-timeout); kubectl svcpath rbac prints the roles that are needed.',
    references: [],
    explains: 'unread',
  },
  {
    code: 'SVP802',
    name: 'evidence-missing',
    severity: 'warning',
    what: 'Something was not collected, so it is unknown.',
    how: 'A missing tool or permission, or a time limit.',
    proof: 'The missing section.',
    fix: 'Install the tool on the node, or use debug pods of an image that has it (--via debug --image); kubectl svcpath rbac prints the roles.',
    references: [],
  },
  {
    code: 'SVP803',
    name: 'match-not-understood',
    severity: 'warning',
    what: 'A rule on the path could not be judged.',
    how: 'A match that svcpath does not know, or whose state is in no dump.',
    proof: 'The rule’s text.',
    fix: 'Read the rule, which the finding quotes. Please report it, so that svcpath can learn this match.',
    references: [],
  },
  {
    code: 'SVP804',
    name: 'node-not-supported',
    severity: 'info',
    what: 'svcpath cannot read the data plane of a node.',
    how: 'A Windows node; kube-proxy in ipvs mode, whose virtual servers are in no rule; or Cilium, Calico in eBPF mode, OVN-Kubernetes or Antrea in its place, which no rule shows.',
    proof:
      'The node’s operating system; kube-proxy’s configuration; if no kube-proxy rule translates: chains of Cilium or OVN-Kubernetes, the links ovn-k8s-mp0, antrea-gw0 or bpfin.cali, or Calico’s programs at links.',
    fix: 'Nothing is wrong: query the data plane itself (ipvsadm -Ln; cilium-dbg service list; calico-node -bpf nat dump; ovn-nbctl lb-list; antctl get ovsflows -T ServiceLB; on Windows hnsdiag list loadbalancers -d).',
    references: [],
  },
]
