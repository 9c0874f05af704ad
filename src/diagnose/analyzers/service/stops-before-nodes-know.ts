import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, proxiedNodes } from '../../case.ts'
import { withNote } from '../../fix.ts'
import { isLeaving, selectedPods } from '../../pods.ts'

/** Fewer syncs say little: the first takes longest. */
const LEAST_SYNCS = 3

/**
 * Pods that are killed before the nodes have heard that they stop. A preStop hook is not looked at, since a program may as well go on by itself; but longer than the
 * grace period nothing of the pod lives.
 */
export const stopsBeforeNodesKnow: Analyzer = {
  code: 'SVP112',
  beyond: true,
  find(seen) {
    // Clients of a headless service call pods past kube-proxy.
    if (seen.service.headless) return []
    const pods = selectedPods(seen).filter((pod) => pod.gracePeriod !== undefined && !isLeaving(pod))
    const [briefest] = pods.toSorted((a, b) => a.gracePeriod! - b.gracePeriod!)
    const slow = proxiedNodes(seen).flatMap(({ path: { name }, state: { proxy } }) => {
      const syncs = proxy?.metrics?.syncs
      return syncs && syncs.count >= LEAST_SYNCS ? [{ name, ...syncs }] : []
    })
    const [slowest] = slow.toSorted((a, b) => b.halfTookOver - a.halfTookOver)
    if (!briefest || !slowest || briefest.gracePeriod! >= slowest.halfTookOver) return []
    const seconds = briefest.gracePeriod!
    return [
      {
        subject: briefest.name,
        message: `${briefest.name} is killed ${seconds} s after it is told to stop, and kube-proxy on ${slowest.name} took more than ${slowest.halfTookOver} s for at least half of its syncs: at each rollout, connections from there still go to pods that are gone`,
        evidence: [
          apiEvidence(
            sh`kubectl get pod -n ${briefest.namespace} ${briefest.name} -o jsonpath={.spec.terminationGracePeriodSeconds}`,
            `terminationGracePeriodSeconds: ${seconds}`,
          ),
          {
            node: slowest.name,
            command: 'curl 127.0.0.1:10249/metrics',
            file: `nodes/${slowest.name}/kube-proxy-metrics.txt`,
            line: null,
            text: `kubeproxy_sync_proxy_rules_duration_seconds: at least half of ${slowest.count} over ${slowest.halfTookOver} s`,
          },
        ],
        fix: withNote(
          sh`kubectl get pod -n ${briefest.namespace} ${briefest.name} -o jsonpath={.metadata.ownerReferences}`,
          'give its template a preStop sleep longer than a sync, and a longer terminationGracePeriodSeconds',
        ),
        hits: [],
      },
    ]
  },
}
