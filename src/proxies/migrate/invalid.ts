import { tablesOf } from '../../kernel/base-chains.ts'
import type { NodeState } from '../../model/node.ts'
import type { Rule } from '../../model/rules.ts'
import { isForwardChain } from '../kube-proxy/roles.ts'
import type { Surroundings } from '../prospect.ts'
import type { Line } from '../proxy.ts'
import { change, type Look, NOTHING } from './look.ts'
import { isOlder } from './requirements.ts'

const LIBERAL = 'net.netfilter.nf_conntrack_tcp_be_liberal'

/** iptables mode drops INVALID packets, so that they do not end long connections on kernels before 6.1; nftables mode does not. */
export function invalidDropsToGo(node: NodeState, { node: listed }: Surroundings): Look {
  const { name, proxy, sysctls } = node
  if (sysctls?.get(LIBERAL) === '1') return NOTHING
  const counted = proxy?.metrics?.invalidDrops ?? null
  const rule = ruleOf(node)
  const since = rule?.rule.counter?.packets ?? 0
  if (!counted && since === 0) {
    const known = counted !== null || (rule !== null && rule.rule.counter !== null)
    return { changes: [], unread: known || rule === null ? [] : ["kube-proxy's counters"] }
  }
  const kernel = node.kernel ?? listed?.kernel ?? null
  const fixed = kernel !== null && !isOlder(kernel, [6, 1])
  const bug = fixed
    ? `Linux ${kernel} has the fix for which the rule was made`
    : 'connections whose packets conntrack calls INVALID can then end with "connection reset by peer" (fixed in Linux 6.1)'
  const evidence: Line = counted
    ? {
        command: 'curl 127.0.0.1:10249/metrics',
        file: `nodes/${name}/kube-proxy-metrics.txt`,
        line: null,
        text: `kubeproxy_iptables_ct_state_invalid_dropped_packets_total ${counted}`,
      }
    : rule!.line
  return change({
    subject: 'INVALID packets',
    message: `kube-proxy's rule on ${name} dropped ${counted || since} INVALID packets ${counted ? 'since kube-proxy started' : 'since the rule was last written'}; nftables mode has no such rule: ${bug}`,
    severity: fixed ? 'info' : 'warning',
    evidence: [evidence],
    remedy: {
      run: `sysctl -w ${LIBERAL}=1`,
      note: "or set conntrack.tcpBeLiberal in kube-proxy's configuration before the move",
    },
  })
}

function ruleOf({ rulesets }: NodeState): { rule: Rule; line: Line } | null {
  for (const family of [4, 6] as const)
    for (const { ruleset, table } of tablesOf(rulesets, family))
      for (const [chain, { rules }] of table.chains) {
        const rule = isForwardChain(chain) ? rules.find(dropsInvalid) : undefined
        if (rule) return { rule, line: { command: ruleset.command, file: ruleset.file, ...rule.source } }
      }
  return null
}

const dropsInvalid = ({ matches, actions }: Rule): boolean =>
  actions.some(({ kind }) => kind === 'drop') &&
  matches.some((match) => match.kind === 'conntrack' && !match.negated && match.states.includes('INVALID'))
