import { sh } from '../../../model/shell.ts'
import { stopsOf } from '../../blocked-endpoints.ts'
import { type Analyzer, type Case, type Hit, walkedEntries } from '../../case.ts'
import { withNote } from '../../fix.ts'
import { type FirewallRule, firewallOf } from '../../host-firewall.ts'

/** A firewall of the node's own, beside Kubernetes' rules, that may drop what is forwarded to an endpoint. */
export const hostFirewallOnPath: Analyzer = {
  code: 'SVP703',
  find(seen) {
    const told = new Set(stopsOf(seen, ['rule', 'policy']).flatMap(({ stop }) => stop.evidence.map(keyOf)))
    return [...Map.groupBy(firewallsOf(seen), ({ node, found: { name } }) => `${node} ${name}`).values()].flatMap(
      (all) => {
        // What drops for certain is SVP403 or SVP701.
        const open = all.filter(({ node, found }) => !told.has(keyOf({ node, ...found })))
        const [first] = open
        if (!first) return []
        const { node, found } = first
        return [
          {
            node,
            subject: found.name,
            message: `${found.name} is not part of Kubernetes and filters what ${node} forwards: some of this service's traffic may be dropped by one of its rules`,
            evidence: [{ node, command: found.command, file: found.file, line: found.line, text: found.text }],
            fix: withNote(
              sh`kubectl svcpath ${seen.service.name} -n ${seen.service.namespace} -v`,
              "shows which of its rules are met; let it accept the pods' and services' networks",
            ),
            hits: all.map(({ hit }) => hit),
          },
        ]
      },
    )
  },
}

const keyOf = ({ node, file, line, text }: { node: string | null; file: string; line: number | null; text: string }) =>
  `${node} ${file} ${line} ${line === null ? '' : text}`

function firewallsOf(seen: Case): { node: string; hit: Hit; found: FirewallRule }[] {
  return walkedEntries(seen).flatMap(({ node, entry, state }) =>
    firewallOf(seen, state, entry).map((found) => ({ node, hit: { node, entry }, found })),
  )
}
