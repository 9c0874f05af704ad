import { type Analyzer, entryText, walkedEntries } from '../case.ts'

/** A service’s chain that ends in nothing. */
export const chainBroken: Analyzer = {
  code: 'SVP308',
  find(seen) {
    if (!seen.endpoints?.some(({ ready }) => ready)) return []
    return walkedEntries(seen).flatMap(({ node, entry }) => {
      const chain = entry.chains.findLast((name) => /^(KUBE-(SVC|SVL|EXT|FW|XLB)-|service-|external-)/.test(name))
      if (entry.outcome !== 'none' || entry.verdict !== 'broken' || !chain) return []
      return [
        {
          node,
          subject: entryText(entry),
          message: `the chain ${chain} leads to no endpoint: connections stay untranslated and find nobody`,
          evidence: entry.rules
            .filter((rule) => rule.text.includes(chain))
            .slice(0, 1)
            .map(({ command, file, line, text }) => ({ node, command, file, line, text })),
          fix: `restart kube-proxy on ${node}`,
        },
      ]
    })
  },
}
