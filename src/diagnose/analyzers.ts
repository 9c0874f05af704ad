import { connectionNotTranslated } from './analyzers/connections/connection-not-translated.ts'
import { connectionToDeadEndpoint } from './analyzers/connections/connection-to-dead-endpoint.ts'
import { skewedDistribution } from './analyzers/connections/skewed-distribution.ts'
import { clusterDnsMissing } from './analyzers/dns/cluster-dns-missing.ts'
import { dnsAnswerWrong } from './analyzers/dns/dns-answer-wrong.ts'
import { dnsNoAnswer } from './analyzers/dns/dns-no-answer.ts'
import { nodeLocalDns } from './analyzers/dns/node-local-dns.ts'
import { otherResolver } from './analyzers/dns/other-resolver.ts'
import { queryMultiplication } from './analyzers/dns/query-multiplication.ts'
import { matchNotUnderstood } from './analyzers/evidence/match-not-understood.ts'
import { nodeNotSupported } from './analyzers/evidence/node-not-supported.ts'
import { nodeUnreachable } from './analyzers/evidence/node-unreachable.ts'
import { bridgeNetfilterOff } from './analyzers/kernel/bridge-netfilter-off.ts'
import { conntrackInsertFailures } from './analyzers/kernel/conntrack-insert-failures.ts'
import { conntrackNearlyFull } from './analyzers/kernel/conntrack-nearly-full.ts'
import { forwardDropped } from './analyzers/kernel/forward-dropped.ts'
import { ipForwardOff } from './analyzers/kernel/ip-forward-off.ts'
import { nodeNotReady } from './analyzers/kernel/node-not-ready.ts'
import { serviceTrafficUntracked } from './analyzers/kernel/service-traffic-untracked.ts'
import { strictReversePath } from './analyzers/kernel/strict-reverse-path.ts'
import { hairpinOff } from './analyzers/links/hairpin-off.ts'
import { linkDown } from './analyzers/links/link-down.ts'
import { mtuMismatch } from './analyzers/links/mtu-mismatch.ts'
import { neighbourFailed } from './analyzers/links/neighbour-failed.ts'
import { noRouteToEndpoint } from './analyzers/links/no-route-to-endpoint.ts'
import { routeToWrongNode } from './analyzers/links/route-to-wrong-node.ts'
import { vxlanChecksumOffload } from './analyzers/links/vxlan-checksum-offload.ts'
import { droppedByPolicy } from './analyzers/policy/dropped-by-policy.ts'
import { hostFirewallOnPath } from './analyzers/policy/host-firewall-on-path.ts'
import { policySelectsEndpoint } from './analyzers/policy/policy-selects-endpoint.ts'
import { affinityPinsDeadEndpoint } from './analyzers/rules/affinity-pins-dead-endpoint.ts'
import { chainBroken } from './analyzers/rules/chain-broken.ts'
import { entryHookMissing } from './analyzers/rules/entry-hook-missing.ts'
import { firewallDropsUnmarked } from './analyzers/rules/firewall-drops-unmarked.ts'
import { kubeProxyNotSyncing } from './analyzers/rules/kube-proxy-not-syncing.ts'
import { localEndpointNotRecognised } from './analyzers/rules/local-endpoint-not-recognised.ts'
import { malformedDnat } from './analyzers/rules/malformed-dnat.ts'
import { masqueradeMissing } from './analyzers/rules/masquerade-missing.ts'
import { missingEndpoint } from './analyzers/rules/missing-endpoint.ts'
import { mixedBackends } from './analyzers/rules/mixed-backends.ts'
import { noLocalEndpoints } from './analyzers/rules/no-local-endpoints.ts'
import { nodeHasNoServiceRules } from './analyzers/rules/node-has-no-service-rules.ts'
import { nodesDisagree } from './analyzers/rules/nodes-disagree.ts'
import { rejectedAlthoughEndpoints } from './analyzers/rules/rejected-although-endpoints.ts'
import { serviceNotProgrammed } from './analyzers/rules/service-not-programmed.ts'
import { sourceNotInRanges } from './analyzers/rules/source-not-in-ranges.ts'
import { staleEndpoint } from './analyzers/rules/stale-endpoint.ts'
import { unevenShare } from './analyzers/rules/uneven-share.ts'
import { addressClaimedTwice } from './analyzers/service/address-claimed-twice.ts'
import { duplicatePodIp } from './analyzers/service/duplicate-pod-ip.ts'
import { endpointOnUnreadyNode } from './analyzers/service/endpoint-on-unready-node.ts'
import { noReadyEndpoints } from './analyzers/service/no-ready-endpoints.ts'
import { onlyTerminatingEndpoints } from './analyzers/service/only-terminating-endpoints.ts'
import { selectorMatchesNothing } from './analyzers/service/selector-matches-nothing.ts'
import { sliceNotFollowing } from './analyzers/service/slice-not-following.ts'
import { targetPortNotListening } from './analyzers/service/target-port-not-listening.ts'
import { targetPortUnresolved } from './analyzers/service/target-port-unresolved.ts'
import type { Analyzer } from './case.ts'

/** All that is looked for, by code. */
export const ANALYZERS: readonly Analyzer[] = [
  selectorMatchesNothing,
  noReadyEndpoints,
  targetPortUnresolved,
  onlyTerminatingEndpoints,
  duplicatePodIp,
  endpointOnUnreadyNode,
  sliceNotFollowing,
  targetPortNotListening,
  addressClaimedTwice,
  clusterDnsMissing,
  dnsAnswerWrong,
  dnsNoAnswer,
  otherResolver,
  queryMultiplication,
  nodeLocalDns,
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
  ipForwardOff,
  bridgeNetfilterOff,
  forwardDropped,
  strictReversePath,
  conntrackNearlyFull,
  conntrackInsertFailures,
  nodeNotReady,
  serviceTrafficUntracked,
  noRouteToEndpoint,
  routeToWrongNode,
  linkDown,
  mtuMismatch,
  hairpinOff,
  neighbourFailed,
  vxlanChecksumOffload,
  connectionToDeadEndpoint,
  connectionNotTranslated,
  skewedDistribution,
  droppedByPolicy,
  policySelectsEndpoint,
  hostFirewallOnPath,
  nodeUnreachable,
  matchNotUnderstood,
  nodeNotSupported,
]
