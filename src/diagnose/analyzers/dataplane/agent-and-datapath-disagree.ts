import { familyOf } from '../../../model/address.ts'
import { proxiesOn } from '../../../proxies/on-node.ts'
import { type Analyzer, entryText, walkedEntries } from '../../case.ts'
import { readProxyLog, restartProxy } from '../../fix.ts'

/** What the proxy's program wants and what the kernel holds are not the same. */
export const agentAndDatapathDisagree: Analyzer = {
  code: 'SVP332',
  find(seen) {
    return walkedEntries(seen).flatMap(({ node, entry, state }) => {
      if (entry.kind === 'podIP') return []
      const found = proxiesOn(state, familyOf(entry.address)).all.flatMap((proxy) => proxy.disagreements(entry))
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
