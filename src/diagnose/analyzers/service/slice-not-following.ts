import type { Endpoint } from '../../../model/cluster.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, type Case, type Draft, listed, plural, slicesCommand } from '../../case.ts'
import { READ_CONTROLLER_LOG, withNote } from '../../fix.ts'
import { fits, hasSelector, unknownPods } from '../../pods.ts'

/** Who keeps the slices of a service with a selector, and who those of an Endpoints object without one: EndpointSlice's LabelManagedBy in k8s.io/api. */
const KEEPER = 'endpointslice-controller.k8s.io'
const MIRROR = 'endpointslicemirroring-controller.k8s.io'

/** A slice that does not follow the selector. */
export const sliceNotFollowing: Analyzer = {
  code: 'SVP107',
  find(seen) {
    if (!hasSelector(seen.service)) return []
    const slices = Map.groupBy(
      (seen.endpoints ?? []).filter(({ slice }) => slice),
      ({ slice }) => slice!.name,
    )
    return [...slices].flatMap(([name, own]) => {
      const { managedBy } = own[0]!.slice!
      return managedBy === KEEPER ? strays(seen, name, own) : [foreign(seen, name, managedBy, own)]
    })
  },
}

function foreign({ service }: Case, name: string, managedBy: string | null, own: readonly Endpoint[]): Draft {
  const held = listed([...new Set(own.map(({ address }) => address))])
  const evidence = [
    apiEvidence(slicesCommand(service), `endpointslice.kubernetes.io/managed-by: ${managedBy ?? 'not set'}`),
  ]
  const remove = sh`kubectl delete endpointslice -n ${service.namespace} ${name}`
  // A controller of one's own may well keep the slices of a service with a selector, and keep them well (KEP-4770).
  if (managedBy !== null && managedBy !== MIRROR) {
    return {
      severity: 'info',
      subject: name,
      message: `the slice ${name} is managed by ${managedBy}, not by Kubernetes: whether its ${held} follows the pods is up to that`,
      evidence,
      fix: withNote(
        sh`kubectl get endpointslice -n ${service.namespace} ${name} -o yaml`,
        'is that controller still there?',
      ),
    }
  }
  const message =
    managedBy === null
      ? `the slice ${name} has no controller, although the service has a selector: its ${held} stays, even when the pods change`
      : `the slice ${name} is a copy of an Endpoints object from when the service had no selector: its ${held} stays, even when the pods change`
  return { subject: name, message, evidence, fix: withNote(remove, 'the endpoints controller makes its own') }
}

/** Endpoints whose pods are gone, or have the labels no more: the controller has not followed. */
function strays(seen: Case, name: string, own: readonly Endpoint[]): Draft[] {
  const { service, observation } = seen
  if (unknownPods(seen) !== null) return []
  const pods = new Map((observation.cluster.pods ?? []).map((pod) => [`${pod.namespace}/${pod.name}`, pod]))
  // What is terminating leaves the slice in a moment, as its pod does the API.
  const lost = own.filter(({ pod, ready }) => {
    const known = pod && pods.get(`${pod.namespace}/${pod.name}`)
    return pod !== null && ready && !(known && fits(service, known))
  })
  const names = [...new Set(lost.map(({ pod }) => pod!.name))]
  if (names.length === 0) return []
  const one = names.length === 1
  return [
    {
      subject: name,
      message: `the slice ${name} lists ${plural(names.length, 'pod that is', 'pods that are')} gone or ${one ? 'has' : 'have'} no longer the labels of the selector (${listed(names)}): connections still go there; the endpoints controller does not update it`,
      evidence: [
        apiEvidence(slicesCommand(service), `${name} lists ${listed(names)}`),
        apiEvidence(
          sh`kubectl get pods -n ${service.namespace} --show-labels`,
          `${one ? 'it is' : 'they are'} not there, or with other labels`,
        ),
      ],
      fix: READ_CONTROLLER_LOG,
    },
  ]
}
