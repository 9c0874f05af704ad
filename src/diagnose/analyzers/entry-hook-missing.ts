import type { EntryPath } from '../../model/report.ts'
import { type Analyzer, type Case, type Draft, entryText, ruleEvidence, walkedEntries, walkedNodes } from '../case.ts'
import { onNode } from '../fix.ts'

/** A hook that does not lead to the service rules. */
export const entryHookMissing: Analyzer = {
  code: 'SVP315',
  find(seen) {
    return [...walkedEntries(seen).flatMap(({ node, entry }) => takenEarlier(node, entry)), ...unhooked(seen)]
  },
}

/** Chains that are kube-proxy's own, or nothing but a hook. */
const OWN = /^(KUBE-|service-|external-|services$|nat-|nodeports$)/

/** A rule before the service rules that takes the packet, so that they never see it. */
function takenEarlier(node: string, entry: EntryPath): Draft[] {
  if (entry.kind === 'podIP' || entry.chains.some((name) => OWN.test(name)) || entry.conditions.length > 0) return []
  const rule = entry.rules.find(
    ({ table, chain, text, maybe }) =>
      table === 'nat' && maybe === null && !OWN.test(chain) && / -j (ACCEPT|RETURN|DNAT|REDIRECT)\b/.test(text),
  )
  if (!rule || (entry.outcome !== 'none' && entry.outcome !== 'dnat')) return []
  return [
    {
      node,
      subject: entryText(entry),
      message: `a rule of ${rule.chain} takes connections to ${entryText(entry)} before the service rules see them`,
      evidence: ruleEvidence(node, [rule]),
      fix: `take that rule away on ${node}, or let it spare the services' addresses`,
      hits: [{ node, entry }],
    },
  ]
}

function unhooked(seen: Case): Draft[] {
  return walkedNodes(seen).flatMap(({ path, state }) => {
    const nat = state.rulesets.flatMap(({ tables, command, file }) =>
      tables.flatMap((table) =>
        table.family === 'ip' && table.name === 'nat' ? [{ chains: table.chains, command, file }] : [],
      ),
    )
    return nat.flatMap(({ chains, command, file }) => {
      if (!chains.has('KUBE-SERVICES')) return []
      return (['PREROUTING', 'OUTPUT'] as const).flatMap((hook) => {
        const base = chains.get(hook)
        if (!base || reaches(hook, 'KUBE-SERVICES', chains)) return []
        const who = hook === 'PREROUTING' ? 'pods and clients outside' : 'the node itself and pods on its network'
        return [
          {
            node: path.name,
            subject: hook,
            message: `${hook} of the nat table does not lead to KUBE-SERVICES: ${who} reach no service through ${path.name}`,
            evidence: [
              { node: path.name, command, file, line: null, text: `no rule of ${hook} jumps to KUBE-SERVICES` },
            ],
            fix: onNode(
              path.name,
              `iptables -t nat -I ${hook} -m comment --comment "kubernetes service portals" -j KUBE-SERVICES`,
              'kube-proxy does so too when it is restarted',
            ),
          },
        ]
      })
    })
  })
}

type Chains = ReadonlyMap<string, { rules: readonly { actions: readonly { kind: string; chain?: string }[] }[] }>

/** Does a chain lead to another, by any number of jumps? */
function reaches(from: string, to: string, chains: Chains, met = new Set<string>()): boolean {
  if (from === to) return true
  if (met.has(from)) return false
  met.add(from)
  return (chains.get(from)?.rules ?? []).some(({ actions }) =>
    actions.some((action) => action.chain !== undefined && reaches(action.chain, to, chains, met)),
  )
}
