/**
 * Chains by which network policies are enforced: kube-router (KUBE-POD-FW-, KUBE-NWPLCY-, KUBE-ROUTER-), Calico (cali-), Cilium (CILIUM_),
 * Weave (WEAVE-NPC), Antrea (ANTREA-). Calico's nftables mode puts the name of iptables' table before its own.
 */
const POLICY_CHAIN = /^(KUBE-(POD-FW|NWPLCY|ROUTER)|(filter-|mangle-|raw-)?cali-|CILIUM_|WEAVE-NPC|ANTREA-)/

/** Tables of nft that hold nothing else; kube-network-policies is a program of kubernetes-sigs. */
const POLICY_TABLE = /^(calico|antrea|cilium|kube-network-policies|kindnet-network-policies)$/

export const isPolicyTable = (table: string): boolean => POLICY_TABLE.test(table)

export const isPolicyChain = (chain: string): boolean => POLICY_CHAIN.test(chain)
