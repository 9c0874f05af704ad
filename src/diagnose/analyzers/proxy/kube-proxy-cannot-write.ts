import type { ProxyState } from '../../../model/node.ts'
import { toolCheck } from '../../../proxies/kube-proxy/program.ts'
import { type Analyzer, plural, proxiedNodes } from '../../case.ts'
import { isConverged } from '../../drift.ts'
import { onNode, readProxyLog } from '../../fix.ts'

/** A kube-proxy whose rules the kernel, iptables or nft does not take. */
export const kubeProxyCannotWrite: Analyzer = {
  code: 'SVP319',
  beyond: true,
  find: (seen) =>
    proxiedNodes(seen).flatMap(({ path, state: { proxy } }) => {
      const { name, mode } = path
      const tool = toolCheck(mode)
      const failures = failuresOf(proxy)
      if (failures === null) return []
      const isRight = isConverged(path)
      const then = isRight
        ? 'its rules are still right for this service, until something changes'
        : 'its rules are out of date'
      return [
        {
          node: name,
          subject: 'kube-proxy',
          severity: isRight ? ('warning' as const) : ('error' as const),
          message: `kube-proxy on ${name} cannot write its rules: ${plural(failures, 'attempt')} failed since it started, and the last change is still not written; ${then}`,
          evidence: [
            {
              node: name,
              command: 'curl 127.0.0.1:10249/metrics',
              file: `nodes/${name}/kube-proxy-metrics.txt`,
              line: null,
              text: `failed writes: ${failures}, last queued ${timeText(proxy?.metrics?.lastQueued)}, last written ${timeText(proxy?.metrics?.lastSync)}`,
            },
          ],
          fix: `${readProxyLog(seen, name)}; ${onNode(name, tool.run, tool.note)}`,
        },
      ]
    }),
}

/** A change that was queued this long ago is overdue: kube-proxy retries a failed write every 30 s at the latest. */
const PATIENCE_S = 60

/** How many writes failed, where the last change is overdue, too. That writes failed once, and later worked, is no fault now. */
function failuresOf(proxy: ProxyState | null): number | null {
  const { healthz, metrics } = proxy ?? { healthz: null, metrics: null }
  if (!metrics?.failedWrites || metrics.lastQueued === null || metrics.lastSync === null) return null
  if (metrics.lastQueued <= metrics.lastSync || healthz?.currentTime == null) return null
  const overdue = healthz.healthy === false || healthz.currentTime - metrics.lastQueued >= PATIENCE_S
  return overdue ? metrics.failedWrites : null
}

const timeText = (seconds: number | null | undefined): string =>
  seconds ? new Date(seconds * 1000).toISOString() : 'never'
