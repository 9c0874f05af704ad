/** What ends the way of connections, told by what it is rather than in words. */
import type { NodeState } from '../model/node.ts'
import type { Stop } from '../model/report.ts'
import type { Base } from './base-chains.ts'
import type { RouteResult } from './fib.ts'
import type { Ending } from './flow.ts'

/** `a rule of KUBE-SERVICES in the table filter ("shop/web has no endpoints")`: the line itself is the evidence. */
export function stopByRule({ name }: NodeState, ending: Ending, base: Base): Stop {
  const step = ending.trail?.step
  const { ruleset, table, hook } = base
  const comment = step?.rule.comment
  const chain = step?.chain.name ?? base.chain.name
  const { command, file } = ruleset
  const source = step?.rule.source
  return {
    ...{ node: name, kind: 'rule', hook, table: table.name, chain },
    reason: `a rule of ${chain} in the table ${table.name}${comment ? ` ("${comment}")` : ''}`,
    evidence: source ? [{ node: name, command, file, line: source.line, text: source.text }] : [],
  }
}

/** A base chain whose end the packet came to. */
export function stopByPolicy({ name }: NodeState, { ruleset, table, chain, hook, priority, type }: Base): Stop {
  const { command, file, dialect } = ruleset
  const counted = chain.counter ? ` [${chain.counter.packets}:${chain.counter.bytes}]` : ''
  const text =
    dialect === 'iptables'
      ? `*${table.name} :${chain.name} DROP${counted}`
      : `table ${table.family} ${table.name} { chain ${chain.name} { type ${type} hook ${hook} priority ${priority}; policy drop; } }`
  return {
    ...{ node: name, kind: 'policy', hook, table: table.name, chain: chain.name },
    reason: `the policy of ${chain.name} in the table ${table.name} is DROP`,
    evidence: [{ node: name, command, file, line: null, text }],
  }
}

/** A look-up that found no way. */
export const stopByRoute = ({ name }: NodeState, { reason }: RouteResult): Stop => ({
  ...{ node: name, kind: 'route', hook: null, table: null, chain: null },
  ...{ reason: reason ?? 'no route', evidence: [] },
})

/** A kernel that forwards nothing. */
export const stopBySetting = ({ name }: NodeState, key: string): Stop => ({
  ...{ node: name, kind: 'setting', hook: null, table: null, chain: null },
  reason: `${key} is 0`,
  evidence: [
    { node: name, command: `sysctl ${key}`, file: `nodes/${name}/sysctl.txt`, line: null, text: `${key} = 0` },
  ],
})
