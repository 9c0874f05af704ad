import type { EntryPath, NodePath } from '../../../model/report.ts'
import { type Place, placesOf } from '../../../proxies/kube-proxy/service-chains.ts'
import { otherDataplane } from '../../../proxies/on-node.ts'
import {
  type Analyzer,
  type Case,
  type Draft,
  entryText,
  familiesOf,
  ruleEvidence,
  walkedEntries,
  walkedNodes,
} from '../../case.ts'
import { onNode, restartKubeProxy } from '../../fix.ts'

/** A hook that does not lead to the service rules. */
export const entryHookMissing: Analyzer = {
  code: 'SVP315',
  find(seen) {
    return [...walkedEntries(seen).flatMap(({ node, entry }) => takenEarlier(node, entry)), ...unhooked(seen)]
  },
}

/** Chains that are kube-proxy's own, or nothing but a hook. */
const OWN = /^(KUBE-|service-|external-|services$|nat-|nodeports$)/

/** What ends the nat table for a connection, in iptables' words; and what sends it elsewhere in nft's, in a table of any name. */
const TAKES = / -j (ACCEPT|RETURN|DNAT|REDIRECT)\b/
const SENDS = /\b(dnat|redirect)\b/

/** A rule before the service rules that takes the packet, so that they never see it. */
function takenEarlier(node: string, entry: EntryPath): Draft[] {
  if (entry.kind === 'podIP' || entry.chains.some((name) => OWN.test(name)) || entry.conditions.length > 0) return []
  const rule = entry.rules.find(
    ({ table, chain, text, maybe }) =>
      maybe === null &&
      !OWN.test(chain) &&
      (table === 'nat' ? TAKES.test(text) : table !== 'kube-proxy' && SENDS.test(text)),
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

/** Of the rules that kube-proxy uses: what is left of another back end or mode, and has no hook any more, takes no packet and does no harm. */
function unhooked(seen: Case): Draft[] {
  return walkedNodes(seen).flatMap(({ path, state }) =>
    familiesOf(path.entries.filter(({ kind }) => kind !== 'podIP')).flatMap((family) => {
      if (otherDataplane(state, family) !== null) return []
      const places = placesOf(state, family)
      return places.flatMap((place) =>
        place.hooks.flatMap((hook) => {
          const elsewhere = places.some((other) => other.hooks.some((one) => one.hook === hook.hook && one.leads))
          return hook.leads || elsewhere ? [] : [unhookedDraft(seen, path, place, hook)]
        }),
      )
    }),
  )
}

function unhookedDraft(seen: Case, path: NodePath, place: Place, { name, hook }: Place['hooks'][number]): Draft {
  const { ruleset, table, services, family } = place
  const { command, file } = ruleset
  const outside = hook === 'prerouting'
  const who = outside ? 'pods and clients outside' : 'the node itself and pods on its network'
  const restart = restartKubeProxy(seen, path.name)
  const tool = family === 4 ? 'iptables' : 'ip6tables'
  const insert = `${tool} -t nat -I ${name} -m comment --comment "kubernetes service portals" -j KUBE-SERVICES`
  return {
    node: path.name,
    subject: outside ? 'PREROUTING' : 'OUTPUT',
    message: `${name} of the table ${table.name} does not lead to ${services.name}: ${who} reach no service through ${path.name}`,
    evidence: [{ node: path.name, command, file, line: null, text: `no rule of ${name} jumps to ${services.name}` }],
    fix: place.name === 'nftables' ? restart : onNode(path.name, insert, 'kube-proxy does so too when it is restarted'),
    ...(outside ? {} : { hits: [] }),
  }
}
