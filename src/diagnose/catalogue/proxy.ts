import type { CatalogueEntry } from '../../model/catalogue.ts'

/** 3xx: kube-proxy by its own counters. */
export const PROXY: readonly CatalogueEntry[] = [
  {
    code: 'SVP319',
    name: 'kube-proxy-cannot-write',
    severity: 'error',
    what: 'kube-proxy runs, but its writes fail: the rules on the node stay as they were, and changes of services and endpoints never arrive.',
    how: 'The kernel lacks a module, another program holds the xtables lock, a rule is refused, or the nft of the kube-proxy image fails on tables that a newer nft made on the node.',
    proof:
      'Its metrics count failed restores or nft syncs, and a change that was queued a minute ago, or longer, is not written. Failures alone, with all changes written since, are no fault.',
    fix: 'Read kube-proxy’s log on the node, which names the error. With nftables, compare nft --version on the node with that of the kube-proxy image, and use an image with nft 1.0.6.1 or later.',
    references: ['#136786', '#140898', '#135639', 'kops#17915'],
    leadsTo: [{ codes: ['SVP316'] }],
  },
  {
    code: 'SVP320',
    name: 'kube-proxy-slow',
    severity: 'warning',
    what: 'kube-proxy takes many seconds to write its rules: after a change of endpoints, connections can fail for that long.',
    how: 'Many services and endpoints, a slow iptables-restore or nft, too little CPU for kube-proxy, or IPVS with thousands of addresses.',
    proof:
      'sync_proxy_rules_duration_seconds of its metrics: at least half of three or more syncs since it started took over 4 seconds.',
    fix: 'Give kube-proxy more CPU, use a release with partial syncs (Kubernetes 1.28) or the nftables mode, and remove services that are not needed.',
    references: ['#98570', '#138571'],
  },
  {
    code: 'SVP335',
    name: 'changes-with-nftables-mode',
    severity: 'info',
    what: 'Something that works today will change or fail once kube-proxy runs in nftables mode. Only check --migrate nftables looks for it.',
    how: 'nftables mode serves node ports only at the first addresses of a node and never at 127.0.0.1, does not drop INVALID packets, does not accept packets that a host firewall drops, always picks endpoints at random, binds no addresses, and has none of the KUBE- chains that add-ons jump to. It needs Linux 5.13, and Kubernetes 1.31 (beta) or 1.33 (stable).',
    proof:
      'kube-proxy’s metrics, conntrack, virtual servers and rule counters show that it is used: a warning. If the configuration only allows it: info, with the word “possible”. What was not read is listed and not judged.',
    fix: 'Change the client, or set the option of kube-proxy that the finding names (nodePortAddresses, conntrack.tcpBeLiberal), before the mode is changed.',
    references: ['KEP-3866', 'KEP-3178', '#122743'],
  },
]
