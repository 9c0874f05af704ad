import type { Family } from '../../../model/address.ts'
import { isReached, likeness, type Place, placesOf } from '../../../proxies/kube-proxy/service-chains.ts'
import { type Analyzer, type Case, familiesOf, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'

/** Service rules in two places that both see the packet. */
export const mixedBackends: Analyzer = {
  code: 'SVP306',
  find(seen) {
    return walkedNodes(seen).flatMap(({ path, state }) =>
      // Clients of a headless service call its pods past all service rules.
      familiesOf(path.entries.filter(({ kind }) => kind !== 'podIP')).flatMap((family) => {
        const places = placesOf(state, family).filter(isReached)
        const [first, second] = [...new Map(places.map((place) => [place.name, place])).values()]
        if (!first || !second) return []
        return [
          {
            node: path.name,
            subject: `${first.name} and ${second.name}`,
            message: `service rules stand in ${first.name} and in ${second.name}: both see the packet, and old ones may send it to pods that are gone`,
            evidence: [first, second].map(({ ruleset: { command, file }, services, table }) => {
              const text = `${services.rules.length} rules in ${services.name} of the table ${table.name}`
              return { node: path.name, command, file, line: null, text }
            }),
            fix: fixOf(path.name, leftover(seen, path.mode, first, second), family),
          },
        ]
      }),
    )
  },
}

/** The place that kube-proxy does not use: not of its mode, or with fewer of the endpoints that the API lists. Null where that does not tell. */
function leftover(seen: Case, mode: string | null, one: Place, other: Place): Place | null {
  const native = [one, other].find(({ name }) => name === 'nftables')
  if (native)
    return mode === 'nftables' ? [one, other].find((place) => place !== native)! : mode === null ? null : native
  const ready = new Set((seen.endpoints ?? []).filter(({ ready: isReady }) => isReady).map(({ address }) => address))
  const [ours, theirs] = [likeness(one, ready), likeness(other, ready)]
  return ours === theirs ? null : ours < theirs ? one : other
}

function fixOf(node: string, old: Place | null, family: Family): string {
  if (old === null)
    return `find out which of them kube-proxy on ${node} uses (its log says so when it starts), and flush the other, or reboot the node`
  const note = `flushes the rules that kube-proxy does not use now; rebooting ${node} does, too`
  if (old.name === 'nftables') return onNode(node, `nft delete table ${family === 4 ? 'ip' : 'ip6'} kube-proxy`, note)
  const tool = old.name.replace('iptables', family === 4 ? 'iptables' : 'ip6tables')
  return onNode(node, `${tool}-save | grep -v KUBE- | ${tool}-restore`, note)
}
