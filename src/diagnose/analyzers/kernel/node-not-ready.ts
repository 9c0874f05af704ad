import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, ofApi } from '../../case.ts'

/** A node that is not ready. */
export const nodeNotReady: Analyzer = {
  code: 'SVP407',
  beyond: true,
  needs: ({ observation: { cluster, source } }) =>
    cluster.nodes === null && source !== 'rules' ? ofApi('the nodes') : [],
  find({ observation: { cluster }, endpoints, report }) {
    // One with an endpoint of the service is SVP106.
    const own = new Set((endpoints ?? []).flatMap(({ node, ready }) => (ready && node ? [node] : [])))
    const onPath = new Set(report.nodes.map(({ name }) => name))
    return (cluster.nodes ?? []).flatMap(({ name, ready }) =>
      ready === false && onPath.has(name) && !own.has(name)
        ? [
            {
              node: name,
              subject: name,
              message: `${name} is not ready: its rules may be out of date`,
              evidence: [apiEvidence(`kubectl get node ${name}`, `${name} NotReady`)],
              fix: sh`kubectl describe node ${name}`,
            },
          ]
        : [],
    )
  },
}
