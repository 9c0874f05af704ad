import type { Analyzer } from '../case.ts'
import { healthCheckNodePortDead } from './node-ports/health-check-node-port-dead.ts'
import { hostPortRulesMissing } from './node-ports/host-port-rules-missing.ts'
import { loadBalancerBypassed } from './node-ports/load-balancer-bypassed.ts'
import { loadBalancerNotAnnounced } from './node-ports/load-balancer-not-announced.ts'
import { localhostNodePort } from './node-ports/localhost-node-port.ts'
import { nodePortTaken } from './node-ports/node-port-taken.ts'

export const NODE_PORTS: readonly Analyzer[] = [
  healthCheckNodePortDead,
  nodePortTaken,
  loadBalancerBypassed,
  hostPortRulesMissing,
  localhostNodePort,
  loadBalancerNotAnnounced,
]
