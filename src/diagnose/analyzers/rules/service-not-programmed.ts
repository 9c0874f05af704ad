import { familyOf, joinHostPort } from '../../../model/address.ts'
import { idleFor, proxiesOn } from '../../../proxies/on-node.ts'
import {
  type Analyzer,
  apiEvidence,
  entryText,
  isUntranslated,
  listed,
  slicesCommand,
  walkedNodes,
} from '../../case.ts'
import { readProxyLog, restartProxy } from '../../fix.ts'
import { brokenChain } from './chain-broken.ts'

/** A service that a node’s rules do not know. */
export const serviceNotProgrammed: Analyzer = {
  code: 'SVP302',
  find(seen) {
    const ready =
      seen.endpoints?.flatMap((one) =>
        one.ready ? [one.port === null ? one.address : joinHostPort(one.address, one.port)] : [],
      ) ?? []
    if (ready.length === 0) return []
    return walkedNodes(seen).flatMap(({ path, state }) => {
      const entries = path.entries.filter(({ kind }) => kind !== 'podIP')
      // A node without local endpoints leaves a Local service untranslated by design.
      const missed = entries.filter(
        (entry) =>
          isUntranslated(entry) &&
          entry.verdict === 'broken' &&
          !brokenChain(seen, path.name, entry, state) &&
          !idleFor(state, entry),
      )
      const served = entries.some(({ address }) => proxiesOn(state, familyOf(address)).all.length > 0)
      if (!served || entries.length === 0 || missed.length < entries.length) return []
      return [
        {
          node: path.name,
          subject: listed(missed.map(entryText)),
          message: 'the rules of this node do not contain the service: its clients get no answer',
          evidence: [
            apiEvidence(slicesCommand(seen.service), `${listed(ready)} ready`),
            ...proxiesOn(state, familyOf(missed[0]!.address)).all.map(({ source: { command, file }, lacks }) => ({
              node: path.name,
              command,
              file,
              line: null,
              text: lacks(listed(missed.map(entryText))),
            })),
          ],
          fix: `${readProxyLog(seen, path.name)}; ${restartProxy(seen, path.name)}`,
        },
      ]
    })
  },
}
