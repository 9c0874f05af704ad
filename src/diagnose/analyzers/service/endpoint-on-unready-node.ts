import type { Endpoint } from '../../../model/cluster.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, type Case, type Draft, listed, slicesCommand } from '../../case.ts'
import { withNote } from '../../fix.ts'

/** Endpoints on a node that is not ready, or gone. */
export const endpointOnUnreadyNode: Analyzer = {
  code: 'SVP106',
  find(seen) {
    const {
      service,
      observation: { cluster },
      endpoints,
    } = seen
    if (!cluster.nodes) return []
    const ready = (endpoints ?? []).filter((one) => one.ready && one.node !== null)
    return [...Map.groupBy(ready, ({ node }) => node!)].flatMap(([name, own]) => {
      const node = cluster.nodes!.find((one) => one.name === name)
      if (node ? node.ready !== false : cluster.nodesArePartial) return []
      if (!node && !own.some(({ pod }) => pod)) return [unknownNode(seen, name, own)]
      return [
        {
          subject: name,
          message: `the node ${name} ${node ? 'is not ready' : 'is gone'}, and endpoints on it still get connections, which may get no answer`,
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

/** A slice that somebody wrote: the name may be mistyped, or that of a machine that never was a node. */
function unknownNode({ service }: Case, name: string, own: readonly Endpoint[]): Draft {
  const addresses = [...new Set(own.map(({ address }) => address))]
  return {
    subject: name,
    message: `${listed(addresses)} ${addresses.length === 1 ? 'names' : 'name'} the node ${name}, which the cluster does not have: policy Local and topology hints take ${addresses.length === 1 ? 'it' : 'them'} for an endpoint of no node`,
    evidence: [apiEvidence(sh`kubectl get node ${name}`, 'not found')],
    fix: withNote(
      `${slicesCommand(service)} -o yaml`,
      'correct nodeName, or leave it out where the address is outside the cluster',
    ),
  }
}
