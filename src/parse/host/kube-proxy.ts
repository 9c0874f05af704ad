/** What kube-proxy says of itself: /healthz on port 10256, /metrics on 10249. */
import type { ProxyState } from '../../model/node.ts'

/** Times in seconds since 1970; null for text that is no such answer. */
export function parseHealthz(text: string): ProxyState['healthz'] {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null) return null
  const { healthy, lastUpdated, currentTime, nodeEligible } = value as Record<string, unknown>
  if (lastUpdated === undefined && currentTime === undefined) return null
  return {
    // Up to Kubernetes 1.33 the status code alone said so, which no file holds.
    healthy: typeof healthy === 'boolean' ? healthy : null,
    // Since Kubernetes 1.28.
    nodeEligible: typeof nodeEligible === 'boolean' ? nodeEligible : null,
    lastUpdated: secondsOf(lastUpdated),
    currentTime: secondsOf(currentTime),
  }
}

/** RFC 3339, or as Go prints a time: `2026-11-21 09:45:50.34 +0000 UTC m=+12.16`. Go's zero time, which means never, is 0. */
function secondsOf(time: unknown): number | null {
  if (typeof time !== 'string') return null
  const plain = time
    .trim()
    .replace(GO_TIME, '$1T$2$3')
    .replace(/(\.\d{3})\d+/, '$1')
  const milliseconds = Date.parse(plain)
  return Number.isNaN(milliseconds) ? null : Math.max(0, milliseconds / 1000)
}

/** The zone's name and the monotonic clock are left out where Go has none. */
const GO_TIME = /^(\d\S*) (\d\S*) ([+-]\d{4})( \S+)?( m=\S+)?$/

/** When kube-proxy last wrote its rules, and when it was last asked to: of the address family that is furthest behind. Null where neither is told. */
export function parseProxyMetrics(text: string): ProxyState['metrics'] {
  const read = (name: string): Map<string, number> =>
    new Map(
      [...text.matchAll(new RegExp(`^kubeproxy_${name}(\\{[^}\\n]*\\})? ([\\d.eE+-]+)$`, 'gm'))].map(
        ([, labels, value]) => [labels ?? '', Number(value)],
      ),
    )
  const synced = read('sync_proxy_rules_last_timestamp_seconds')
  const queued = read('sync_proxy_rules_last_queued_timestamp_seconds')
  const families = [...queued].flatMap(([family, lastQueued]) => {
    const lastSync = synced.get(family)
    return lastSync === undefined ? [] : [{ lastSync, lastQueued }]
  })
  const worst = families.sort((a, b) => b.lastQueued - b.lastSync - (a.lastQueued - a.lastSync))[0]
  const failures = [...read('sync_proxy_rules_iptables_restore_failures_total').values()]
  if (!worst) return null
  return { ...worst, restoreFailures: failures.length > 0 ? failures.reduce((a, b) => a + b, 0) : null }
}
