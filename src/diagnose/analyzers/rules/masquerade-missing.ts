import { familyOf } from '../../../model/address.ts'
import type { EndpointPath, EntryPath } from '../../../model/report.ts'
import { marksItsOwn } from '../../../proxies/kube-proxy/helper-chains.ts'
import {
  type Analyzer,
  type Case,
  type Draft,
  endpointText,
  entryText,
  listed,
  ruleEvidence,
  walkedEndpoints,
  walkedEntries,
} from '../../case.ts'
import { isOutside } from '../../clients.ts'
import { restartProxy, withNote } from '../../fix.ts'

/** Traffic from outside that is not masqueraded. */
export const masqueradeMissing: Analyzer = {
  code: 'SVP314',
  find: (seen) => [...fromOutside(seen), ...toItself(seen)],
}

function fromOutside(seen: Case): Draft[] {
  const lost = walkedEntries(seen).filter(({ node, entry }) => isUnmasked(seen, node, entry))
  return [...Map.groupBy(lost, ({ node }) => node)].map(([node, all]) => {
    const entries = listed(all.map(({ entry }) => entryText(entry)))
    return {
      node,
      subject: entries,
      message: `connections from outside to ${entries} are not masqueraded: replies from pods on other nodes take another path back and are refused`,
      evidence: ruleEvidence(node, all[0]!.entry.rules.slice(-1)),
      hits: all,
      fix: withNote(restartProxy(seen, node), 'KUBE-MARK-MASQ or KUBE-POSTROUTING lost a rule'),
    }
  })
}

/** From outside, answers of a pod on another node would go back without this node, and so with the wrong address. */
function isUnmasked(seen: Case, node: string, entry: EntryPath): boolean {
  const byDesign = entry.kind !== 'clusterIP' && seen.service.externalTrafficPolicy === 'Local'
  if (entry.kind === 'podIP' || byDesign || !isOutside(seen, entry)) return false
  return entry.endpoints.some(
    (one) =>
      one.probability > 0 &&
      one.conditions.length === 0 &&
      one.masquerade === 'no' &&
      !one.untranslated &&
      one.node !== null &&
      one.node !== node,
  )
}

/** A pod that is given itself sees its own address as the sender, and answers nobody, unless it is masqueraded. */
function toItself(seen: Case): Draft[] {
  const lost = walkedEndpoints(seen).filter(
    ({ node, entry, endpoint }) =>
      entry.kind === 'clusterIP' &&
      endpoint.node === node &&
      endpoint.probability > 0 &&
      !endpoint.untranslated &&
      isUnmarked(seen, node, endpoint),
  )
  return [...Map.groupBy(lost, ({ node }) => node)].map(([node, all]) => {
    const names = listed(all.map(({ endpoint }) => endpointText(endpoint)))
    const chains = listed(all.flatMap(({ endpoint }) => endpoint.chain ?? []))
    return {
      node,
      severity: 'warning' as const,
      subject: names,
      message: `when ${names} on ${node} is load-balanced to itself, the traffic is not masqueraded: it gets no reply`,
      evidence: all.slice(0, 1).flatMap(({ entry }) => ruleEvidence(node, entry.rules.slice(-1))),
      hits: [],
      fix: withNote(restartProxy(seen, node), `${chains} lost the rule for the pod's own address`),
    }
  })
}

/** Where the endpoint has a chain of its own, does that chain let pass unmarked what the endpoint sends to itself? */
function isUnmarked(seen: Case, node: string, { address, chain }: EndpointPath): boolean {
  const state = seen.observation.nodes.find(({ name }) => name === node)
  if (!state || address === null || chain === null) return false
  return marksItsOwn(state, familyOf(address), chain, address) === false
}
