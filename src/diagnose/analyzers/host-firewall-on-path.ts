import type { Chain, Table } from '../../model/rules.ts'
import { sh } from '../../model/shell.ts'
import { type Analyzer, walkedNodes } from '../case.ts'
import { withNote } from '../fix.ts'
import { isPolicyChain } from '../policy-chains.ts'

/** A firewall of the node's own, beside Kubernetes' rules, that filters what is forwarded. */
export const hostFirewallOnPath: Analyzer = {
  code: 'SVP703',
  find: (seen) =>
    walkedNodes(seen).flatMap(({ path, state }) =>
      state.rulesets.flatMap((ruleset) =>
        ruleset.tables.flatMap((table) => {
          const found = ruleset.dialect === 'nft' ? filterOf(table) : ownForwardRule(table)
          if (!found) return []
          const { name, line, text } = found
          return [
            {
              node: path.name,
              subject: name,
              message: `${name} filters what ${path.name} forwards, and is not Kubernetes': what it drops never arrives`,
              evidence: [{ node: path.name, command: ruleset.command, file: ruleset.file, line, text }],
              fix: withNote(
                sh`kubectl svcpath ${seen.service.name} -n ${seen.service.namespace} -v`,
                "shows which of its rules are met; let it accept the pods' and services' networks",
              ),
            },
          ]
        }),
      ),
    ),
}

interface Found {
  name: string
  line: number | null
  text: string
}

/** Tables that iptables-nft keeps, and those of Kubernetes' own programs. */
const KNOWN_TABLES = /^(filter|nat|mangle|raw|security|kube-|cni_|cilium|calico|antrea|flannel)/

/** An nft table that filters forwarded packets and can drop: firewalld's, or one by hand. */
function filterOf(table: Table): Found | null {
  if (KNOWN_TABLES.test(table.name) || table.family === 'arp') return null
  for (const chain of table.chains.values()) {
    const { base } = chain
    const onPath = base?.type === 'filter' && (base.hook === 'forward' || base.hook === 'prerouting')
    if (!onPath) continue
    if (chain.policy === 'drop')
      return { name: `${table.family} ${table.name}`, line: null, text: `chain ${chain.name} { policy drop; }` }
    const drop = dropIn(chain, table)
    if (drop) return { name: `${table.family} ${table.name}`, ...drop }
  }
  return null
}

/** ufw's chains, those of an older firewalld, or a rule by hand in FORWARD of the filter table. */
function ownForwardRule(table: Table): Found | null {
  const forward = table.name === 'filter' && table.family === 'ip' ? table.chains.get('FORWARD') : undefined
  for (const { actions, source } of forward?.rules ?? []) {
    for (const action of actions) {
      if (action.kind === 'drop' || action.kind === 'reject')
        return { name: 'a rule of FORWARD', line: source.line, text: source.text }
      if (action.kind !== 'jump' || isPolicyChain(action.chain) || !/^(ufw-|FWD[IO]?_|FORWARD_)/.test(action.chain))
        continue
      const chain = table.chains.get(action.chain)
      const drop = chain ? dropIn(chain, table) : null
      if (drop) return { name: action.chain.startsWith('ufw-') ? 'ufw' : 'firewalld', ...drop }
    }
  }
  return null
}

/** The first rule that drops or rejects, in the chain or in those that it jumps to. */
function dropIn(chain: Chain, table: Table, met = new Set<string>()): { line: number; text: string } | null {
  if (met.has(chain.name)) return null
  met.add(chain.name)
  for (const { actions, source } of chain.rules) {
    if (actions.some(({ kind }) => kind === 'drop' || kind === 'reject'))
      return { line: source.line, text: source.text }
    for (const action of actions) {
      const next = action.kind === 'jump' || action.kind === 'goto' ? table.chains.get(action.chain) : undefined
      const found = next ? dropIn(next, table, met) : null
      if (found) return found
    }
  }
  return null
}
