import { proxiesOn } from '../../../proxies/on-node.ts'
import type { ServiceProxy } from '../../../proxies/proxy.ts'
import { type Analyzer, type Case, type Draft, familiesOf, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** Service rules in two places that both see the packet. */
export const mixedBackends: Analyzer = {
  code: 'SVP306',
  find: (seen) => [...twoRuleSets(seen), ...remains(seen)],
}

function twoRuleSets(seen: Case): Draft[] {
  return walkedNodes(seen).flatMap(({ path, state }) =>
    // Clients of a headless service call its pods past all service rules.
    familiesOf(path.entries.filter(({ kind }) => kind !== 'podIP')).flatMap((family) => {
      const { all, leftover, together } = proxiesOn(state, family)
      const used = all.filter(({ reached }) => reached)
      const [first, second] = [...new Map(used.map((proxy) => [proxy.name, proxy])).values()]
      if (!first || !second) return []
      return [
        {
          node: path.name,
          subject: `${first.name} and ${second.name}`,
          message: `both ${first.name} and ${second.name} hold service rules: ${together(first, second)}`,
          evidence: [first, second].map(({ source: { command, file }, extent }) => {
            return { node: path.name, command, file, line: null, text: extent }
          }),
          fix: fixOf(path.name, leftover(first, second, readyAddresses(seen))),
        },
      ]
    }),
  )
}

/** What another mode left besides rules stands behind them: it takes what they leave. */
const remains = (seen: Case): Draft[] =>
  walkedNodes(seen).flatMap(({ path: { name, entries }, state }) =>
    familiesOf(entries.filter(({ kind }) => kind !== 'podIP')).flatMap((family) => {
      const left = proxiesOn(state, family).remains
      if (!left) return []
      const { subject, message, evidence, remove, note } = left
      const proof = [{ node: name, file: '', line: null, ...evidence }]
      return [
        {
          node: name,
          subject,
          message,
          severity: 'warning' as const,
          evidence: proof,
          fix: onNode(name, remove, note),
        },
      ]
    }),
  )

const readyAddresses = ({ endpoints }: Case): ReadonlySet<string> =>
  new Set((endpoints ?? []).filter(({ ready }) => ready).map(({ address }) => address))

function fixOf(node: string, old: ServiceProxy | null): string {
  if (old === null)
    return `find out which of them kube-proxy on ${node} uses (its log says so when it starts), and flush the other, or reboot the node`
  return onNode(node, old.repair.flush, `flushes the rules that are not used now; rebooting ${node} does, too`)
}
