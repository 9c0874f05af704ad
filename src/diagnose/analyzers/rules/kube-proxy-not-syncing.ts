import { proxiesOn } from '../../../proxies/on-node.ts'
import { type Analyzer, listed, ofApi, walkedNodes } from '../../case.ts'
import { isConverged } from '../../drift.ts'
import { readProxyLog, restartProxy } from '../../fix.ts'

/** A kube-proxy, or what serves in its place, that no longer writes what the API says. */
export const kubeProxyNotSyncing: Analyzer = {
  code: 'SVP316',
  beyond: true,
  // A recording may well be without it; who looks now wants to know.
  needs({ observation: { source, nodes } }) {
    const own = nodes.flatMap((node) => proxiesOn(node, 4).program.answers ?? [])
    return source === 'live' && own[0] !== undefined && nodes.every(({ proxy }) => !proxy?.healthz) ? ofApi(own[0]) : []
  },
  find(seen) {
    const answering = seen.observation.nodes.flatMap(({ name, proxy }) => (proxy?.healthz ? [name] : []))
    const others =
      answering.length === 0 ? null : `${listed(answering)} ${answering.length === 1 ? 'does' : 'do'} answer`
    return walkedNodes(seen).flatMap(({ path, state }) => {
      const { name, standstill } = proxiesOn(state, 4).program
      const sign = standstill(state, others)
      if (!sign) return []
      // A node whose rules are still right for this service will be wrong with the next change.
      const severity = isConverged(path) ? ('warning' as const) : ('error' as const)
      const then =
        severity === 'error'
          ? 'its rules are out of date'
          : 'its rules are still right for this service, until something changes'
      return [
        {
          node: path.name,
          subject: name,
          severity,
          message: `${name} on ${path.name} ${sign.what}: ${sign.effect ?? then}`,
          evidence: [{ node: path.name, ...sign.source }],
          fix: `${readProxyLog(seen, path.name)}; ${restartProxy(seen, path.name)}`,
        },
      ]
    })
  },
}
