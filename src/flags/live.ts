import type { KubeOptions } from '../kube/api.ts'
import { type KubeFlagValues, kubeOptions } from './kube.ts'
import { type ReachFlagValues, type ReachOptions, reachOptions } from './reach.ts'

/** How a cluster is looked at: what the flags of all verbs that do so say alike. Throws a usage error for what they cannot mean. */
export function liveOptions(flags: KubeFlagValues & ReachFlagValues): {
  kube: KubeOptions
  reach: ReachOptions
  quiet: boolean
} {
  return { kube: kubeOptions(flags), reach: reachOptions(flags), quiet: flags.quiet }
}
