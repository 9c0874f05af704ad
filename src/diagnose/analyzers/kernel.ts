import type { Analyzer } from '../case.ts'
import { acceptQueueFull } from './kernel/accept-queue-full.ts'
import { bridgeNetfilterOff } from './kernel/bridge-netfilter-off.ts'
import { conntrackInsertFailures } from './kernel/conntrack-insert-failures.ts'
import { conntrackNearlyFull } from './kernel/conntrack-nearly-full.ts'
import { ebpfOnPath } from './kernel/ebpf-on-path.ts'
import { flowsOffloaded } from './kernel/flows-offloaded.ts'
import { forwardDropped } from './kernel/forward-dropped.ts'
import { invalidPacketsReset } from './kernel/invalid-packets-reset.ts'
import { invalidRuleDrops } from './kernel/invalid-rule-drops.ts'
import { ipForwardOff } from './kernel/ip-forward-off.ts'
import { neighbourTableFull } from './kernel/neighbour-table-full.ts'
import { nodeNotReady } from './kernel/node-not-ready.ts'
import { serviceTrafficUntracked } from './kernel/service-traffic-untracked.ts'
import { snatPortsUsedUp } from './kernel/snat-ports-used-up.ts'
import { softirqDrops } from './kernel/softirq-drops.ts'
import { strictReversePath } from './kernel/strict-reverse-path.ts'

export const KERNEL: readonly Analyzer[] = [
  ipForwardOff,
  bridgeNetfilterOff,
  forwardDropped,
  strictReversePath,
  conntrackNearlyFull,
  conntrackInsertFailures,
  nodeNotReady,
  serviceTrafficUntracked,
  invalidPacketsReset,
  invalidRuleDrops,
  acceptQueueFull,
  softirqDrops,
  neighbourTableFull,
  snatPortsUsedUp,
  ebpfOnPath,
  flowsOffloaded,
]
