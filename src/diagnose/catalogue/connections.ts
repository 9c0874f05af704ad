import type { CatalogueEntry } from '../catalogue.ts'

/** 6xx: connections. */
export const CONNECTIONS: readonly CatalogueEntry[] = [
  {
    code: 'SVP601',
    name: 'connection-to-dead-endpoint',
    severity: 'error',
    what: 'A live connection is held to an address that is no endpoint any more.',
    how: 'kube-proxy clears UDP entries when an endpoint goes; it did not, or the client began in between.',
    proof: 'A conntrack entry of the service whose answers come from no endpoint.',
    fix: 'conntrack -D.',
    references: ['#125467', '#139628'],
  },
  {
    code: 'SVP602',
    name: 'connection-not-translated',
    severity: 'error',
    what: 'A connection to the service’s address was never translated.',
    how: 'It began before the rules were there, and never ends: UDP senders above all.',
    proof: 'A conntrack entry whose answers would come from the service’s address itself.',
    fix: 'conntrack -D.',
    references: ['#48370'],
  },
  {
    code: 'SVP603',
    name: 'skewed-distribution',
    severity: 'warning',
    what: 'Connections per endpoint differ from their shares beyond chance.',
    how: 'Long-lived connections, or rules that were changed meanwhile.',
    proof: 'A chi-squared test of the counters, p below 0.001.',
    fix: 'None by itself: see SVP305.',
    references: [],
  },
]

/** 7xx: policies and host firewalls. */
export const POLICY: readonly CatalogueEntry[] = [
  {
    code: 'SVP701',
    name: 'dropped-by-policy',
    severity: 'error',
    what: 'A policy or another rule on the path drops or refuses the traffic.',
    how: 'A NetworkPolicy, or a firewall on the node.',
    proof: 'The walk ends in the rule.',
    fix: 'Allow the client, or remove the rule.',
    references: ['kube-router#2059', 'k3s#10053'],
  },
  {
    code: 'SVP702',
    name: 'policy-selects-endpoint',
    severity: 'info',
    what: 'NetworkPolicies select the endpoints.',
    how: 'By design.',
    proof: 'The policies’ selectors.',
    fix: 'Nothing.',
    references: [],
  },
  {
    code: 'SVP703',
    name: 'host-firewall-on-path',
    severity: 'warning',
    what: 'A table that is not Kubernetes’ own can drop this traffic.',
    how: 'firewalld, ufw, or rules by hand.',
    proof: 'A base chain of another table on the path, with drops in it.',
    fix: 'Allow the pods’ networks there.',
    references: [],
  },
]

/** 8xx: what was not seen. */
export const EVIDENCE: readonly CatalogueEntry[] = [
  {
    code: 'SVP801',
    name: 'node-unreachable',
    severity: 'warning',
    what: 'A node could not be read.',
    how: 'No way onto it worked.',
    proof: 'What each way answered.',
    fix: 'Try another --via.',
    references: [],
  },
  {
    code: 'SVP802',
    name: 'evidence-missing',
    severity: 'warning',
    what: 'A part was not collected, and is unknown.',
    how: 'A missing tool or permission, or a time limit.',
    proof: 'The section that is not there.',
    fix: 'Install the tool, or use an image that has it.',
    references: [],
  },
  {
    code: 'SVP803',
    name: 'match-not-understood',
    severity: 'warning',
    what: 'A rule on the path could not be judged.',
    how: 'A match that svcpath does not know, or whose state no dump holds.',
    proof: 'The rule’s text.',
    fix: 'Tell us: it can be taught.',
    references: [],
  },
  {
    code: 'SVP804',
    name: 'node-not-supported',
    severity: 'info',
    what: 'A node has no data plane that svcpath reads.',
    how: 'A Windows node; kube-proxy in ipvs mode, whose virtual servers are in no rule; or Cilium in its place, which translates in eBPF.',
    proof: 'The node’s operating system; kube-proxy’s own word; chains of Cilium without those of kube-proxy.',
    fix: 'Nothing is wrong: ask the data plane itself (ipvsadm -Ln; cilium-dbg service list).',
    references: [],
  },
]
