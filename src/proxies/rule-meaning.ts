/** What a rule does, told by what it means: nobody reads it out of its text. */
import { joinHostPort } from '../model/address.ts'
import type { ChainRole, RuleAct, WalkedRule } from '../model/report.ts'
import type { Action, Rule } from '../model/rules.ts'
import { CILIUM_TABLE, roleInCilium } from './cilium/names.ts'
import { IPVS_TABLE, roleInIpvs } from './ipvs/names.ts'
import { roleOf as roleOfKubeProxy, saidByFate, saying } from './kube-proxy/roles.ts'
import { roleInTable, SERVICE_TABLE } from './tables/names.ts'

/** What a chain is to the proxy that wrote it; null where it is somebody else's. */
export const roleOf = (table: string, chain: string): ChainRole | null =>
  OTHERS[table]?.(chain) ?? roleOfKubeProxy(table, chain)

/** Tables that no rule set has: what stands in them is told in the shape of rules. */
const OTHERS: Readonly<Record<string, ((chain: string) => ChainRole) | undefined>> = {
  [IPVS_TABLE]: roleInIpvs,
  [CILIUM_TABLE]: roleInCilium,
  [SERVICE_TABLE]: roleInTable,
}

export { saidByFate }

export type RuleMeaning = Pick<WalkedRule, 'role' | 'does' | 'to' | 'toRole' | 'says'>

/** A rule of a chain of a table, as a report tells it. */
export function meaningOf(table: string, chain: string, rule: Rule): RuleMeaning {
  const action = rule.actions.find(({ kind }) => ACTS[kind] !== 'pass')
  const draws = rule.matches.some(({ kind }) => kind === 'random' || kind === 'nth')
  const led = action && 'chain' in action ? action.chain : null
  const toRole: ChainRole | null = led === null ? null : roleOf(table, led)
  return {
    role: roleOf(table, chain),
    does: draws ? 'draw' : action ? ACTS[action.kind] : 'pass',
    to: led ?? (action ? translatedTo(action) : null),
    toRole,
    says: table in OTHERS ? sayingOfServer(action) : saying(rule.comment),
  }
}

/** A virtual server or frontend without anything behind it is kept where there is no endpoint, or by policy Local none on the node. */
const sayingOfServer = (action: Action | undefined): RuleMeaning['says'] =>
  action?.kind === 'reject' ? 'noneHere' : null

const ACTS: Record<Action['kind'], RuleAct> = {
  jump: 'jump',
  goto: 'jump',
  return: 'return',
  accept: 'accept',
  drop: 'stop',
  reject: 'stop',
  dnat: 'translate',
  redirect: 'translate',
  snat: 'masquerade',
  masquerade: 'masquerade',
  mark: 'mark',
  copyMark: 'mark',
  anyMark: 'mark',
  notrack: 'untrack',
  verdictMap: 'jump',
  randomVerdict: 'draw',
  none: 'pass',
  unknown: 'pass',
}

/** Null for what translates nothing, or to one of several. */
function translatedTo(action: Action): string | null {
  if (action.kind !== 'dnat' || action.choices.length !== 1) return null
  const [{ target }] = action.choices as readonly [(typeof action.choices)[number]]
  return joinHostPort(target.address ?? '', target.port)
}
