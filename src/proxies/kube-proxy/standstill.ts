import type { NodeState } from '../../model/node.ts'
import type { Standstill } from '../proxy.ts'

/** What was asked for a minute ago and is not written is no longer on its way: kube-proxy syncs every 30 s at the latest, and retries. */
const PATIENCE_S = 60

/** By its own answers, which others give. `others`: who does answer, in words; null where nobody does. */
export function standstillOf({ name, proxy, rulesets }: NodeState, others: string | null): Standstill | null {
  const healthz = { file: 'kube-proxy-healthz.json', command: 'curl 127.0.0.1:10256/healthz' }
  const sign = (what: string, { file, command }: typeof healthz, text: string): Standstill => ({
    ...{ what, effect: null },
    source: { command, file: file && `nodes/${name}/${file}`, line: null, text },
  })
  if (proxy === null) {
    // On a cluster without kube-proxy nobody answers.
    const silent = { ...healthz, file: '' }
    if (others === null || rulesets.length === 0) return null
    return sign('does not answer', silent, `no answer (${others})`)
  }
  const { healthy, nodeEligible, lastUpdated, currentTime } = proxy.healthz ?? NOTHING_SAID
  if (healthy === false)
    return sign('says that it is not healthy', healthz, `"healthy":false, last updated ${timeText(lastUpdated)}`)
  // Up to Kubernetes 1.33 it says so by the time alone: now where it is healthy, else that of its last write. That is also what stands there where the
  // node is to leave the load balancers, however well kube-proxy is (pkg/proxy/healthcheck).
  const bySilence = healthy === null && nodeEligible !== false
  if (bySilence && currentTime !== null && lastUpdated !== null && currentTime - lastUpdated > PATIENCE_S)
    return sign(
      lastUpdated === 0
        ? 'has never written its rules'
        : `has not written its rules for ${Math.round(currentTime - lastUpdated)} s`,
      healthz,
      `last updated ${timeText(lastUpdated)}`,
    )
  if (!proxy.metrics || currentTime === null) return null
  const { lastSync, lastQueued, failedWrites } = proxy.metrics
  if (lastSync === null || lastQueued === null) return null
  if (lastQueued <= lastSync || currentTime - lastQueued < PATIENCE_S) return null
  const failed = failedWrites ? `, and ${failedWrites} writes failed` : ''
  const text = `last queued ${timeText(lastQueued)}, last written ${timeText(lastSync)}`
  return sign(
    `has not written its rules for ${Math.round(currentTime - lastQueued)} s${failed}`,
    { file: 'kube-proxy-metrics.txt', command: 'curl 127.0.0.1:10249/metrics' },
    text,
  )
}

const NOTHING_SAID = { healthy: null, nodeEligible: null, lastUpdated: null, currentTime: null }

const timeText = (seconds: number | null): string =>
  seconds === null || seconds === 0 ? 'never' : new Date(seconds * 1000).toISOString()
