import type { Family } from '../../../model/address.ts'
import type { NodeState, PolicyRule } from '../../../model/node.ts'
import { sh } from '../../../model/shell.ts'
import { type Analyzer, type Case, type Draft, familiesOf, listed, walkedNodes } from '../../case.ts'
import { onNode } from '../../fix.ts'
import { isLeaving } from '../../pods.ts'

/** Rules of `ip rule` that are gone: those that every kernel starts with, or those that a CNI plugin makes for each pod. */
export const routingRulesMissing: Analyzer = {
  code: 'SVP509',
  find: (seen) =>
    walkedNodes(seen).flatMap(({ path, state }) => [
      ...familiesOf(path.entries).flatMap((family) => withoutTable(path.name, state, family)),
      ...withoutOwnRule(seen, path.name, state),
    ]),
}

/** The kernel's own tables, with the priority that it gives their rules (fib_default_rules_init, fib6_rules_net_init). */
const TABLES = [
  {
    names: ['local', '255'],
    table: 'local',
    priority: 0,
    lost: 'nothing that is addressed to the node itself arrives',
  },
  { names: ['main', '254'], table: 'main', priority: 32766, lost: 'no route of the main table is used' },
]

/** A list with a rule of the family was read whole: of a cut one the parsers keep nothing. */
function withoutTable(node: string, { policyRules }: NodeState, family: Family): Draft[] {
  const rules = (policyRules ?? []).filter((rule) => rule.family === family)
  if (rules.length === 0) return []
  return TABLES.filter(({ names }) => !rules.some(({ table }) => names.includes(table ?? ''))).map(
    ({ table, priority, lost }) => ({
      node,
      subject: `table ${table}`,
      message: `no rule of ip rule on ${node} leads to the table ${table} for IPv${family}: ${lost}, and connections fail`,
      evidence: [rulesEvidence(node, family, rules.map(ruleText).join('; '))],
      fix: onNode(
        node,
        `ip ${family === 6 ? '-6 ' : ''}rule add from all lookup ${table} priority ${priority}`,
        KEEP_RULES,
      ),
    }),
  )
}

const KEEP_RULES =
  'systemd-networkd removes rules of others when it restarts: set ManageForeignRoutingPolicyRules=no in networkd.conf, then restart the CNI agent'

/** An endpoint on the node without the rule `to ADDRESS` that other pods there have, although the main table has the same route for it as for them. */
function withoutOwnRule({ observation: { cluster }, endpoints }: Case, node: string, state: NodeState): Draft[] {
  const { policyRules, routes } = state
  if (!policyRules || !routes || !cluster.pods) return []
  const own = cluster.pods.filter((pod) => pod.node === node && !pod.hostNetwork && !isLeaving(pod))
  const ruled = new Set(
    policyRules.flatMap((rule) => rule.condition?.match(/^to (\S+)$/)?.[1]?.replace(/\/(32|128)$/, '') ?? []),
  )
  const routed = new Set(
    routes.flatMap(({ table, type, destination }) =>
      table === 'main' && type === 'unicast' ? destination.replace(/\/(32|128)$/, '') : [],
    ),
  )
  const others = own.flatMap(({ ips }) => ips.filter((ip) => ruled.has(ip) && routed.has(ip)))
  const known = new Set(own.flatMap(({ ips }) => ips))
  const bare = [
    ...new Set(
      (endpoints ?? []).flatMap(({ address, ready, node: home }) =>
        ready && home === node && known.has(address) && routed.has(address) && !ruled.has(address) ? [address] : [],
      ),
    ),
  ]
  const model = policyRules.find((rule) => others.some((ip) => rule.condition?.startsWith(`to ${ip}`)))
  if (bare.length === 0 || !model) return []
  return [
    {
      node,
      subject: listed(bare),
      subjects: bare,
      severity: 'warning',
      message: `${node} has a rule of ip rule for ${listed(others)}, but none for ${listed(bare)}: packets of pods that are routed by a table of their own leave by the wrong interface and do not arrive there`,
      evidence: [rulesEvidence(node, model.family ?? 4, `${ruleText(model)}; none to ${listed(bare)}`)],
      fix: onNode(node, sh`ip rule add from all to ${bare[0]!} lookup main priority ${model.priority}`, KEEP_RULES),
    },
  ]
}

const ruleText = ({ priority, from, condition, table }: PolicyRule): string =>
  [`${priority}: from ${from}`, condition, table === null ? null : `lookup ${table}`].filter(Boolean).join(' ')

const rulesEvidence = (node: string, family: Family, text: string) => ({
  ...{ node, command: family === 6 ? 'ip -6 rule' : 'ip rule', line: null, text },
  file: `nodes/${node}/${family === 6 ? 'ip6' : 'ip'}-rule.json`,
})
