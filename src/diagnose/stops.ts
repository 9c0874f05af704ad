/** Where packets on their way to an endpoint are dropped or rejected, each stop once. */
import type { NodeState } from '../model/node.ts'
import type { EndpointPath, EntryPath, Evidence } from '../model/report.ts'
import { type Case, ruleEvidence, walkedEndpoints } from './case.ts'

export interface Stop {
  /** The node that stops them, which may be the endpoint's own. */
  node: string
  /** `the policy of FORWARD in the table filter is DROP` */
  reason: string
  how: 'drop' | 'reject'
  evidence: Evidence[]
  /** The chain that decided. */
  chain: string
  lost: { from: string; entry: EntryPath; endpoint: EndpointPath }[]
}

/** Every rule or policy that stands in the way, but for missing routes. */
export function stopsOf(seen: Case): Stop[] {
  const lost = walkedEndpoints(seen).flatMap(({ node: from, entry, endpoint }) => {
    const { fate, probability, reason } = endpoint
    if ((fate !== 'drop' && fate !== 'reject') || probability === 0 || !reason || isRoute(reason) || isSetting(reason))
      return []
    const [, there, why] = /^on (\S+): (.*)$/s.exec(reason) ?? []
    return [{ from, entry, endpoint, node: there ?? from, reason: why ?? reason }]
  })
  const groups = Map.groupBy(lost, ({ node, reason }) => `${node}\n${reason}`)
  return [...groups.values()].map((all) => {
    const { node, reason, endpoint } = all[0]!
    const state = seen.observation.nodes.find(({ name }) => name === node)
    const evidence = evidenceFor(node, reason, state, all)
    const how = endpoint.fate === 'reject' ? 'reject' : 'drop'
    const policy = POLICY.exec(reason)?.[1]
    const chain = policy ?? all.flatMap(({ from, entry }) => (from === node ? entry.evidence : []))[0]?.chain ?? ''
    return { node, reason, how, evidence, chain, lost: all }
  })
}

/** Does a reason tell of routes rather than of rules? */
export const isRoute = (reason: string): boolean => /\broute\b|rule of ip rule/.test(reason)

/** A kernel that forwards nothing is SVP401. */
const isSetting = (reason: string): boolean => / is 0$/.test(reason)

const POLICY = /^the policy of (\S+) in the table (\S+) is /

function evidenceFor(
  node: string,
  reason: string,
  state: NodeState | undefined,
  all: readonly { from: string; entry: EntryPath }[],
): Evidence[] {
  const [, chain, table] = POLICY.exec(reason) ?? []
  if (!chain)
    return ruleEvidence(
      node,
      all.find(({ from, entry }) => from === node && entry.evidence.length > 0)?.entry.evidence ?? [],
    )
  return (state?.rulesets ?? []).flatMap(({ command, file, tables }) =>
    tables.flatMap((one) => {
      const base = one.name === table ? one.chains.get(chain) : undefined
      if (base?.policy !== 'drop') return []
      const counted = base.counter ? ` [${base.counter.packets}:${base.counter.bytes}]` : ''
      return [{ node, command, file, line: null, text: `*${table} :${chain} DROP${counted}` }]
    }),
  )
}
