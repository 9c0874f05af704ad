import type { Step } from '../../kernel/flow.ts'
import type { KernelEvent, KernelRule } from '../../model/kernel-trace/trace.ts'
import type { NodeState } from '../../model/node.ts'
import type { Action, Rule } from '../../model/rules.ts'
import { languageOf } from '../../proxies/traced-rules.ts'

/** Is the rule that the kernel met the one that the walk did? Null where that cannot be told. */
export function isSameRule(node: NodeState, event: KernelEvent, listed: KernelRule | undefined, step: Step) {
  const { origin, chain, rule } = step
  if (event.table !== origin.table || event.chain !== chain) return false
  if (rule.handle !== undefined && rule.handle === event.handle) return true
  const language = languageOf(node, origin)
  const told = language && listed?.[language]
  return told ? told.some((one) => meaning(one) === meaning(rule)) : null
}

/** Counters and places aside. */
const meaning = ({ matches, actions }: Rule): string =>
  JSON.stringify([matches, actions], (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value))

/** Does the kernel's verdict fit what the rule says? Null where the rule leaves it open, as a look-up in a map does. */
export function fits({ verdict }: KernelEvent, { actions }: Rule): boolean | null {
  const said = actions.at(-1)
  if (!said || verdict.kind === 'other') return null
  if (said.kind === 'jump' || said.kind === 'goto') return verdict.kind === said.kind && verdict.chain === said.chain
  const expected = VERDICTS[said.kind]
  return expected === undefined ? null : verdict.kind === expected
}

/** nft_nat.c and nft_masq.c accept what they translate; nft_reject.c drops what it answers; so do the targets of iptables. */
const VERDICTS: Partial<Record<Action['kind'], KernelEvent['verdict']['kind']>> = {
  accept: 'accept',
  dnat: 'accept',
  snat: 'accept',
  masquerade: 'accept',
  redirect: 'accept',
  drop: 'drop',
  reject: 'drop',
  return: 'return',
}

/** A rule whose tests hold is not told of where something that it does ends it (NFT_BREAK): a look-up that finds nothing, a set that is full, no conntrack entry. */
export const mayBreak = ({ actions }: Rule): boolean =>
  actions.some(
    (action) =>
      action.kind === 'verdictMap' ||
      action.kind === 'randomVerdict' ||
      (action.kind === 'copyMark' && action.needsEntry === true) ||
      (action.kind === 'none' && action.writes !== undefined),
  )
