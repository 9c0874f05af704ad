import type { Evidence } from '../../../model/evidence.ts'
import type { NodeState } from '../../../model/node.ts'
import { type Analyzer, listed, ofApi, walkedNodes } from '../../case.ts'
import { isConverged } from '../../drift.ts'
import { readProxyLog, restartProxy } from '../../fix.ts'

/** A kube-proxy that no longer writes what the API says. */
export const kubeProxyNotSyncing: Analyzer = {
  code: 'SVP316',
  beyond: true,
  // A recording may well be without it; who looks now wants to know.
  needs: ({ observation: { source, nodes } }) =>
    source === 'live' && nodes.length > 0 && nodes.every(({ proxy }) => !proxy?.healthz)
      ? ofApi("kube-proxy's own answers")
      : [],
  find(seen) {
    const answering = seen.observation.nodes.flatMap(({ name, proxy }) => (proxy?.healthz ? [name] : []))
    return walkedNodes(seen).flatMap(({ path, state }) => {
      const sign = signOf(state, answering)
      if (!sign) return []
      // A node whose rules are still right for this service will be wrong with the next change.
      const severity = isConverged(path) ? ('warning' as const) : ('error' as const)
      const then =
        severity === 'error'
          ? 'its rules are out of date'
          : 'its rules are right for this service, until something changes'
      return [
        {
          node: path.name,
          subject: 'kube-proxy',
          severity,
          message: `kube-proxy on ${path.name} ${sign.what}: ${then}`,
          evidence: [
            { node: path.name, file: sign.file && `nodes/${path.name}/${sign.file}`, line: null, ...sign.evidence },
          ],
          fix: `${readProxyLog(seen, path.name)}; ${restartProxy(seen, path.name)}`,
        },
      ]
    })
  },
}

/** What was asked for a minute ago and is not written is not on its way any more: kube-proxy syncs every 30 s at the latest, and retries. */
const PATIENCE_S = 60

interface Sign {
  what: string
  file: string
  evidence: Pick<Evidence, 'command' | 'text'>
}

function signOf({ proxy, rulesets }: NodeState, answering: readonly string[]): Sign | null {
  const healthz = { file: 'kube-proxy-healthz.json', command: 'curl 127.0.0.1:10256/healthz' }
  const sign = (what: string, { file, command }: typeof healthz, text: string): Sign => ({
    what,
    file,
    evidence: { command, text },
  })
  if (proxy === null) {
    // On a cluster without kube-proxy nobody answers.
    const silent = { ...healthz, file: '' }
    if (answering.length === 0 || rulesets.length === 0) return null
    const others = `${listed(answering)} ${answering.length === 1 ? 'does' : 'do'} answer`
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
