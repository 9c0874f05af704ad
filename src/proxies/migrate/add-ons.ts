/** Rules of others that lean on kube-proxy's chains, which the nftables mode does not have: no chain of its own is an interface (KEP-3178). */
import { baseChains, tablesOf } from '../../kernel/base-chains.ts'
import { memo } from '../../model/memo.ts'
import type { NodeState } from '../../model/node.ts'
import type { Chain, Rule, Ruleset } from '../../model/rules.ts'
import { isForwardChain } from '../kube-proxy/roles.ts'
import type { Change } from '../prospect.ts'
import type { Line } from '../proxy.ts'
import type { Look } from './look.ts'

/** Chains of other programs that jump into kube-proxy's, and jumps out of these. */
export const foreignJumps = memo((node: NodeState): Look => {
  const found = jumpsIn(node.rulesets)
  const changes = [...Map.groupBy(found, ({ from, to }) => `${from} ${to}`).values()].map(([first]) =>
    jumpChange(node.name, first!),
  )
  return { changes, unread: node.rulesets.length === 0 ? ['the rules'] : [] }
})

interface Jump {
  from: string
  to: string
  line: Line
  /** Of a rule of somebody else's. */
  inward: boolean
}

const jumpsIn = (rulesets: readonly Ruleset[]): Jump[] =>
  ([4, 6] as const).flatMap((family) =>
    tablesOf(rulesets, family).flatMap(({ ruleset, table }) =>
      [...table.chains.values()].flatMap((chain) => (chain.base ? [] : jumpsOf(ruleset, chain))),
    ),
  )

/** The kernel's own chains are left out: that they lead to a chain of kube-proxy's is how kube-proxy itself begins. */
const jumpsOf = ({ command, file }: Ruleset, chain: Chain): Jump[] =>
  chain.rules.flatMap((rule) => {
    const to = targetOf(rule)
    const inward = to !== null && isKubeProxys(to) && !isKubernetes(chain.name)
    const outward = to !== null && isKubeProxys(chain.name) && !isKubernetes(to)
    return inward || outward ? [{ from: chain.name, to, inward, line: { command, file, ...rule.source } }] : []
  })

const targetOf = ({ actions }: Rule): string | null => {
  const jump = actions.find((one) => one.kind === 'jump' || one.kind === 'goto')
  return jump && 'chain' in jump ? jump.chain : null
}

const isKubernetes = (chain: string): boolean => chain.startsWith('KUBE-')

/** Without those of the kubelet and of kube-router, which no mode of kube-proxy takes away. */
const isKubeProxys = (chain: string): boolean =>
  /^KUBE-(MARK-MASQ|MARK-DROP|SERVICES|NODEPORTS|NODE-PORT|EXTERNAL-SERVICES|FORWARD|POSTROUTING|PROXY-FIREWALL|LOAD-BALANCER|(SVC|SVL|EXT|XLB|FW|SEP)-.*)$/.test(
    chain,
  )

const jumpChange = (node: string, { from, to, line, inward }: Jump): Change => ({
  subject: `${from} → ${to}`,
  message: inward
    ? `${from} on ${node}, which is not kube-proxy's, jumps to kube-proxy's chain ${to}, which nftables mode does not write`
    : `${from} of kube-proxy on ${node} jumps to ${to}, which is not kube-proxy's: nftables mode does not write ${from}, so packets no longer come to ${to} by it`,
  severity: 'warning',
  evidence: [line],
  remedy: {
    run: 'iptables-save',
    note: `which program writes ${inward ? from : to}? It needs a release that does without kube-proxy's chains`,
  },
})

/** Where the policy of `forward` drops, iptables mode lets its own traffic through; nftables mode leaves that to the firewall. */
export const forwardAccepts = memo((node: NodeState): Look => {
  const changes = ([4, 6] as const).flatMap((family) =>
    baseChains(node.rulesets, family)
      .filter(({ hook, type, chain }) => hook === 'forward' && type === 'filter' && chain.policy === 'drop')
      .flatMap(({ ruleset, table, chain }) => {
        const at = chain.rules.findIndex((rule) => isForwardChain(targetOf(rule) ?? ''))
        const accepts = table.chains.get(targetOf(chain.rules[at] ?? NO_RULE) ?? '')?.rules.some(isAccept)
        if (at < 0 || !accepts) return []
        const others = chain.rules.filter((rule) => !isKubernetes(targetOf(rule) ?? ''))
        const line = { command: ruleset.command, file: ruleset.file, ...chain.rules[at]!.source }
        return [forwardChange(node.name, chain.name, table.whole && others.length === 0, line)]
      }),
  )
  return { changes: changes.slice(0, 1), unread: [] }
})

const NO_RULE: Rule = { matches: [], actions: [], counter: null, comment: null, source: { line: 0, text: '' } }

const isAccept = ({ actions }: Rule): boolean => actions.some(({ kind }) => kind === 'accept')

const forwardChange = (node: string, chain: string, alone: boolean, line: Line): Change => ({
  subject: chain,
  message: `the policy of ${chain} on ${node} is DROP. Today a rule of kube-proxy accepts marked packets and replies; in nftables mode there is no such rule: ${alone ? 'these packets are dropped' : 'these packets are dropped unless another rule accepts them (not checked)'}`,
  severity: alone ? 'warning' : 'info',
  evidence: [line],
  remedy: { run: 'iptables -S FORWARD', note: 'let the host firewall accept traffic to and from pods' },
})
