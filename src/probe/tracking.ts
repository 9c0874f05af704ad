import { contains, familyOf, parseCidr } from '../model/address.ts'
import type { NodeState } from '../model/node.ts'
import type { Rule } from '../model/rules.ts'
import { proxiesOn } from '../proxies/on-node.ts'
import { showsTranslation } from '../proxies/tracked.ts'

/** Does the node surely track what is sent to an address? Whoever translates makes it track, and no rule takes this out. */
export const tracks = (state: NodeState, address: string): boolean =>
  showsTranslation(state) &&
  proxiesOn(state, familyOf(address)).all.some(({ translates }) => translates) &&
  !mayUntrack(state, address)

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
