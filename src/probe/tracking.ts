import { contains, familyOf, parseCidr } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { Rule } from '../model/rules.ts'
import { proxiesOn } from '../proxies/on-node.ts'
import { showsTranslation } from '../proxies/tracked.ts'

/**
 * Does the node surely track what is sent to an address? Whoever translates makes it track, unless a rule takes this out, or another data plane or a program
 * at a link leads packets past the rules.
 */
export function tracks(state: NodeState, address: string): boolean {
  const { all, other } = proxiesOn(state, familyOf(address))
  const isPast = (state.programs ?? []).some(({ hook, kind }) => hook !== 'cgroup' && kind === 'bpf')
  const isOurs = all.some(({ translates }) => translates) && other === null
  return isOurs && !isPast && showsTranslation(state) && !mayUntrack(state, address)
}

/** NOTRACK of other addresses (NodeLocal DNSCache has some on every node) says nothing of this one. */
function mayUntrack({ rulesets }: NodeState, address: string): boolean {
  const rules = rulesets.flatMap(({ tables }) =>
    tables.flatMap(({ chains }) => [...chains.values()].flatMap((chain) => chain.rules)),
  )
  return rules.some((rule) => rule.actions.some(({ kind }) => kind === 'notrack') && mayMeet(rule, address))
}

function mayMeet({ matches }: Rule, address: string): boolean {
  const own = parseCidr(address)
  return !matches.some(
    (match) =>
      match.kind === 'address' && !match.negated && own !== null && match.cidrs?.every((cidr) => !contains(cidr, own)),
  )
}
