/** NetworkPolicies, as far as it takes to tell which pods they select. */
import type { NetworkPolicy } from '../../model/cluster.ts'
import { type Fields, fieldsIn, type Note, objectsIn, textIn, textMapIn, textsIn } from './fields.ts'

/** Reads a networking.k8s.io/v1 NetworkPolicy. Without `policyTypes` it is one for what comes in, as the API's documentation says. */
export function readPolicy(object: Fields, namespace: string, name: string, note: Note): NetworkPolicy {
  const spec = fieldsIn(object, 'spec', note)
  const selector = fieldsIn(spec, 'podSelector', note)
  const types = textsIn(spec, 'policyTypes', note)
  return {
    namespace,
    name,
    ingress: types.length === 0 || types.includes('Ingress'),
    matchLabels: textMapIn(selector, 'matchLabels', note),
    matchExpressions: objectsIn(selector, 'matchExpressions', note).map((one) => ({
      key: textIn(one, 'key', note) ?? '',
      operator: textIn(one, 'operator', note) ?? '',
      values: [...textsIn(one, 'values', note)],
    })),
  }
}
