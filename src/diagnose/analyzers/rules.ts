import type { Analyzer } from '../case.ts'
import { agentAndDatapathDisagree } from './dataplane/agent-and-datapath-disagree.ts'
import { datapathTableFull } from './dataplane/datapath-table-full.ts'
import { affinityPinsDeadEndpoint } from './rules/affinity-pins-dead-endpoint.ts'
import { chainBroken } from './rules/chain-broken.ts'
import { entryHookMissing } from './rules/entry-hook-missing.ts'
import { firewallDropsUnmarked } from './rules/firewall-drops-unmarked.ts'
import { ipvsSettings } from './rules/ipvs-settings.ts'
import { kubeProxyNotSyncing } from './rules/kube-proxy-not-syncing.ts'
import { localEndpointNotRecognised } from './rules/local-endpoint-not-recognised.ts'
import { malformedDnat } from './rules/malformed-dnat.ts'
import { masqueradeMissing } from './rules/masquerade-missing.ts'
import { missingEndpoint } from './rules/missing-endpoint.ts'
import { mixedBackends } from './rules/mixed-backends.ts'
import { noLocalEndpoints } from './rules/no-local-endpoints.ts'
import { nodeAddressTaken } from './rules/node-address-taken.ts'
import { nodeHasNoServiceRules } from './rules/node-has-no-service-rules.ts'
import { nodeLeavesLoadBalancers } from './rules/node-leaves-load-balancers.ts'
import { nodesDisagree } from './rules/nodes-disagree.ts'
import { readyEndpointWeightZero } from './rules/ready-endpoint-weight-zero.ts'
import { rejectedAlthoughEndpoints } from './rules/rejected-although-endpoints.ts'
import { serviceNotProgrammed } from './rules/service-not-programmed.ts'
import { sourceNotInRanges } from './rules/source-not-in-ranges.ts'
import { staleEndpoint } from './rules/stale-endpoint.ts'
import { strictArpOff } from './rules/strict-arp-off.ts'
import { unevenShare } from './rules/uneven-share.ts'
import { virtualAddressNotBound } from './rules/virtual-address-not-bound.ts'

export const RULES: readonly Analyzer[] = [
  nodeHasNoServiceRules,
  serviceNotProgrammed,
  staleEndpoint,
  missingEndpoint,
  unevenShare,
  mixedBackends,
  malformedDnat,
  chainBroken,
  nodesDisagree,
  rejectedAlthoughEndpoints,
  noLocalEndpoints,
  localEndpointNotRecognised,
  sourceNotInRanges,
  masqueradeMissing,
  entryHookMissing,
  kubeProxyNotSyncing,
  affinityPinsDeadEndpoint,
  firewallDropsUnmarked,
  nodeLeavesLoadBalancers,
  virtualAddressNotBound,
  readyEndpointWeightZero,
  nodeAddressTaken,
  strictArpOff,
  ipvsSettings,
  agentAndDatapathDisagree,
  datapathTableFull,
]
