import type { Analyzer } from '../case.ts'
import { droppedByPolicy } from './policy/dropped-by-policy.ts'
import { hostFirewallOnPath } from './policy/host-firewall-on-path.ts'
import { policyLagsPodStart } from './policy/policy-lags-pod-start.ts'
import { policySelectsEndpoint } from './policy/policy-selects-endpoint.ts'
import { redirectedInsidePod } from './policy/redirected-inside-pod.ts'

export const POLICY: readonly Analyzer[] = [
  droppedByPolicy,
  policySelectsEndpoint,
  hostFirewallOnPath,
  redirectedInsidePod,
  policyLagsPodStart,
]
