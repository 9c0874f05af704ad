import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, listed, ofApi, plural } from '../../case.ts'
import { withNote } from '../../fix.ts'
import { governs } from '../../policies.ts'

/** NetworkPolicies that have a say in who reaches the endpoints. */
export const policySelectsEndpoint: Analyzer = {
  code: 'SVP702',
  beyond: true,
  // What was recorded elsewhere seldom holds them.
  needs: ({ observation: { source, cluster }, service }) =>
    source !== 'live' || service.externalName
      ? []
      : [...(cluster.networkPolicies ? [] : ofApi('the network policies')), ...(cluster.pods ? [] : ofApi('the pods'))],
  find({ service, observation: { cluster }, endpoints }) {
    if (!cluster.networkPolicies?.length) return []
    const own = new Set((endpoints ?? []).flatMap(({ pod }) => (pod ? [`${pod.namespace}/${pod.name}`] : [])))
    const pods = (cluster.pods ?? []).filter(({ namespace, name }) => own.has(`${namespace}/${name}`))
    const policies = cluster.networkPolicies.filter((policy) => pods.some((pod) => governs(policy, pod)))
    if (policies.length === 0) return []
    const names = policies.map(({ name }) => name)
    return [
      {
        subject: listed(names),
        message: `${plural(policies.length, 'NetworkPolicy selects', 'NetworkPolicies select')} its pods (${listed(names)}): if the CNI plugin enforces them, clients that they do not allow get no answer`,
        evidence: names
          .slice(0, 3)
          .map((name) =>
            apiEvidence(`kubectl get networkpolicy -n ${service.namespace} ${name} -o yaml`, 'its podSelector fits'),
          ),
        fix: withNote(
          sh`kubectl describe networkpolicy -n ${service.namespace} ${names[0]!}`,
          'does it allow the client?',
        ),
      },
    ]
  },
}
