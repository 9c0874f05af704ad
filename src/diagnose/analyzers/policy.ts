import type { Analyzer } from '../case.ts'
import { droppedByPolicy } from './policy/dropped-by-policy.ts'
import { hostFirewallOnPath } from './policy/host-firewall-on-path.ts'
import { policyLagsPodStart } from './policy/policy-lags-pod-start.ts'
import { policySelectsEndpoint } from './policy/policy-selects-endpoint.ts'

export const POLICY: readonly Analyzer[] = [
  droppedByPolicy,
  policySelectsEndpoint,
  hostFirewallOnPath,
  policyLagsPodStart,
]
