import { type Analyzer, entryText, hasServiceRules, listed, walkedNodes } from '../case.ts'
import { readKubeProxyLog, restartKubeProxy, withNote } from '../fix.ts'

/** A service that a node’s rules do not know. */
export const serviceNotProgrammed: Analyzer = {
  code: 'SVP302',
  find(seen) {
    if (!seen.endpoints?.some(({ ready }) => ready)) return []
    return walkedNodes(seen).flatMap(({ path, state }) => {
      const entries = path.entries.filter(({ kind }) => kind !== 'podIP')
      // A node without local endpoints leaves a Local service untranslated by design.
      const missed = entries.filter(({ outcome, verdict }) => outcome === 'none' && verdict === 'broken')
      const served = entries.some(({ address }) => hasServiceRules(state, address))
      if (!served || entries.length === 0 || missed.length < entries.length) return []
      return [
        {
          node: path.name,
          subject: listed(missed.map(entryText)),
          message: 'the rules of this node do not know the service: its clients get no answer',
          fix: withNote(readKubeProxyLog(seen, path.name), `then ${restartKubeProxy(seen, path.name)}`),
        },
      ]
    })
  },
}
