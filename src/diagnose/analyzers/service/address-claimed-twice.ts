import { joinHostPort } from '../../../model/address.ts'
import { claimsOf } from '../../../model/kube/claims.ts'
import type { Problem } from '../../../model/rules.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, ofApi } from '../../case.ts'
import { withNote } from '../../fix.ts'

/** Two services that hold one address or node port. */
export const addressClaimedTwice: Analyzer = {
  code: 'SVP109',
  beyond: true,
  // Who looks at one service and may not list the others: that they were not read is among the problems. Node ports the API gives to one only.
  needs: ({ service: { externalIPs, loadBalancerIPs }, observation: { source, problems } }) =>
    source === 'live' && externalIPs.length + loadBalancerIPs.length > 0 && problems.some(isUnread)
      ? ofApi('the other services')
      : [],
  find({ service, observation: { cluster } }) {
    const own = new Set(claimsOf(service))
    if (own.size === 0) return []
    return (cluster.services ?? []).flatMap((other) => {
      if (other.namespace === service.namespace && other.name === service.name) return []
      return claimsOf(other)
        .filter((claim) => own.has(claim))
        .map((claim) => ({
          subject: claim,
          subjects: [claim, ...entryIn(claim)],
          message: `${other.namespace}/${other.name} claims ${claim} too: one of them gets the other's connections`,
          evidence: [apiEvidence(sh`kubectl get service -n ${other.namespace} ${other.name}`, claim)],
          fix: withNote(
            sh`kubectl edit service -n ${other.namespace} ${other.name}`,
            `give it, or ${service.namespace}/${service.name}, another address or port`,
          ),
        }))
    })
  },
}

/** The entry that a claim of an address names, as a trace names it: `[fd00::1]:80`. */
function entryIn(claim: string): string[] {
  const [, address, port] = /^(\S+) port (\d+)\//.exec(claim) ?? []
  return address === undefined || address === 'node' ? [] : [joinHostPort(address, Number(port))]
}

/** What src/resolve takes down where the services of all namespaces could not be listed. */
const isUnread = ({ file, unread }: Problem): boolean => file === 'api/services.json' && unread === 'everywhere'
