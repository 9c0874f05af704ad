import { type Family, familyOf, joinHostPort } from '../model/address.ts'
import type { Goal } from '../model/check.ts'
import type { Endpoint, Service } from '../model/cluster.ts'
import type { Evidence } from '../model/evidence.ts'
import type { Severity } from '../model/finding.ts'
import { treatmentKey } from '../model/identity.ts'
import { memoLast } from '../model/memo.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { EndpointPath, EntryPath, NodePath, PathReport, WalkedRule } from '../model/report.ts'
import { sh } from '../model/shell.ts'

/** What an analyzer looks at: one service, all that was seen, and the way that was walked. */
export interface Case {
  observation: Observation
  service: Service
  report: PathReport
  /** The API's endpoints of the service; null where they were not collected. */
  endpoints: readonly Endpoint[] | null
  /** The mode of the proxy that somebody wants to move to; absent where nobody asked. */
  goal?: Goal
}

/** What an analyzer found, before the catalogue gives it its name and level. */
export interface Draft {
  node?: string
  subject: string
  /** All of them where there are several: the subject names a few. */
  subjects?: string[]
  /** As in a finding: data that other findings are held against. */
  onNodes?: string[]
  byInterface?: string
  ofProxy?: true
  message: string
  evidence?: Evidence[]
  fix?: string
  /** Where it is not the catalogue's. */
  severity?: Severity
  /** The entries that it stands in the way of, and the nodes that clients are led by; absent: all entries of `node`. */
  hits?: readonly Hit[]
}

/** An entry on the node that leads its clients. */
export interface Hit {
  node: string
  entry: EntryPath
}

/** What was not collected: of a node, or of the API. */
export interface Missing {
  node: string | null
  /** In the plural: `the kernel settings`. */
  what: string
  /** The packet's way is known without it. */
  beyond?: true
}

/**
 * One code of the catalogue, looked for. Pure: the same case gives the same drafts. `needs` names what was not collected and without which something can
 * not be said; that is told as SVP802 and never taken for health. `find` says all the same what the rest shows.
 */
export interface Analyzer {
  code: string
  needs?(seen: Case): Missing[]
  /** What it looks at lies beyond the packet's way, which is known without it. */
  beyond?: true
  find(seen: Case): Draft[]
}

/** The API's part of the evidence is missing. What somebody pasted need not hold any: of it this is not told. */
export const ofApi = (what: string): Missing[] => [{ node: null, what }]

/**
 * The walked nodes of which a part was not collected. What somebody pasted is not asked for what it never meant to hold: there the trace's own verdict
 * says what is unknown.
 */
export const ofNodes = (seen: Case, what: string, lacks: (state: NodeState) => boolean): Missing[] =>
  seen.observation.source === 'rules'
    ? []
    : walkedNodes(seen).flatMap(({ path, state }) => (lacks(state) ? [{ node: path.name, what }] : []))

/** Without a way into the host's processes (exec into a pod of its own) nobody sees the pods' ends of their links; who looks now wants to know. */
export const ofPodSpaces = (seen: Case): Missing[] =>
  seen.observation.source === 'live'
    ? ofNodes(
        seen,
        "the interfaces in the pods' namespaces",
        ({ name, podInterfaces }) =>
          podInterfaces === null &&
          (seen.endpoints ?? []).some(({ ready, pod, node }) => ready && pod && node === name),
      ).map((one) => ({ ...one, beyond: true as const }))
    : []

/** Each node that was walked, beside what was read of it. */
export const walkedNodes = memoLast(({ observation, report }: Case): readonly { path: NodePath; state: NodeState }[] =>
  report.nodes.flatMap((path) => {
    const state = observation.nodes.find(({ name }) => name === path.name)
    return state && path.entries.length > 0 ? [{ path, state }] : []
  }),
)

/** Those of them where the proxy's rules are on the way: clients of a headless service call pods past them. */
export const proxiedNodes = memoLast((seen: Case): readonly { path: NodePath; state: NodeState }[] =>
  walkedNodes(seen).filter(({ path }) => path.entries.some(({ kind }) => kind !== 'podIP')),
)

