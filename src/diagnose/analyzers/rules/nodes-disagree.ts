import type { EntryPath, NodePath } from '../../../model/report.ts'
import { commandOf } from '../../../proxies/on-node.ts'
import { type Analyzer, listed, saysNoLocalEndpoints, walkedNodes } from '../../case.ts'
import { isConverged } from '../../drift.ts'
import { restartProxy } from '../../fix.ts'

/** Nodes that programme one service differently. */
export const nodesDisagree: Analyzer = {
  code: 'SVP309',
  find(seen) {
    // Local by policy, and near by topology hints, mean that nodes differ.
    if (seen.service.internalTrafficPolicy === 'Local' || seen.endpoints?.some(({ hints }) => hints)) return []
    const nodes = walkedNodes(seen)
      .map(({ path }) => path)
      .filter(({ entries }) => entries.some(isTelling) && entries.every(({ verdict }) => verdict !== 'unknown'))
    if (nodes.length < 2) return []
    const groups = Map.groupBy(nodes, programmed)
    if (groups.size < 2) return []
    // Those that lead to what the API lists are right, however few they are.
    const right = (group: readonly NodePath[]) => (group.some(isConverged) ? 1 : 0)
    const [most, ...others] = [...groups.values()].sort((a, b) => right(b) - right(a) || b.length - a.length)
    const names = (group: readonly NodePath[]) => listed(group.map(({ name }) => name))
    return others.map((group) => ({
      subject: names(group),
      onNodes: group.map(({ name }) => name),
      message: `${names(group)} ${group.length === 1 ? 'sends' : 'send'} the cluster IP to different endpoints than ${names(most!)}: the answer depends on the client's node`,
      evidence: [group[0]!, most![0]!].map((path) => ({
        node: path.name,
        command: commandOf(path.mode),
        file: '',
        line: null,
        text: programmed(path),
      })),
      fix: restartProxy(seen, group[0]!.name),
    }))
  },
}

/** Nodes differ by design in what is Local, and --from shows some entries on one node only. */
const isTelling = (entry: EntryPath): boolean => entry.kind === 'clusterIP' && !saysNoLocalEndpoints(entry)

/** The endpoints that a node's rules lead the cluster IPs to. */
function programmed({ entries }: NodePath): string {
  return entries
    .filter(isTelling)
    .map(({ address, port, protocol, endpoints }) => {
      const led = endpoints.filter(({ probability }) => probability > 0).map((one) => `${one.address}:${one.port}`)
      return `${address}:${port}/${protocol} ${led.sort().join(' ')}`
    })
    .sort()
    .join('; ')
}
