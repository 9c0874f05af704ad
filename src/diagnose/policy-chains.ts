/**
 * Chains by which network policies are enforced: kube-router (KUBE-POD-FW-, KUBE-NWPLCY-, KUBE-ROUTER-), Calico (cali-), Cilium (CILIUM_),
 * Weave (WEAVE-NPC), Antrea (ANTREA-), kube-network-policies.
 */
const POLICY_CHAIN = /^(KUBE-(POD-FW|NWPLCY|ROUTER)|cali-|CILIUM_|WEAVE-NPC|ANTREA-|kube-network-policies)/

export const isPolicyChain = (chain: string): boolean => POLICY_CHAIN.test(chain)
