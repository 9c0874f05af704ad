import type { Pod } from '../../../model/cluster.ts'
import type { ProxyMetrics } from '../../../model/node.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, apiEvidence, type Case, type Draft, proxiedNodes } from '../../case.ts'
import { withNote } from '../../fix.ts'
import { isLeaving, selectedPods } from '../../pods.ts'

/** Fewer syncs say little: the first takes longest. */
const LEAST_SYNCS = 3
/** Changes of endpoints are many, and one pod whose news came late counts as one. */
const LEAST_CHANGES = 20

/**
 * Pods that stop before the nodes have heard of it. That a pod has no preStop hook is not reported: a program may as well go on by itself for a while. But longer than
 * the grace period nothing of the pod lives; and a hook that sleeps was meant to be long enough.
 */
export const stopsBeforeNodesKnow: Analyzer = {
  code: 'SVP112',
  beyond: true,
  find(seen) {
    // Clients of a headless service call pods past kube-proxy.
    if (seen.service.headless) return []
    const [slowest] = measured(seen).toSorted((a, b) => b.seconds - a.seconds)
    if (!slowest) return []
    const pods = selectedPods(seen).filter((pod) => !isLeaving(pod))
    return (killedBefore(pods, slowest) ?? stoppedBefore(pods, slowest) ?? []).slice(0, 1)
  },
}

/** How long at least half of the times took on a node until its rules were right, and how that was measured. */
interface Slow {
  node: string
  seconds: number
  count: number
  metric: string
  words: string
}

function measured(seen: Case): Slow[] {
  return proxiedNodes(seen).flatMap(({ path: { name }, state: { proxy } }) => {
    const { syncs, programmed } = proxy?.metrics ?? { syncs: null, programmed: null }
    return [
      ...slowOf(name, syncs, LEAST_SYNCS, 'sync_proxy_rules_duration_seconds', 'of its syncs'),
      ...(countsRestarts(seen)
        ? []
        : slowOf(
            name,
            programmed,
            LEAST_CHANGES,
            'network_programming_duration_seconds',
            'of the changes of endpoints',
          )),
    ]
  })
}

const slowOf = (node: string, times: ProxyMetrics['syncs'], least: number, metric: string, words: string): Slow[] =>
  times && times.count >= least ? [{ node, seconds: times.halfTookOver, count: times.count, metric, words }] : []

/** Up to Kubernetes 1.21 a restart counts all endpoints as changed, whatever their age (#82378). kube-proxy may be three releases older than the API server. */
function countsRestarts({ observation: { cluster } }: Case): boolean {
  const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(cluster.version ?? '') ?? []
  return major !== '1' || Number(minor) < 25
}

function killedBefore(pods: readonly Pod[], slowest: Slow): Draft[] | null {
  const [briefest] = pods
    .filter(({ gracePeriod }) => gracePeriod !== undefined)
    .toSorted((a, b) => a.gracePeriod! - b.gracePeriod!)
  const seconds = briefest?.gracePeriod
  if (!briefest || seconds === undefined || seconds >= slowest.seconds) return null
  const { node, words } = slowest
  return [
    {
      subject: briefest.name,
      message: `${briefest.name} is killed ${seconds} s after it gets SIGTERM, and kube-proxy on ${node} took more than ${slowest.seconds} s for at least half ${words}: at each rollout, connections from there still go to pods that are gone`,
      evidence: [
        apiEvidence(
          sh`kubectl get pod -n ${briefest.namespace} ${briefest.name} -o jsonpath={.spec.terminationGracePeriodSeconds}`,
          `terminationGracePeriodSeconds: ${seconds}`,
        ),
        metricEvidence(slowest),
      ],
      fix: longer(briefest),
      hits: [],
    },
  ]
}

function stoppedBefore(pods: readonly Pod[], slowest: Slow): Draft[] | null {
  const [briefest] = pods
    .filter(({ preStopSleep }) => preStopSleep !== undefined)
    .toSorted((a, b) => a.preStopSleep! - b.preStopSleep!)
  const seconds = briefest?.preStopSleep
  if (!briefest || seconds === undefined || seconds >= slowest.seconds) return null
  const { node, words } = slowest
  return [
    {
      subject: briefest.name,
      message: `the preStop hook of ${briefest.name} waits ${seconds} s, and kube-proxy on ${node} took more than ${slowest.seconds} s for at least half ${words}: at each rollout, connections from there still go to pods that are stopping`,
      evidence: [
        apiEvidence(
          sh`kubectl get pod -n ${briefest.namespace} ${briefest.name} -o jsonpath={.spec.containers[*].lifecycle}`,
          `preStop sleep: ${seconds} s`,
        ),
        metricEvidence(slowest),
      ],
      fix: longer(briefest),
      hits: [],
    },
  ]
}

const metricEvidence = ({ node, seconds, count, metric }: Slow) => ({
  node,
  command: 'curl 127.0.0.1:10249/metrics',
  file: `nodes/${node}/kube-proxy-metrics.txt`,
  line: null,
  text: `kubeproxy_${metric}: at least half of ${count} over ${seconds} s`,
})

const longer = ({ namespace, name }: Pod): string =>
  withNote(
    sh`kubectl get pod -n ${namespace} ${name} -o jsonpath={.metadata.ownerReferences}`,
    'give its template a preStop sleep longer than that, and a longer terminationGracePeriodSeconds',
  )
