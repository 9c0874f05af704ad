import type { Ruleset } from '../../model/rules.ts'
import { type Analyzer, walkedNodes } from '../case.ts'

/** Service rules in two places that both see the packet. */
export const mixedBackends: Analyzer = {
  code: 'SVP306',
  find(seen) {
    return walkedNodes(seen).flatMap(({ path, state }) => {
      // Clients of a headless service call its pods past all service rules.
      if (path.entries.every(({ kind }) => kind === 'podIP')) return []
      const places = state.rulesets.flatMap(placesOf)
      const [first, second] = [...new Map(places.map((place) => [place.name, place])).values()]
      if (!first || !second) return []
      return [
        {
          node: path.name,
          subject: `${first.name} and ${second.name}`,
          message: `service rules stand in ${first.name} and in ${second.name}: both see the packet, and old ones may send it to pods that are gone`,
          evidence: [first, second].map(({ command, file, text }) => ({
            node: path.name,
            command,
            file,
            line: null,
            text,
          })),
          fix: `on ${path.name}: flush what kube-proxy does not use now, e.g. iptables-legacy-save | grep -v KUBE- | iptables-legacy-restore; or reboot it`,
        },
      ]
    })
  },
}

function placesOf(ruleset: Ruleset): { name: string; command: string; file: string; text: string }[] {
  const { backend, file, command } = ruleset
  return ruleset.tables.flatMap(({ name, family, chains }) => {
    if (family !== 'ip') return []
    const about = { command, file }
    if (name === 'kube-proxy') return [{ name: 'nftables', ...about, text: 'table ip kube-proxy' }]
    const services = name === 'nat' ? chains.get('KUBE-SERVICES') : undefined
    if (!services || services.rules.length === 0 || backend === null) return []
    return [{ name: `iptables-${backend}`, ...about, text: `${services.rules.length} rules in KUBE-SERVICES` }]
  })
}
