import { sh } from '../../model/shell.ts'
import { type Analyzer, apiEvidence } from '../case.ts'
import { withNote } from '../fix.ts'

/** Pods that match, and none that is ready. */
export const noReadyEndpoints: Analyzer = {
  code: 'SVP102',
  find({ service, observation: { cluster }, endpoints }) {
    if (endpoints === null || service.externalName || endpoints.some((one) => one.ready)) return []
    // A terminating endpoint that still serves is used where nothing better is (KEP-1669): SVP104.
    if (endpoints.some((one) => one.serving)) return []
    const { selector, namespace, name } = service
    const wanted = Object.entries(selector ?? {})
    const pods = (cluster.pods ?? []).filter(
      (pod) =>
        pod.namespace === namespace && wanted.length > 0 && wanted.every(([key, value]) => pod.labels[key] === value),
    )
    const subject = `${namespace}/${name}`
    if (pods.length === 0) {
      // Without a selector somebody else makes the endpoints; with one that fits nothing it is SVP101.
      if (selector !== null) return []
      const message = 'it has no selector, and nobody made endpoints for it: every connection is refused'
      return [
        {
          subject,
          message,
          fix: `make an EndpointSlice labelled kubernetes.io/service-name=${name}, or set a selector`,
        },
      ]
    }
    const [pod] = pods
    const state = pod!.terminating
      ? 'terminating'
      : pod!.phase === 'Running'
        ? 'running, not ready'
        : (pod!.phase ?? 'of unknown state')
    return [
      {
        subject,
        message: `${pods.length === 1 ? '1 pod matches, and it is not ready' : `${pods.length} pods match, none is ready`}: every connection is refused; ${pod!.name} is ${state}`,
        evidence: [apiEvidence(`kubectl get pods -n ${namespace}`, `${pod!.name} ${state}`)],
        fix: withNote(
          sh`kubectl describe pod -n ${namespace} ${pod!.name}`,
          'its conditions and events name the failing probe',
        ),
      },
    ]
  },
}
