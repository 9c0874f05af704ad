import { type Analyzer, endpointText, walkedEntries } from '../../case.ts'
import { restartProxy, withNote } from '../../fix.ts'

/** Shares that are not even. */
export const unevenShare: Analyzer = {
  code: 'SVP305',
  find(seen) {
    // Affinity and conditions decide by who asks: shares are then no fixed numbers.
    if (seen.service.affinitySeconds !== null) return []
    return walkedEntries(seen).flatMap(({ node, entry }) => {
      if (entry.outcome !== 'dnat' || entry.conditions.length > 0 || entry.verdict === 'unknown') return []
      const led = entry.endpoints.filter(({ probability, conditions }) => probability > 0 && conditions.length === 0)
      if (led.length < 2 || led.length < entry.endpoints.filter(({ probability }) => probability > 0).length) return []
      const due = 1 / led.length
      const worst = led.toSorted((a, b) => Math.abs(b.probability - due) - Math.abs(a.probability - due))[0]!
      // kube-proxy writes its probabilities with ten digits, the kernel keeps 31 bits.
      if (Math.abs(worst.probability - due) < due / 100) return []
      return [
        {
          node,
          subject: endpointText(worst),
          message: `${endpointText(worst)} gets ${(worst.probability * 100).toFixed(1)} % of the new connections; expected are ${(due * 100).toFixed(1)} %`,
          evidence: entry.rules
            .filter(({ does }) => does === 'draw')
            .slice(0, 3)
            .map(({ command, file, line, text }) => ({ node, command, file, line, text })),
          fix: withNote(restartProxy(seen, node), 'somebody or something else edited its rules'),
        },
      ]
    })
  },
}
