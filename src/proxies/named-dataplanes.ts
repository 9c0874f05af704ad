/** Data planes that are known by their signs, and whose service tables are not read. */
import { tablesOf } from '../kernel/base-chains.ts'
import type { Family } from '../model/address.ts'
import { memoByFamily } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import { kubeProxiesIn } from './kube-proxy/places.ts'
import { knownProgram } from './programs/known.ts'

/** Who else translates on the node, with the command that shows its services; null where nothing tells of one, or where kube-proxy's rules translate. */
export const namedOn: (node: NodeState, family: Family) => string | null = memoByFamily((node, family) => {
  if (kubeProxiesIn(node.rulesets, family).some(({ translates }) => translates)) return null
  return PLANES.find(({ isOn }) => isOn(node, family))?.words ?? null
})

const PLANES: readonly { words: string; isOn: (node: NodeState, family: Family) => boolean }[] = [
  {
    words: 'Calico translates in eBPF, which no rule shows (calico-node -bpf nat dump lists its services)',
    // felix/dataplane/linux/bpf_ep_mgr.go makes that pair of links; in iptables mode Calico has programs of XDP alone.
    isOn: (node) =>
      hasLink(node, /^bpf(?:in|out)\.cali$/) ||
      (node.programs ?? []).some((one) => one.hook !== 'xdp' && knownProgram(one).by === 'Calico'),
  },
  {
    words: 'OVN-Kubernetes translates in Open vSwitch, which no rule shows (ovn-nbctl lb-list lists its services)',
    isOn: (node, family) => hasLink(node, /^ovn-k8s-mp\d+$/) || hasChain(node, family, 'OVN-KUBE-'),
  },
  {
    words:
      'Antrea translates in Open vSwitch, which no rule shows (antctl get ovsflows -T ServiceLB lists its services)',
    isOn: (node) => hasLink(node, /^antrea-gw0$/),
  },
]

const hasLink = ({ links }: NodeState, pattern: RegExp): boolean => (links ?? []).some(({ name }) => pattern.test(name))

const hasChain = ({ rulesets }: NodeState, family: Family, start: string): boolean =>
  tablesOf(rulesets, family).some(({ table }) => [...table.chains.keys()].some((name) => name.startsWith(start)))
