import { sh } from '../../model/shell.ts'
import { type Analyzer, plural } from '../case.ts'
import { withNote } from '../fix.ts'

/** Endpoints that are all on their way out. */
export const onlyTerminatingEndpoints: Analyzer = {
  code: 'SVP104',
  find({ service, endpoints }) {
    if (!endpoints || endpoints.length === 0 || !endpoints.every((one) => one.terminating)) return []
    const serving = new Set(endpoints.filter((one) => one.serving).map((one) => one.address)).size
    const all = new Set(endpoints.map((one) => one.address)).size
    return [
      {
        subject: `${service.namespace}/${service.name}`,
        message: `every endpoint is terminating (${plural(serving, 'still serves', 'still serve')} of ${all}): soon nobody answers`,
        fix: withNote(sh`kubectl get pods -n ${service.namespace}`, 'why are no new ones ready?'),
      },
    ]
  },
}
