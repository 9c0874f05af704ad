import { sh } from '../../model/shell.ts'
import { type Analyzer, apiEvidence, listed, slicesCommand } from '../case.ts'
import { withNote } from '../fix.ts'

/** Who keeps the slices of a service with a selector: EndpointSlice's LabelManagedBy in k8s.io/api. */
const KEEPERS = new Set(['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io'])

/** A slice that does not follow the selector. */
export const sliceNotFollowing: Analyzer = {
  code: 'SVP107',
  find(seen) {
    if (!seen.service.selector || Object.keys(seen.service.selector).length === 0) return []
    const slices = new Map((seen.endpoints ?? []).flatMap(({ slice }) => (slice ? [[slice.name, slice] as const] : [])))
    return [...slices.values()].flatMap(({ name, managedBy }) => {
      if (managedBy !== null && KEEPERS.has(managedBy)) return []
      const own = seen.endpoints!.filter(({ slice }) => slice?.name === name).map(({ address }) => address)
      return [
        {
          subject: name,
          message: `the slice ${name} is ${managedBy === null ? 'managed by nobody' : `managed by ${managedBy}`}, although the service has a selector: its ${listed(own)} stays whatever becomes of the pods`,
          evidence: [
            apiEvidence(
              slicesCommand(seen.service),
              `endpointslice.kubernetes.io/managed-by: ${managedBy ?? 'not set'}`,
            ),
          ],
          fix: withNote(sh`kubectl delete endpointslice -n ${seen.service.namespace} ${name}`, 'if nobody needs it'),
        },
      ]
    })
  },
}
