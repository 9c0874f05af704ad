import type { NetworkPolicy } from '../../../model/cluster.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, listed, ofApi, plural } from '../../case.ts'
import { withNote } from '../../fix.ts'

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
    const own = new Set((endpoints ?? []).flatMap(({ pod }) => (pod ? [`${pod.namespace}/${pod.name}`] : [])))
    // No policy selects what is in the node's own network ("Network policies for hostNetwork pods are not supported").
    const pods = (cluster.pods ?? []).filter(
      ({ namespace, name, hostNetwork }) => !hostNetwork && own.has(`${namespace}/${name}`),
    )
    const policies = (cluster.networkPolicies ?? []).filter(
      (policy) =>
        policy.ingress &&
        pods.some(({ namespace, labels }) => namespace === policy.namespace && selects(policy, labels)),
    )
    if (policies.length === 0) return []
    const names = policies.map(({ name }) => name)
    return [
      {
        subject: listed(names),
        message: `${plural(policies.length, 'NetworkPolicy selects', 'NetworkPolicies select')} its pods (${listed(names)}): who they do not allow gets no answer, where the CNI plugin enforces them`,
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

/** LabelSelector of meta/v1: all must hold, an empty one selects every pod; an operator that is not known selects none. */
function selects({ matchLabels, matchExpressions }: NetworkPolicy, labels: Readonly<Record<string, string>>): boolean {
  const has = (key: string) => Object.hasOwn(labels, key)
  const holds = ({ key, operator, values }: NetworkPolicy['matchExpressions'][number]): boolean => {
    if (operator === 'Exists') return has(key)
    if (operator === 'DoesNotExist') return !has(key)
    if (operator === 'In') return has(key) && values.includes(labels[key]!)
    return operator === 'NotIn' && !(has(key) && values.includes(labels[key]!))
  }
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value) && matchExpressions.every(holds)
}