/** Every entry with its node. */
export const walkedEntries = memoLast((seen: Case): readonly { node: string; entry: EntryPath; state: NodeState }[] =>
  walkedNodes(seen).flatMap(({ path, state }) => path.entries.map((entry) => ({ node: path.name, entry, state }))),
)

/** Every endpoint of every entry; one that several entries share comes once a node. */
export const walkedEndpoints = memoLast(
  (seen: Case): readonly { node: string; entry: EntryPath; endpoint: EndpointPath }[] => {
    const met = new Set<string>()
    return walkedEntries(seen).flatMap(({ node, entry }) =>
      entry.endpoints.flatMap((endpoint) => {
        const key = `${node} ${entry.protocol} ${treatmentKey(endpoint)}`
        if (met.has(key)) return []
        met.add(key)
        return [{ node, entry, endpoint }]
      }),
    )
  },
)

export const endpointText = ({ address, port, chain }: EndpointPath): string =>
  address === null ? (chain ?? '?') : joinHostPort(address, port)

export const entryText = ({ kind, address, port, protocol }: EntryPath): string =>
  `${kind === 'nodePort' ? `node port ${port}` : joinHostPort(address, port)}/${protocol.toLowerCase()}`

/**
 * Did the packet keep the service's own address? Where it did, whatever drops it later drops it for that: a policy, a kernel that forwards nothing, a rule
 * of somebody else behind the translation, or in nftables mode a chain of kube-proxy's own (pkg/proxy/nftables/README.md).
 */
export function isUntranslated({ outcome, stop }: EntryPath): boolean {
  if (outcome === 'none') return true
  if (outcome === 'dnat' || !stop || stop.kind === 'route' || stop.kind === 'detour') return false
  if (stop.kind !== 'rule' || stop.role === 'check') return true
  return !stop.role && stop.table !== 'raw' && stop.table !== 'mangle'
}

/** Do the rules themselves say that no endpoint is local? */
export const saysNoLocalEndpoints = ({ evidence }: EntryPath): boolean =>
  evidence.some(({ says }) => says === 'noLocalEndpoints')

/** The families of the addresses that are walked. */
export const familiesOf = (entries: readonly EntryPath[]): Family[] => [
  ...new Set(entries.map(({ address }) => familyOf(address))),
]

/** The rules that dropped or rejected an entry's packets, as evidence. */
export const evidenceOf = (node: string, { evidence }: EntryPath): Evidence[] => ruleEvidence(node, evidence)

/** Rules of the walk as evidence. */
export const ruleEvidence = (node: string, rules: readonly WalkedRule[]): Evidence[] =>
  rules.map(({ command, file, line, text }) => ({ node, command, file, line, text }))

/** A kernel setting of a node as evidence. */
export const sysctlEvidence = (node: string, key: string, value: string): Evidence => ({
  node,
  command: `sysctl ${key}`,
  file: `nodes/${node}/sysctl.txt`,
  line: null,
  text: `${key} = ${value}`,
})

/** What the API says, as evidence. */
export const apiEvidence = (command: string, text: string): Evidence => ({
  node: null,
  command,
  file: '',
  line: null,
  text,
})

/** What a capture calls a node's slice of the API, to be looked up. */
export const slicesCommand = ({ namespace, name }: Service): string =>
  sh`kubectl get endpointslices -n ${namespace} -l ${`kubernetes.io/service-name=${name}`}`

/** When the endpoints last changed, and when they were looked at: nodes follow within seconds. Nothing where the slices do not say. */
export function changeEvidence({ service, endpoints, observation: { observedAt } }: Case): Evidence[] {
  const changes = (endpoints ?? []).flatMap(({ slice }) => slice?.changedAt ?? []).sort()
  const last = changes.at(-1)
  return last
    ? [apiEvidence(slicesCommand(service), `last changed ${last}, seen ${observedAt ?? 'at an unknown time'}`)]
    : []
}

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

/** `10.0.0.1:80, 10.0.0.2:80 and 3 more` */
export function listed(items: readonly string[], most = 3): string {
  const shown = items.slice(0, most).join(', ')
  return items.length > most ? `${shown} and ${items.length - most} more` : shown
}
