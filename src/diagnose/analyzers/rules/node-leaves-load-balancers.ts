import { sh } from '../../../model/shell.ts'
import { type Analyzer, walkedNodes } from '../../case.ts'
import { nodeWord, withNote } from '../../fix.ts'

/** A node that kube-proxy tells load balancers to leave out. */
export const nodeLeavesLoadBalancers: Analyzer = {
  code: 'SVP322',
  beyond: true,
  find: (seen) =>
    walkedNodes(seen).flatMap(({ path: { name }, state }) =>
      state.proxy?.healthz?.nodeEligible === false
        ? [
            {
              node: name,
              subject: 'kube-proxy',
              message: `kube-proxy on ${name} reports that the node is being removed: load balancers send it no new connections; its rules still work`,
              evidence: [
                {
                  node: name,
                  command: 'curl 127.0.0.1:10256/healthz',
                  file: `nodes/${name}/kube-proxy-healthz.json`,
                  line: null,
                  text: '"nodeEligible": false',
                },
              ],
              fix: withNote(
                sh`kubectl get node ${nodeWord(seen, name)} -o jsonpath={.metadata.deletionTimestamp}{.spec.taints}`,
                'nothing to fix while the cluster autoscaler removes the node; else remove the taint ToBeDeletedByClusterAutoscaler',
              ),
              hits: [],
            },
          ]
        : [],
    ),
}
