import type { Chain } from '../../../model/rules.ts'
import { reaches } from '../../../proxies/kube-proxy/service-chains.ts'
import { type Analyzer, walkedNodes } from '../../case.ts'

/** The drop of marked packets that drops all. */
export const firewallDropsUnmarked: Analyzer = {
  code: 'SVP318',
  find(seen) {
    return walkedNodes(seen).flatMap(({ path, state }) =>
      state.rulesets.flatMap(({ tables, command, file }) =>
        tables.flatMap(({ name, chains }) =>
          (name === 'filter' && isLedTo(chains) ? (chains.get('KUBE-FIREWALL')?.rules ?? []) : []).flatMap(
            ({ matches, actions, source }) => {
              const drops = actions.some(({ kind }) => kind === 'drop')
              if (!drops || matches.some(({ kind }) => kind !== 'always')) return []
              return [
                {
                  node: path.name,
                  subject: 'KUBE-FIREWALL',
                  message: 'the drop in KUBE-FIREWALL has lost its match: it drops everything that comes to the node',
                  evidence: [{ node: path.name, command, file, line: source.line, text: source.text }],
                  fix: 'two iptables of different versions wrote one rule set: use one, then restart the kubelet and kube-proxy',
                },
              ]
            },
          ),
        ),
      ),
    )
  },
}

/** What no base chain leads to drops nothing. */
const isLedTo = (chains: ReadonlyMap<string, Chain>): boolean =>
  [...chains.values()].some(({ name, base }) => base !== null && reaches(name, 'KUBE-FIREWALL', chains))
