import { familyOf } from '../../../model/address.ts'
import type { Endpoint, Pod, Service } from '../../../model/cluster.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, type Case, type Draft, slicesCommand } from '../../case.ts'
import { READ_CONTROLLER_LOG, withNote } from '../../fix.ts'
import { hasSelector, isFinished, isLeaving, noneServes, resolves, selectedPods, unknownPods } from '../../pods.ts'

/** Pods that match, and none that is ready. */
export const noReadyEndpoints: Analyzer = {
  code: 'SVP102',
  find(seen) {
    const { service, observation, endpoints } = seen
    const { namespace, name } = service
    if (endpoints === null || service.externalName) return []
    const isShut = (all: readonly Endpoint[]) => !all.some(isUsed)
    if (isShut(endpoints)) return nobody(seen, endpoints)
    // The rules of each family are their own. A single Endpoints object holds one family only, and so does a text that was cut off.
    if (observation.cluster.endpointsArePartial(namespace, name)) return []
    return ([4, 6] as const).flatMap((family) => {
      const has = service.clusterIPs.some((address) => familyOf(address) === family)
      const own = endpoints.filter(({ address }) => familyOf(address) === family)
      return has && isShut(own) ? ofFamily(seen, family, own) : []
    })
  },
}

/** A terminating endpoint that still serves is used where nothing better is (KEP-1669): SVP104. */
const isUsed = ({ ready, serving }: Endpoint): boolean => ready || serving

function nobody(seen: Case, endpoints: readonly Endpoint[]): Draft[] {
  const { service } = seen
  if (service.selector === null) return [unselected(seen, endpoints)]
  if (!hasSelector(service)) return []
  const pods = selectedPods(seen)
  const well = pods.filter((pod) => pod.ready && !isLeaving(pod))
  // An Endpoints object leaves out pods that have none of the ports (syncService in pkg/controller/endpoint/endpoints_controller.go): that is SVP103.
  const due = well.filter((pod) => service.ports.length === 0 || service.ports.some((port) => resolves(pod, port)))
  if (due.length > 0) return [unlisted(seen, due)]
  if (pods.length > 0) return well.length > 0 ? [] : [unready(seen, pods)]
  // With a selector that fits nothing it is SVP101.
  return unknownPods(seen) === null ? [] : [unseen(seen, endpoints)]
}

/** Without a selector somebody else makes the endpoints. */
function unselected({ service }: Case, endpoints: readonly Endpoint[]): Draft {
  const { namespace, name } = service
  const made = addresses(endpoints).size
  const who =
    made === 0
      ? 'the service has no selector, and no endpoints were created for it'
      : `the service has no selector, and ${made === 1 ? 'its one manual endpoint is not' : `none of its ${made} manual endpoints is`} ready`
  return {
    subject: subjectOf(service),
    message: `${who}: ${noneServes(service)}`,
    evidence: [apiEvidence(slicesCommand(service), made === 0 ? 'no endpoint' : 'none ready')],
    fix:
      made === 0
        ? withNote(
            sh`kubectl set selector service -n ${namespace} ${name} KEY=VALUE`,
            `or make an EndpointSlice labelled kubernetes.io/service-name=${name}`,
          )
        : withNote(`${slicesCommand(service)} -o yaml`, 'whoever makes them sets their conditions'),
  }
}

/** The pods were not read: the slices alone tell. */
function unseen({ service }: Case, endpoints: readonly Endpoint[]): Draft {
  const count = addresses(endpoints).size
  const said = count === 0 ? 'the API lists no endpoint' : noneReady(count, 'endpoint')
  return {
    subject: subjectOf(service),
    message: `${said}: ${noneServes(service)}; its pods were not read`,
    evidence: [apiEvidence(slicesCommand(service), said)],
    fix: withNote(
      sh`kubectl get pods -n ${service.namespace} -o wide`,
      'which pods match, and why are they not ready?',
    ),
  }
}

/** Ready pods that the slices do not have. */
function unlisted({ service }: Case, pods: readonly Pod[]): Draft {
  const { namespace } = service
  const [first] = pods
  const some = pods.length === 1 ? `the pod ${first!.name} is` : `${pods.length} pods that it selects are`
  return {
    subject: subjectOf(service),
    message: `${some} ready, but the slices list none as ready: ${noneServes(service)}; the controller that writes them does not update them`,
    evidence: [
      apiEvidence(sh`kubectl get pod -n ${namespace} ${first!.name}`, `${first!.name} is ready`),
      apiEvidence(slicesCommand(service), 'none ready'),
    ],
    fix: READ_CONTROLLER_LOG,
  }
}

function unready({ service }: Case, pods: readonly Pod[]): Draft {
  const { namespace } = service
  // One that has ended says nothing about those that should run.
  const pod = pods.find((one) => !isLeaving(one)) ?? pods.find((one) => !isFinished(one)) ?? pods[0]!
  const state = stateOf(pod)
  const all = pods.every(isFinished)
  const one = pods.length === 1
  const who = all
    ? `${one ? '1 pod matches, and it has' : `${pods.length} pods match, and all have`} ended`
    : `${one ? '1 pod matches, and it is not ready' : `${pods.length} pods match, none is ready`}`
  return {
    subject: subjectOf(service),
    message: `${who}: ${noneServes(service)}; ${pod.name} is ${state}`,
    evidence: [apiEvidence(sh`kubectl get pod -n ${namespace} ${pod.name}`, `${pod.name} ${state}`)],
    fix: withNote(
      sh`kubectl describe pod -n ${namespace} ${pod.name}`,
      'its events say more; kubectl logs --previous shows why a container ended',
    ),
  }
}

/** A family that no endpoint serves, beside one that is well. */
function ofFamily({ service }: Case, family: 4 | 6, own: readonly Endpoint[]): Draft[] {
  const count = addresses(own).size
  const said = count === 0 ? `it has no IPv${family} endpoint` : noneReady(count, `IPv${family} endpoint`)
  return [
    {
      subject: `${subjectOf(service)} over IPv${family}`,
      message: `${said}: every connection over IPv${family} is refused`,
      evidence: [apiEvidence(slicesCommand(service), said)],
      fix: withNote(
        sh`kubectl get pods -n ${service.namespace} -o jsonpath=${'{range .items[*]}{.metadata.name} {.status.podIPs}{"\\n"}{end}'}`,
        `have they addresses of IPv${family}?`,
      ),
    },
  ]
}

function stateOf({ terminating, phase, trouble }: Pod): string {
  if (phase === 'Succeeded') return 'done'
  const state = terminating
    ? 'terminating'
    : phase === 'Running'
      ? 'running, not ready'
      : (phase?.toLowerCase() ?? 'not ready')
  return trouble ? `${state} (${trouble})` : state
}

const noneReady = (count: number, what: string): string =>
  count === 1 ? `the only ${what} is not ready` : `none of the ${count} ${what}s is ready`

const subjectOf = ({ namespace, name }: Service): string => `${namespace}/${name}`

const addresses = (endpoints: readonly Endpoint[]): Set<string> => new Set(endpoints.map(({ address }) => address))
