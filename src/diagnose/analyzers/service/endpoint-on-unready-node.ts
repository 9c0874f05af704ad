import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence } from '../../case.ts'
import { withNote } from '../../fix.ts'

/** Endpoints on a node that is not ready, or gone. */
export const endpointOnUnreadyNode: Analyzer = {
  code: 'SVP106',
  find({ service, observation: { cluster }, endpoints }) {
    if (!cluster.nodes) return []
    const ready = (endpoints ?? []).filter((one) => one.ready && one.node !== null)
    return [...Map.groupBy(ready, ({ node }) => node!)].flatMap(([name, own]) => {
      const node = cluster.nodes!.find((one) => one.name === name)
      if (node && node.ready !== false) return []
      // Whoever makes endpoints by hand may name a machine that never was a node.
      if (!node && !own.some(({ pod }) => pod)) return []
      return [
        {
          subject: name,
          message: `the node ${name} ${node ? 'is not ready' : 'is gone'}, and endpoints on it still get connections, which may go unanswered`,
          evidence: [apiEvidence(sh`kubectl get node ${name}`, node ? 'NotReady' : 'not found')],
          fix: node
            ? sh`kubectl describe node ${name}`
            : withNote(
                sh`kubectl get pods -n ${service.namespace} -o wide --field-selector spec.nodeName=${name}`,
                'the pod garbage collector deletes pods of a node that is gone; kubectl delete pod --force is faster',
              ),
        },
      ]
    })
  },
}
