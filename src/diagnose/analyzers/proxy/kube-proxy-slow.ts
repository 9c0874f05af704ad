import { type Analyzer, proxiedNodes } from '../../case.ts'
import { readProxyLog } from '../../fix.ts'

/** Fewer say little: the first write takes longest. */
const LEAST_SYNCS = 3

/** A bucket of the histogram begins at 4.096 s; a second or less is usual even with thousands of services. */
const SLOW_S = 4

/**
 * A kube-proxy that takes many seconds to write its rules. network_programming_duration_seconds is not asked: it counts from the time that the API gives for a
 * change, which of older releases may be weeks ago.
 */
export const kubeProxySlow: Analyzer = {
  code: 'SVP320',
  beyond: true,
  find: (seen) =>
    proxiedNodes(seen).flatMap(({ path: { name }, state: { proxy } }) => {
      const syncs = proxy?.metrics?.syncs
      if (!syncs || syncs.count < LEAST_SYNCS || syncs.halfTookOver < SLOW_S) return []
      const seconds = `${Math.floor(syncs.halfTookOver)} s`
      return [
        {
          node: name,
          subject: 'kube-proxy',
          message: `kube-proxy on ${name} took more than ${seconds} for at least half of its ${syncs.count} syncs: after a change of endpoints, connections from ${name} can fail for that long`,
          evidence: [
            {
              node: name,
              command: 'curl 127.0.0.1:10249/metrics',
              file: `nodes/${name}/kube-proxy-metrics.txt`,
              line: null,
              text: `kubeproxy_sync_proxy_rules_duration_seconds: at least half of ${syncs.count} over ${syncs.halfTookOver} s`,
            },
          ],
          fix: readProxyLog(seen, name),
        },
      ]
    }),
}
