import { type Analyzer, entryText, walkedEntries } from '../case.ts'

/** Service traffic that is not tracked. */
export const serviceTrafficUntracked: Analyzer = {
  code: 'SVP408',
  find(seen) {
    const told = new Set<string>()
    return walkedEntries(seen).flatMap(({ node, entry }) =>
      entry.rules.flatMap(({ command, file, line, text, maybe }) => {
        if (!/\bNOTRACK\b|--notrack\b|\bnotrack\b/.test(text) || maybe !== null || told.has(`${node} ${line} ${text}`))
          return []
        if (entry.kind === 'podIP') return []
        told.add(`${node} ${line} ${text}`)
        return [
          {
            node,
            subject: entryText(entry),
            message: `a rule takes packets to ${entryText(entry)} out of connection tracking: they are never translated, and nobody answers`,
            evidence: [{ node, command, file, line, text }],
            fix: `remove the rule, or let it spare the service range`,
          },
        ]
      }),
    )
  },
}
