/** What kube-proxy says of itself: /healthz on port 10256, /metrics on 10249. */
import type { ProxyMetrics, ProxyState } from '../../model/node.ts'

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

/** What /proxyMode answers; null for a word that is no mode, or the beginning of one. */
export const parseProxyMode = (text: string): string | null => MODES.find((mode) => mode === text.trim()) ?? null

const MODES = ['iptables', 'ipvs', 'nftables', 'userspace', 'kernelspace']

/** What kube-proxy counts of itself, by address family in newer releases; null for text without any of it. */
export function parseProxyMetrics(text: string): ProxyMetrics | null {
  const read = (name: string): Map<string, number> =>
    new Map(
      [...text.matchAll(new RegExp(`^kubeproxy_${name}(\\{[^}\\n]*\\})? ([\\d.eE+-]+)$`, 'gm'))].map(
        ([, labels, value]) => [labels ?? '', Number(value)],
      ),
    )
  const sum = (...names: string[]): number | null => {
    const values = names.flatMap((name) => [...read(name).values()])
    return values.length > 0 ? values.reduce((a, b) => a + b, 0) : null
  }
  const failedWrites = sum(
    'sync_proxy_rules_iptables_restore_failures_total',
    'sync_proxy_rules_nftables_sync_failures_total',
  )
  const metrics = {
    ...(lastWrites(read, failedWrites) ?? { lastSync: null, lastQueued: null }),
    failedWrites,
    syncs: syncsOf(read('sync_proxy_rules_duration_seconds_bucket')),
    programmed: syncsOf(read('network_programming_duration_seconds_bucket')),
    localhostNodePorts: sum('iptables_localhost_nodeports_accepted_packets_total'),
    invalidDrops: sum('iptables_ct_state_invalid_dropped_packets_total'),
    version: /^kubernetes_build_info\{[^}\n]*git_version="(v\d[\w.+-]*)"/m.exec(text)?.[1] ?? null,
  }
  return Object.values(metrics).every((value) => value === null) ? null : metrics
}

/** Of the address family that is furthest behind. One that has failed, and has no time of a write, never wrote. */
function lastWrites(
  read: (name: string) => Map<string, number>,
  failedWrites: number | null,
): { lastSync: number; lastQueued: number } | null {
  const synced = read('sync_proxy_rules_last_timestamp_seconds')
  const families = [...read('sync_proxy_rules_last_queued_timestamp_seconds')].flatMap(([family, lastQueued]) => {
    const lastSync = synced.get(family) ?? (failedWrites ? 0 : undefined)
    return lastSync === undefined ? [] : [{ lastSync, lastQueued }]
  })
  return families.sort((a, b) => b.lastQueued - b.lastSync - (a.lastQueued - a.lastSync))[0] ?? null
}

/** By a histogram, whose counts are cumulative: the largest bound that not even half of the times stayed within. Of the slower address family. */
function syncsOf(buckets: Map<string, number>): ProxyMetrics['syncs'] {
  const families = Map.groupBy(buckets, ([labels]) => labels.replace(/,?le="[^"]*"/, ''))
  const all = [...families.values()].flatMap((own) => {
    const bounds = own.map(([labels, count]) => ({ bound: Number(/le="([\d.]+)"/.exec(labels)?.[1]), count }))
    const count = bounds.find(({ bound }) => Number.isNaN(bound))?.count
    if (!count) return []
    const over = bounds.filter((one) => one.bound > 0 && one.count < count / 2).map(({ bound }) => bound)
    return [{ count, halfTookOver: Math.max(0, ...over) }]
  })
  return all.sort((a, b) => b.halfTookOver - a.halfTookOver)[0] ?? null
}
