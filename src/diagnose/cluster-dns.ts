import { findDnsService } from '../model/kube/cluster-dns.ts'
import type { Case } from './case.ts'

/**
 * Is it unknown whether there is a cluster DNS? Who may read one namespace sees nothing of kube-system, which proves nothing; what somebody pasted is not asked for it.
 */
export function clusterDnsUnknown({ report: { dns }, observation, service }: Case): boolean {
  if (!dns || dns.service || observation.source === 'rules' || findDnsService(observation, null)) return false
  // The service that was asked for may itself be one of kube-system.
  const others = (observation.cluster.services ?? []).filter(
    (one) => one.name !== service.name || one.namespace !== service.namespace,
  )
  return !others.some(({ namespace }) => namespace === 'kube-system')
}
