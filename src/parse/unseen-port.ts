import type { Match, UnseenPort } from '../model/rules.ts'

/**
 * kube-proxy leads packets to a service by their port, and refuses them so. Some versions of iptables and nft do not print the port of rules that a newer
 * one made: such a rule is for one port, which its chain's name or comment may tell. Null for a rule that shows its port, or has none.
 */
export function unseenPort(matches: readonly Match[], target: string, comment: string | null): Match | null {
  const protocol = matches.find((match) => match.kind === 'protocol')
  if (!protocol || matches.some(({ kind }) => kind === 'port' || kind === 'unknown')) return null
  const isService = SERVICE_CHAIN.test(target)
  if (!isService && !(STOPS.has(target) && NO_ENDPOINTS.test(comment ?? ''))) return null
  const ofPort: UnseenPort = { chain: isService ? target : null, comment, protocol: protocol.protocols[0] ?? '' }
  return { kind: 'unknown', text: 'the port of this rule, which is not in the text,', ofPort }
}

const SERVICE_CHAIN = /^KUBE-(?:SVC|SVL|EXT|FW|XLB)-[A-Z2-7]{16}$/
const STOPS = new Set(['REJECT', 'DROP'])
/** `shop/web:http has no endpoints` */
const NO_ENDPOINTS = /^\S+\/\S+ has no (?:local )?endpoints$/
