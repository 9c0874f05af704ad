import { familyOf } from '../../../model/address.ts'
import type { Pod } from '../../../model/cluster.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, type Case, changeEvidence, type Draft, listed, slicesCommand } from '../../case.ts'
import { endpointsDisagree } from '../../endpoints-object.ts'
import { READ_CONTROLLER_LOG } from '../../fix.ts'
import { hasSelector, isLeaving, resolves, selectedPods, unknownPods } from '../../pods.ts'
import { SLICE_CONTROLLER } from '../../slices.ts'

/** Endpoints that the API's own lists lack: a ready pod in no slice, or an Endpoints object that the slices contradict. */
export const readyPodNotInSlices: Analyzer = {
  code: 'SVP111',
  find: (seen) => [...podsInNoSlice(seen), ...endpointsDisagree(seen)],
}

/** Ready pods that the selector matches and that get no connections. */
function podsInNoSlice(seen: Case): Draft[] {
  const { service } = seen
  const left = leftOut(seen)
  if (left.length === 0) return []
  const names = left.map(({ name }) => name)
  const one = left.length === 1
  return [
    {
      subject: listed(names),
      subjects: names,
      message: `${one ? `the pod ${names[0]} is` : `the pods ${listed(names)} are`} ready and ${one ? 'has' : 'have'} the labels of the selector, but ${one ? 'is' : 'are'} in no slice: ${one ? 'it gets' : 'they get'} no connections; the controller that writes the slices does not update them`,
      evidence: [
        apiEvidence(
          sh`kubectl get pod -n ${service.namespace} ${names[0]!}`,
          `${names[0]} is ready, ${left[0]!.ips.join(', ')}`,
        ),
        apiEvidence(slicesCommand(service), `not listed: ${listed(left.flatMap(({ ips }) => ips))}`),
        ...changeEvidence(seen),
      ],
      fix: READ_CONTROLLER_LOG,
    },
  ]
}

function leftOut(seen: Case): Pod[] {
  const { service, endpoints, observation } = seen
  const { namespace, name } = service
  if (!endpoints || !hasSelector(service) || unknownPods(seen) !== null) return []
  if (observation.cluster.endpointsArePartial(namespace, name)) return []
  if (endpoints.some(({ slice }) => slice && slice.managedBy !== SLICE_CONTROLLER)) return []
  // Where none is used at all it is SVP102.
  if (!endpoints.some(({ ready, serving }) => ready || serving)) return []
  const known = new Set(endpoints.map(({ address }) => address))
  const families = new Set([...service.clusterIPs, ...known].map(familyOf))
  return selectedPods(seen).filter((pod) => {
    const due = pod.ips.filter((ip) => families.has(familyOf(ip)))
    return isDue(seen, pod) && due.length > 0 && !due.some((ip) => known.has(ip))
  })
}

/** What a table calls ready are containers: a readiness gate may keep the pod from it. A named port that it lacks is SVP103. */
const isDue = ({ service: { ports } }: Case, pod: Pod): boolean =>
  pod.ready === true &&
  !pod.untold &&
  pod.node !== null &&
  !isLeaving(pod) &&
  (ports.length === 0 || ports.every((port) => resolves(pod, port)))
