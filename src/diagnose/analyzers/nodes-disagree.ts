import type { NodePath } from '../../model/report.ts'
import { type Analyzer, listed, walkedNodes } from '../case.ts'
import { restartKubeProxy } from '../fix.ts'

/** Nodes that programme one service differently. */
export const nodesDisagree: Analyzer = {
  code: 'SVP309',
  find(seen) {
    // Local by policy, and near by topology hints, mean that nodes differ.
    if (seen.service.internalTrafficPolicy === 'Local' || seen.endpoints?.some(({ hints }) => hints)) return []
    const nodes = walkedNodes(seen)
      .map(({ path }) => path)
      .filter(({ verdict }) => verdict !== 'unknown')
    const groups = Map.groupBy(nodes, programmed)
    if (groups.size < 2) return []
    const [most, ...others] = [...groups.values()].sort((a, b) => b.length - a.length)
    const names = (group: readonly NodePath[]) => listed(group.map(({ name }) => name))
    return others.map((group) => ({
      subject: names(group),
      message: `${names(group)} ${group.length === 1 ? 'leads' : 'lead'} the cluster IP to other endpoints than ${names(most!)}: who connects from where decides who answers`,
      fix: restartKubeProxy(seen, group[0]!.name),
    }))
  },
}

/** The endpoints that a node's rules lead the cluster IPs to; nodes differ by design in what is Local. */
function programmed({ entries }: NodePath): string {
  return entries
    .filter(({ kind }) => kind === 'clusterIP')
    .map(({ address, port, protocol, endpoints }) => {
      const led = endpoints.filter(({ probability }) => probability > 0).map((one) => `${one.address}:${one.port}`)
      return `${address}:${port}/${protocol} ${led.sort().join(' ')}`
    })
    .sort()
    .join('; ')
}
