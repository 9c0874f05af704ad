import { familyOf, joinHostPort } from '../model/address.ts'
import type { Endpoint } from '../model/cluster.ts'
import { sh } from '../model/shell.ts'
import { apiEvidence, type Case, type Draft, listed, slicesCommand } from './case.ts'
import { withNote } from './fix.ts'
import { hasSelector } from './pods.ts'
import { SLICE_CONTROLLER } from './slices.ts'

/**
 * An Endpoints object that lists other ready addresses than the slices. kube-proxy follows the slices, other programs read Endpoints. The object has one family
 * only, and none that are terminating.
 */
export function endpointsDisagree(seen: Case): Draft[] {
  const { namespace, name } = seen.service
  const [inSlices, inObject] = bothOf(seen) ?? []
  if (!inSlices || !inObject) return []
  const [missing, extra] = [inSlices.difference(inObject), inObject.difference(inSlices)]
  if (missing.size + extra.size === 0) return []
  const says = [
    ...(missing.size > 0 ? [`lacks ${listed([...missing])}`] : []),
    ...(extra.size > 0 ? [`still lists ${listed([...extra])}`] : []),
  ]
  return [
    {
      subject: 'Endpoints',
      severity: 'warning',
      message: `the Endpoints object ${name} ${says.join(' and ')}, unlike the slices: kube-proxy follows the slices, programs that read Endpoints (some ingress controllers and operators) use other addresses`,
      evidence: [
        apiEvidence(sh`kubectl get endpoints -n ${namespace} ${name}`, `ready: ${listed([...inObject]) || 'none'}`),
        apiEvidence(slicesCommand(seen.service), `ready: ${listed([...inSlices]) || 'none'}`),
      ],
      fix: withNote(
        sh`kubectl delete endpoints -n ${namespace} ${name}`,
        'the endpoints controller writes it anew; the slices stay',
      ),
      hits: [],
    },
  ]
}

/** The ready addresses by both; null where they need not be the same, or one of them is not known. */
function bothOf(seen: Case): [Set<string>, Set<string>] | null {
  const { service, endpoints, observation } = seen
  const { namespace, name, clusterIPs } = service
  const object = observation.cluster.endpointsObjectOf(namespace, name)
  const byController = endpoints?.every(({ slice }) => slice?.managedBy === SLICE_CONTROLLER)
  if (!object || !endpoints || !byController || !hasSelector(service)) return null
  if (observation.cluster.endpointsArePartial(namespace, name)) return null
  // The object's family is the service's first.
  const first = [...clusterIPs, ...object.map(({ address }) => address), ...endpoints.map(({ address }) => address)][0]
  if (first === undefined) return null
  const family = familyOf(first)
  // One of another family is from when the service had that: it says nothing of the addresses of this one.
  if (object.length > 0 && object.every(({ address }) => familyOf(address) !== family)) return null
  const ready = (all: readonly Endpoint[]) =>
    new Set(
      all.flatMap((one) =>
        one.ready && familyOf(one.address) === family
          ? `${joinHostPort(one.address, one.port)}/${one.protocol.toLowerCase()}`
          : [],
      ),
    )
  return [ready(endpoints), ready(object)]
}
