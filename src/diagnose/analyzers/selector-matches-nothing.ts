import { sh } from '../../model/shell.ts'
import { type Analyzer, apiEvidence, ofApi } from '../case.ts'
import { withNote } from '../fix.ts'

/** A selector that fits no pod. */
export const selectorMatchesNothing: Analyzer = {
  code: 'SVP101',
  needs: ({ observation: { cluster } }) => (cluster.pods === null ? ofApi('the pods') : []),
  find({ service, observation: { cluster }, endpoints }) {
    const { selector, namespace, name } = service
    if (!selector || Object.keys(selector).length === 0 || service.externalName || (endpoints?.length ?? 0) > 0)
      return []
    if (cluster.pods === null) return []
    const pods = cluster.pods.filter((pod) => pod.namespace === namespace)
    const wanted = Object.entries(selector)
    const fitting = (labels: Record<string, string>) => wanted.filter(([key, value]) => labels[key] === value).length
    if (pods.some((pod) => fitting(pod.labels) === wanted.length)) return []
    const closest = pods.toSorted((a, b) => fitting(b.labels) - fitting(a.labels))[0]
    const differs = wanted.find(([key, value]) => closest?.labels[key] !== value)
    const near =
      closest && differs
        ? `; closest is the pod ${closest.name}, whose ${differs[0]} is ${closest.labels[differs[0]] ?? 'not set'}`
        : ''
    const text = wanted.map(([key, value]) => `${key}=${value}`).join(',')
    return [
      {
        subject: `${namespace}/${name}`,
        message: `no pod has the labels ${text}: every connection is refused${near}`,
        evidence: [apiEvidence(`kubectl get pods -n ${namespace} -l ${text}`, 'no pod')],
        fix: withNote(sh`kubectl get pods -n ${namespace} --show-labels`, 'then set the selector or the labels right'),
      },
    ]
  },
}
