import { sh } from '../../model/shell.ts'
import { type Analyzer, apiEvidence } from '../case.ts'

/** Endpoints on a node that is not ready, or gone. */
export const endpointOnUnreadyNode: Analyzer = {
  code: 'SVP106',
  find({ observation: { cluster }, endpoints }) {
    if (!cluster.nodes) return []
    const nodes = new Set((endpoints ?? []).filter(({ ready }) => ready).flatMap(({ node }) => node ?? []))
    return [...nodes].flatMap((name) => {
      const node = cluster.nodes!.find((one) => one.name === name)
      if (node && node.ready !== false) return []
      const state = node ? 'is not ready' : 'is gone'
      return [
        {
          subject: name,
          message: `the node ${name} ${state}, and endpoints on it still get connections, which may go unanswered`,
          evidence: [apiEvidence(`kubectl get node ${name}`, node ? 'NotReady' : 'not found')],
          fix: sh`kubectl describe node ${name}`,
        },
      ]
    })
  },
}
