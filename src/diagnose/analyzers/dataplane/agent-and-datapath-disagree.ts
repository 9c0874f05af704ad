import { familyOf } from '../../../model/address.ts'
import type { EntryPath } from '../../../model/report.ts'
import { proxiesOn } from '../../../proxies/on-node.ts'
import type { ApiEndpoint } from '../../../proxies/proxy.ts'
import { type Analyzer, type Case, entryText, walkedEntries } from '../../case.ts'
import { readProxyLog, restartProxy } from '../../fix.ts'

/** What the proxy's program wants and what the kernel holds are not the same. */
export const agentAndDatapathDisagree: Analyzer = {
  code: 'SVP332',
  find(seen) {
    return walkedEntries(seen).flatMap(({ node, entry, state }) => {
      if (entry.kind === 'podIP') return []
      const found = proxiesOn(state, familyOf(entry.address)).all.flatMap((proxy) =>
        proxy.disagreements(entry, endpointsFor(seen, entry)),
      )
      return found.slice(0, 1).map(({ what, lines }) => ({
        node,
        subject: entryText(entry),
        message: `on ${node} ${what}`,
        evidence: lines.slice(0, 4).map((line) => ({ node, ...line })),
        fix: `${readProxyLog(seen, node)}; ${restartProxy(seen, node)}`,
        hits: [{ node, entry }],
      }))
    })
  },
}

/** What each node is to lead an entry to; null where nodes differ by design, or nobody knows. */
function endpointsFor({ service, endpoints }: Case, entry: EntryPath): readonly ApiEndpoint[] | null {
  const differs = service.internalTrafficPolicy === 'Local' || endpoints?.some(({ hints, untold }) => hints || untold)
  if (!endpoints || differs || entry.kind !== 'clusterIP') return null
  return endpoints.filter(
    ({ address, portName, protocol }) =>
      portName === entry.portName && protocol === entry.protocol && familyOf(address) === familyOf(entry.address),
  )
}
