/** NetworkPolicies, and the pods that they are about. */
import type { NetworkPolicy, Pod } from '../model/cluster.ts'

/** Has a policy a say in what comes in to a pod? None selects what is in the node's own network. */
export const governs = (policy: NetworkPolicy, { namespace, labels, hostNetwork }: Pod): boolean =>
  policy.ingress && !hostNetwork && namespace === policy.namespace && selects(policy, labels)

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
