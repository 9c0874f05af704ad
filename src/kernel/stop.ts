/** What ends the way of connections, told by what it is rather than in words. */
import type { Evidence } from '../model/evidence.ts'
import type { NodeState } from '../model/node.ts'
import type { Stop } from '../model/report.ts'
import type { RouteResult } from './fib.ts'
import type { Ending } from './flow.ts'
import type { Station } from './station.ts'

/** `a rule of DOCKER-USER in the table filter ("no pods")`: the line itself is the evidence. */
export function stopByRule({ name }: NodeState, ending: Ending, station: Station): Stop {
  const step = ending.trail?.step
  const { origin, hook } = station
  const comment = step?.rule.comment
  const chain = step?.chain ?? station.name
  const { command, file, table } = origin
  const source = step?.rule.source
  return {
    ...{ node: name, kind: 'rule', hook, table, chain, role: null },
    ...(ending.verdict.kind === 'reject' && ending.verdict.verb ? { verb: ending.verdict.verb } : {}),
    reason: reasonOf(ending) ?? `a rule of ${chain} in the table ${table}${comment ? ` ("${comment}")` : ''}`,
    evidence: source ? [{ node: name, command, file, line: source.line, text: source.text }] : [],
  }
}

const reasonOf = ({ verdict }: Ending): string | null => (verdict.kind === 'reject' ? (verdict.reason ?? null) : null)

/** What a translated connection's answers never pass again. */
export const stopByDetour = ({ name }: NodeState, target: string): Stop => ({
  ...{ node: name, kind: 'detour', hook: null, table: null, chain: null, role: null },
  ...{
    reason: `the reply from ${target} goes straight to the client and bypasses ${name}, the only node that could translate it back`,
    evidence: [],
  },
})

/** A base chain whose end the packet came to. */
export function stopByPolicy({ name }: NodeState, { name: chain, hook, declaration, origin }: Station): Stop {
  const { command, file, table } = origin
  return {
    ...{ node: name, kind: 'policy', hook, table, chain, role: null },
    reason: `the policy of ${chain} in the table ${table} is DROP`,
    evidence: [{ node: name, command, file, line: null, text: declaration }],
  }
}

/** A look-up that found no way. */
export const stopByRoute = ({ name }: NodeState, { reason }: RouteResult): Stop => ({
  ...{ node: name, kind: 'route', hook: null, table: null, chain: null, role: null },
  ...{ reason: reason ?? 'no route', evidence: [] },
})

/** Answers on a bridge that hands nothing to the rules. */
export const stopByBridge = ({ name }: NodeState, bridge: string, key: string, value: string | null): Stop => ({
  ...{ node: name, kind: 'setting', hook: null, table: null, chain: null, role: null },
  reason: `${bridge} passes them straight to the client, and they bypass the rules: ${value === null ? 'br_netfilter is not loaded' : `${key} is ${value}`}`,
  evidence: [
    value === null
      ? { ...settingEvidence(name, 'net.bridge', ''), text: `there is no ${key}` }
      : settingEvidence(name, key, value),
  ],
})

/** A pod's own packet that comes back to it with its own address as the sender. */
export const stopByOwnAddress = ({ name }: NodeState): Stop => ({
  ...{ node: name, kind: 'detour', hook: null, table: null, chain: null, role: null },
  ...{
    reason: 'the client is this endpoint itself, and the traffic is not masqueraded: it would reply to itself',
    evidence: [],
  },
})

/** A check of where packets come from that this one does not pass. */
export const stopByReversePath = (
  { name }: NodeState,
  { key, value, ...interfaces }: { key: string; value: number; in: string; back: string | null },
): Stop => ({
  ...{ node: name, kind: 'reversePath', hook: null, table: null, chain: null, role: null, interfaces },
  reason: `${key} is ${value}, and packets that arrive on ${interfaces.in} ${interfaces.back === null ? 'have no route back' : `have a route back through ${interfaces.back}`}`,
  evidence: [settingEvidence(name, key, `${value}`)],
})

/** A kernel that is told to let nothing of the kind pass. */
export const stopBySetting = ({ name }: NodeState, key: string, value: string): Stop => ({
  ...{ node: name, kind: 'setting', hook: null, table: null, chain: null, role: null },
  reason: `${key} is ${value}`,
  evidence: [settingEvidence(name, key, value)],
})

const settingEvidence = (node: string, key: string, value: string): Evidence => ({
  ...{ node, command: `sysctl ${key}`, file: `nodes/${node}/sysctl.txt`, line: null },
  text: `${key} = ${value}`,
})
