import { addressClaimedTwice } from './analyzers/address-claimed-twice.ts'
import { affinityPinsDeadEndpoint } from './analyzers/affinity-pins-dead-endpoint.ts'
import { bridgeNetfilterOff } from './analyzers/bridge-netfilter-off.ts'
import { chainBroken } from './analyzers/chain-broken.ts'
import { clusterDnsMissing } from './analyzers/cluster-dns-missing.ts'
import { connectionNotTranslated } from './analyzers/connection-not-translated.ts'
import { connectionToDeadEndpoint } from './analyzers/connection-to-dead-endpoint.ts'
import { conntrackInsertFailures } from './analyzers/conntrack-insert-failures.ts'
import { conntrackNearlyFull } from './analyzers/conntrack-nearly-full.ts'
import { dnsAnswerWrong } from './analyzers/dns-answer-wrong.ts'
import { dnsNoAnswer } from './analyzers/dns-no-answer.ts'
import { droppedByPolicy } from './analyzers/dropped-by-policy.ts'
import { duplicatePodIp } from './analyzers/duplicate-pod-ip.ts'
import { endpointOnUnreadyNode } from './analyzers/endpoint-on-unready-node.ts'
import { entryHookMissing } from './analyzers/entry-hook-missing.ts'
import { firewallDropsUnmarked } from './analyzers/firewall-drops-unmarked.ts'
import { forwardDropped } from './analyzers/forward-dropped.ts'
import { hairpinOff } from './analyzers/hairpin-off.ts'
import { hostFirewallOnPath } from './analyzers/host-firewall-on-path.ts'
import { ipForwardOff } from './analyzers/ip-forward-off.ts'
import { kubeProxyNotSyncing } from './analyzers/kube-proxy-not-syncing.ts'
import { linkDown } from './analyzers/link-down.ts'
import { localEndpointNotRecognised } from './analyzers/local-endpoint-not-recognised.ts'
import { malformedDnat } from './analyzers/malformed-dnat.ts'
import { masqueradeMissing } from './analyzers/masquerade-missing.ts'
import { matchNotUnderstood } from './analyzers/match-not-understood.ts'
import { missingEndpoint } from './analyzers/missing-endpoint.ts'
import { mixedBackends } from './analyzers/mixed-backends.ts'
import { mtuMismatch } from './analyzers/mtu-mismatch.ts'
import { neighbourFailed } from './analyzers/neighbour-failed.ts'
import { noLocalEndpoints } from './analyzers/no-local-endpoints.ts'
import { noReadyEndpoints } from './analyzers/no-ready-endpoints.ts'
import { noRouteToEndpoint } from './analyzers/no-route-to-endpoint.ts'
import { nodeHasNoServiceRules } from './analyzers/node-has-no-service-rules.ts'
import { nodeLocalDns } from './analyzers/node-local-dns.ts'
import { nodeNotReady } from './analyzers/node-not-ready.ts'
import { nodeNotSupported } from './analyzers/node-not-supported.ts'
import { nodeUnreachable } from './analyzers/node-unreachable.ts'
import { nodesDisagree } from './analyzers/nodes-disagree.ts'
import { onlyTerminatingEndpoints } from './analyzers/only-terminating-endpoints.ts'
import { otherResolver } from './analyzers/other-resolver.ts'
import { policySelectsEndpoint } from './analyzers/policy-selects-endpoint.ts'
import { queryMultiplication } from './analyzers/query-multiplication.ts'
import { rejectedAlthoughEndpoints } from './analyzers/rejected-although-endpoints.ts'
import { routeToWrongNode } from './analyzers/route-to-wrong-node.ts'
import { selectorMatchesNothing } from './analyzers/selector-matches-nothing.ts'
import { serviceNotProgrammed } from './analyzers/service-not-programmed.ts'
import { serviceTrafficUntracked } from './analyzers/service-traffic-untracked.ts'
import { skewedDistribution } from './analyzers/skewed-distribution.ts'
import { sliceNotFollowing } from './analyzers/slice-not-following.ts'
import { sourceNotInRanges } from './analyzers/source-not-in-ranges.ts'
import { staleEndpoint } from './analyzers/stale-endpoint.ts'
import { strictReversePath } from './analyzers/strict-reverse-path.ts'
import { targetPortNotListening } from './analyzers/target-port-not-listening.ts'
import { targetPortUnresolved } from './analyzers/target-port-unresolved.ts'
import { unevenShare } from './analyzers/uneven-share.ts'
import { vxlanChecksumOffload } from './analyzers/vxlan-checksum-offload.ts'
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
