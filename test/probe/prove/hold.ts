/** Holds what probe says of a round against what was done. */
import type { Deaths, ProbedEntry, ProbeReport } from '../../../src/model/probe/report.ts'
import type { LabCluster, NodeName } from '../../lab/cluster/cluster.ts'
import { faultOf } from './faults.ts'
import { goneFrom } from './made.ts'
import type { From, Scene, Way } from './round-model.ts'

export interface Verdict {
  /** What probe says, and cannot be so. */
  wrong: string[]
  /** Connections that the fault kills, and those of them whose place of death probe says that it does not know. */
  killed: number
  unplaced: number
  made: number
  /** Entries that connections were made to, each from each place. */
  probes: number
}

export function holdAgainst(report: ProbeReport, scene: Scene, lab: LabCluster): Verdict {
  const verdict: Verdict = { wrong: [], killed: 0, unplaced: 0, made: 0, probes: 0 }
  const all = report.findings.filter(({ code }) => code === 'SVP606')
  verdict.wrong.push(...all.map(({ message }) => `SVP606: ${message}`))
  for (const place of report.places) {
    if (place.failure !== null) verdict.wrong.push(`no connection was made: ${place.failure}`)
    const from = scene.places.find(({ node, pod }) => place.name === (pod ? `shop/${pod.name}` : node))!
    for (const entry of place.entries) holdEntry(entry, from, scene, lab, verdict)
  }
  return verdict
}

function holdEntry(entry: ProbedEntry, from: From, scene: Scene, lab: LabCluster, verdict: Verdict): void {
  const { dies } = faultOf(scene.fault)
  const endOf = (address: string) => {
    const way = wayTo(address, entry, from, lab)
    return [dies(way, scene) ?? [], bypass(way, scene)].flat()
  }
  verdict.made += entry.made
  verdict.probes++
  const name = `${from.pod?.name ?? from.node} to ${entry.kind} ${entry.address}:${entry.port} at ${entry.node}`
  for (const { fate, endpoint, result } of entry.connections) {
    if (endpoint === null) continue
    const [end] = endOf(addressIn(endpoint))
    if (fate === 'through' && end) verdict.wrong.push(`${name}: ${result} through ${endpoint}, which ends at ${end}`)
  }
  // Of a connection without an entry nobody knows which endpoint it would have got.
  const known = [...entry.endpoints.map(({ address }) => address), scene.target.address, goneFrom(scene)]
  const anyEnd = new Set(known.flatMap(endOf))
  for (const death of entry.deaths) {
    const ends = death.endpoint === null ? [...anyEnd] : endOf(addressIn(death.endpoint))
    if (ends.length > 0) verdict.killed += death.count
    if (death.kind === 'unplaced') verdict.unplaced += ends.length > 0 ? death.count : 0
    else if (!ends.includes(placeOf(death)))
      verdict.wrong.push(
        `${name}: ${death.count} ${death.result} to ${death.endpoint}: ${placeOf(death)} (${death.reason}), not ${ends.join(' or ') || 'anything'}`,
      )
  }
}

/**
 * What dies without a fault, too: with externalTrafficPolicy Local nothing masquerades what a pod sends to the node port of another node, so the answer of an
 * endpoint elsewhere goes straight to the pod. Where the pod itself is the endpoint kube-proxy's iptables mode masquerades; in nftables mode the pod gets a packet
 * from its own address, which it drops.
 */
function bypass({ entry, by, home, from, address }: Way, { isLocal, dialect }: Scene): string[] {
  if (!isLocal || entry.kind !== 'nodePort' || from.pod === null || by === from.node || home === by) return []
  if (address !== from.pod.address) return [`answer ${by}`, `answer ${home} ${by}`]
  return dialect === 'nft' ? [`silent ${home}`] : []
}

function wayTo(address: string, { kind, address: entry, node }: ProbedEntry, from: From, lab: LabCluster): Way {
  const pod = [...lab.pods('shop', ''), ...lab.pods('kube-system', '')].find((one) =>
    [one.address, one.address6].includes(address),
  )
  const [, number] = /^(?:10\.244\.|fd00:10:244:)(\d)/.exec(address) ?? []
  const home = (pod?.node ?? `n${number}`) as NodeName
  return { from, entry: { kind, address: entry }, by: node as NodeName, address, home }
}

const placeOf = ({ kind, node, towards }: Deaths): string => [kind, node, towards].filter(Boolean).join(' ')

/** `10.244.1.4` of `10.244.1.4:8080`, `fd00::1` of `[fd00::1]:8080`. */
const addressIn = (endpoint: string): string => endpoint.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
