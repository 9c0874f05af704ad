import type { Endpoint } from '../../../model/cluster.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, plural, slicesCommand } from '../../case.ts'
import { withNote } from '../../fix.ts'
import { hasSelector, selectorText } from '../../pods.ts'

/** Endpoints that serve on their way out, and none that takes their place. Where none serves it is SVP102. */
export const onlyTerminatingEndpoints: Analyzer = {
  code: 'SVP104',
  find({ service, endpoints }) {
    const serving = (endpoints ?? []).filter((one) => one.serving)
    if (!endpoints || serving.length === 0 || endpoints.some((one) => one.ready)) return []
    if (!serving.every((one) => one.terminating)) return []
    const waiting = countOf(endpoints.filter((one) => !one.terminating))
    const count = countOf(serving)
    const follow = waiting > 0 ? `${plural(waiting, 'other is', 'others are')} not ready` : 'none replaces them'
    const selector = hasSelector(service) ? sh` -l ${selectorText(service)}` : ''
    return [
      {
        subject: `${service.namespace}/${service.name}`,
        message: `only terminating endpoints still serve (${count}), and ${follow}: they will stop soon`,
        evidence: [
          apiEvidence(slicesCommand(service), `ready 0, terminating and serving ${count}, not ready ${waiting}`),
        ],
        fix: withNote(
          `${sh`kubectl get pods -n ${service.namespace}`}${selector}`,
          waiting > 0 ? 'kubectl describe those that are not ready' : 'was it scaled down to zero?',
        ),
      },
    ]
  },
}

/** A pod of a dual-stack service has an endpoint of each family. */
const countOf = (endpoints: readonly Endpoint[]): number =>
  new Set(endpoints.map(({ pod, address }) => (pod ? `${pod.namespace}/${pod.name}` : address))).size
