import type { Pod, Service } from '../../../model/cluster.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, ofApi, plural } from '../../case.ts'
import { withNote } from '../../fix.ts'
import { hasSelector, noneServes, selectedPods, selectorText, unknownPods } from '../../pods.ts'

/** A selector that fits no pod. */
export const selectorMatchesNothing: Analyzer = {
  code: 'SVP101',
  needs(seen) {
    const unknown = unknownPods(seen)
    // An endpoint is proof enough of a pod.
    const matters = hasSelector(seen.service) && !seen.endpoints?.length
    return unknown !== null && matters ? ofApi(unknown) : []
  },
  find(seen) {
    const { service, observation, endpoints } = seen
    if (!hasSelector(service) || unknownPods(seen) !== null || selectedPods(seen).length > 0) return []
    // Endpoints that serve although no pod fits are SVP107.
    if (endpoints?.some(({ ready, serving }) => ready || serving)) return []
    const { namespace, name } = service
    const pods = (observation.cluster.pods ?? []).filter((pod) => pod.namespace === namespace)
    const left = new Set((endpoints ?? []).map(({ address }) => address)).size
    const lingering =
      left > 0 ? `; ${plural(left, 'endpoint that is not ready is', 'endpoints that are not ready are')} left over` : ''
    const text = selectorText(service)
    return [
      {
        subject: `${namespace}/${name}`,
        message: `no pod has the labels ${text}: ${noneServes(service)}${lingering}${nearest(service, pods)}`,
        evidence: [apiEvidence(sh`kubectl get pods -n ${namespace} -l ${text}`, 'no pod')],
        fix: withNote(
          sh`kubectl get pods -n ${namespace} --show-labels`,
          `then set the labels right, or the selector: ${sh`kubectl set selector service -n ${namespace} ${name}`} KEY=VALUE`,
        ),
      },
    ]
  },
}

/** The pod that comes closest, if it has anything in common with what is selected. */
function nearest({ selector }: Service, pods: readonly Pod[]): string {
  const wanted = Object.entries(selector ?? {})
  // A value that fits counts more than a key that all pods have.
  const score = ({ labels }: Pod) =>
    wanted.reduce((sum, [key, value]) => sum + (labels[key] === value ? 2 : Object.hasOwn(labels, key) ? 1 : 0), 0)
  const closest = pods.toSorted((a, b) => score(b) - score(a))[0]
  if (!closest || score(closest) === 0) return ''
  const [key] = wanted.find(([one, value]) => closest.labels[one] !== value)!
  return `; closest is the pod ${closest.name}, whose ${key} is ${closest.labels[key] ?? 'not set'}`
}
