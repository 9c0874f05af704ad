/** SVP606: what the walk predicted, and the kernel did otherwise. */
import { entryOf } from '../diagnose/catalogue.ts'
import { joinHostPort } from '../model/address.ts'
import type { Finding } from '../model/finding.ts'
import type { TraceComparison } from '../model/kernel-trace/comparison.ts'
import type { EntryPath } from '../model/report.ts'
import { sh } from '../model/shell.ts'
import { pathTo } from './death.ts'
import { type Judged, linesOf } from './judge.ts'
import { type Target, targetsOf } from './plan.ts'
import type { Probed } from './probed.ts'

const CODE = 'SVP606'

/** One for each place and entry. Where the walk was not sure, or the way changed meanwhile, none. */
export function disagreements(
  judged: readonly Judged[],
  probed: Probed,
  traces: ReadonlyMap<number, TraceComparison> = new Map(),
): Finding[] {
  const byTarget = Map.groupBy(judged, ({ attempt }) => attempt.target)
  return [...byTarget].flatMap(([target, own]) => {
    const against = own.flatMap((one) => {
      const traced = traces.get(one.attempt.id)
      const words = traced?.outcome === 'different' ? traced.reason : contradiction(one, target.entry)
      return words ? [{ one, words }] : []
    })
    if (against.length === 0 || hasChanged(target, probed)) return []
    return [finding(target, own.length, against, probed)]
  })
}

/** What the walk says, and what this connection did against it; null where the two fit. */
function contradiction({ fate, death, trail, attempt: { target } }: Judged, entry: EntryPath): string | null {
  if (entry.verdict === 'unknown' || entry.conditions.length > 0) return null
  const { endpoint } = trail
  const path = pathTo(entry, endpoint)
  if (fate === 'through') {
    if (entry.outcome !== 'dnat' && entry.kind !== 'podIP' && entry.verdict === 'broken')
      return endpoint ? 'the walk leads these connections nowhere, and they got through' : null
    if (endpoint && (!path || path.probability === 0) && entry.kind !== 'podIP')
      return `the walk leads no connection to ${joinHostPort(endpoint.address, endpoint.port)}, and connections got there`
    const isStopped = path && (path.fate === 'drop' || path.fate === 'reject') && path.conditions.length === 0
    // What the walk says of packets behind the handshake, and of answers that go past the translator, does not show while connecting.
    return isStopped && path.stop?.ends !== 'strays'
      ? `the walk says that ${path.reason ?? 'these connections are stopped'}, and they got through`
      : null
  }
  if (death?.by !== 'conntrack' || entry.outcome !== 'dnat') return null
  const led = path && (path.fate === 'forwarded' || path.fate === 'delivered')
  if (death.kind === 'translation')
    return 'the walk leads these connections to endpoints, and the kernel did not translate them'
  if (death.kind === 'stale' && !path) return 'the walk leads these connections to other endpoints'
  // What was walked begins at the node that leads: of another one that the client is on it says nothing.
  if (target.place.node !== target.node) return null
  // The rules in the client's own namespace nobody reads.
  if (death.kind === 'node' && target.place.kind === 'node')
    return 'the walk says that these connections leave the node, and they did not'
  if (death.kind === 'answer' && death.towards === null && led)
    return 'the walk says that the answers come back, and they did not'
  return null
}

/** The way is not what it was before the probe. */
function hasChanged({ place, node, entry }: Target, { plan, after }: Probed): boolean {
  const now = targetsOf(after.observation, plan.service, place, null).find(
    (one) =>
      one.node === node &&
      one.entry.address === entry.address &&
      one.entry.port === entry.port &&
      one.entry.protocol === entry.protocol,
  )
  return now === undefined || wayOf(now.entry) !== wayOf(entry)
}

const wayOf = ({ outcome, verdict, endpoints }: EntryPath): string =>
  JSON.stringify([
    outcome,
    verdict,
    endpoints.map(({ address, port, fate, probability }) => [address, port, fate, probability.toFixed(6)]).sort(),
  ])

function finding(
  target: Target,
  made: number,
  against: readonly { one: Judged; words: string }[],
  { plan }: Probed,
): Finding {
  const { place, entry, node } = target
  const { name, severity } = entryOf(CODE)!
  const { namespace, name: service } = plan.service
  const from = place.kind === 'pod' ? `pod ${place.name}` : `node ${place.name}`
  const subject = joinHostPort(entry.address, entry.port)
  return {
    ...{ code: CODE, name, severity, node, subject },
    message: `${against.length} of ${made} connections from ${from} to ${subject} did not do what the rules of ${node} say: ${against[0]!.words}`,
    ...{ clients: [], who: [], consequences: [], leadsTo: [] },
    evidence: [
      ...linesOf(against[0]!.one),
      ...entry.rules
        .filter(({ does }) => does === 'translate' || does === 'stop')
        .slice(0, 2)
        .map(({ node, command, file, line, text }) => ({ node, command, file, line, text })),
    ],
    fix: `${sh`kubectl svcpath capture ${service} -n ${namespace} --redact -o svcpath-report.tgz`}  # one of the two is wrong: please report it with this file and the output of probe -o json`,
  }
}
