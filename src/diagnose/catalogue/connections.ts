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
    how: 'Rules changed while the counters stayed, endpoints were added later, or rules are not kube-proxy’s.',
    proof:
      'A chi-squared test of the rules’ counters against the shares, p below 1e-9; from 100 connections on, and not with session affinity.',
    fix: 'iptables -t nat -Z CHAIN sets the counters to zero; look again later. Uneven shares are SVP305.',
    references: [],
  },
  {
    code: 'SVP604',
    name: 'connection-to-deleted-service',
    severity: 'warning',
    what: 'UDP packets to the address of a service that was deleted still reach an endpoint of this one.',
    how: 'Up to 1.36 kube-proxy leaves the connections of a deleted UDP service in conntrack. A client that sends without a pause (statsd, logs, DNS) keeps its entry alive, and the pod’s address may since belong to another program.',
    proof:
      'All services of the cluster were listed (-A). A UDP entry of conntrack leads to an endpoint of this service from an address that none of them has, and that lies between the cluster IPs of others. TCP is not judged: an open connection may outlive its service.',
    fix: 'conntrack -D -p udp --orig-dst ADDRESS on the node; the client must look the name up again.',
    references: ['#141371', '#66651'],
    passes: true,
  },
  {
    code: 'SVP605',
    name: 'few-connections-carry-the-load',
    severity: 'info',
    what: 'Clients hold old connections to some endpoints, and ready ones beside them have none: they stay idle.',
    how: 'A Service spreads connections, not requests. Clients that keep theirs open (gRPC, HTTP/2, database pools) never meet an endpoint that came later.',
    proof:
      'The rules give the endpoint its share and have counted no connection to it since they were written, on no node. Of the open connections in conntrack none is its own, which by chance would happen less than once in a million.',
    fix: 'Let clients end connections now and then (MAX_CONNECTION_AGE of gRPC servers, keep-alive limits), or balance requests in the client or a proxy (a headless service, a service mesh).',
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
    what: 'Rules inside the pod lead its connections to another port, that of a proxy, and nothing listens there: they are refused. For information where something does.',
    how: 'A service mesh (Istio, Linkerd, Kuma …) put the rules there, and its proxy is not up yet, has ended, or was never injected.',
    proof:
      'A first packet is sent through the rules of the pod’s own network namespace: all of its ways end in the same REDIRECT, or DNAT to its own address. ss ran in that namespace, and shows a socket for that port or none.',
    fix: 'kubectl describe pod NAME shows whether the proxy’s container runs and is ready. A pod with the rules and without the proxy has to be created anew.',
    references: ['istio#16067', 'istio#11838'],
    passes: true,
  },
  {
    code: 'SVP705',
    name: 'policy-lags-pod-start',
    severity: 'warning',
    what: 'A NetworkPolicy selects an endpoint, and the node has no rules for this pod yet: connections that the policy forbids come through.',
    how: 'kube-router, also the one in k3s, writes the rules for a pod after the pod has started. Until then nothing is filtered. It takes seconds, in large clusters longer, and where kube-router hangs it does not end.',
    proof:
      'A policy with rules for what comes in selects the pod by its labels, the pod is running on a node whose filter table was read whole, kube-router has a chain KUBE-POD-FW-… for other pods there, and no rule names this pod’s address. Other policy engines are not judged.',
    fix: 'Let the pod’s program wait some seconds, or an init container until the policy is in force. If the chain does not appear, read the log of kube-router (kubectl logs -n kube-system -l k8s-app=kube-router) or of k3s (journalctl -u k3s).',
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
