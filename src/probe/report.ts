/** The report of a probe: predicted beside observed. */
import { joinHostPort } from '../model/address.ts'
import type { Endpoint, Service } from '../model/cluster.ts'
import type { TraceComparison } from '../model/kernel-trace/comparison.ts'
import type { Observation } from '../model/observation.ts'
import type { Deaths, ProbedEndpoint, ProbedEntry, ProbedPlace, ProbeReport } from '../model/probe/report.ts'
import type { Attempted, Place } from '../model/probe/request.ts'
import { readCertificate } from './certificate.ts'
import { chanceOf } from './chance.ts'
import { type Counts, countsOf } from './counted.ts'
import { blindSpotOf } from './death.ts'
import { disagreements } from './disagreement.ts'
import { evidenceOf } from './evidence.ts'
import { hearingOf } from './hearing.ts'
import { type Judged, judge, linesOf } from './judge.ts'
import { comparisonsOf, summaryOf, untold } from './kernel-trace.ts'
import type { ProbePlan, Target } from './plan.ts'
import type { Probed } from './probed.ts'
import { trailOf } from './trail.ts'

export function probeReport(probed: Probed): ProbeReport {
  const { plan, before, after } = probed
  const judged = judgeAll(probed)
  const traces = comparisonsOf(probed)
  const seen = { traces, counts: countsOf(probed, judged) }
  const places = plan.places.map((place) => placeReport(place, judged, probed, seen))
  const entries = places.flatMap((place) => place.entries)
  const sum = (part: 'made' | 'through' | 'failed' | 'unknown') => entries.reduce((total, one) => total + one[part], 0)
  const isComplete = places.every(({ failure }) => failure === null)
  const { namespace, name } = plan.service
  return {
    apiVersion: 'svcpath/v1alpha1',
    kind: 'ProbeReport',
    observedAt: after.observation.observedAt,
    origin: after.observation.origin,
    service: { namespace, name },
    outcome:
      sum('failed') > 0 ? 'failed' : isComplete && sum('unknown') === 0 && sum('made') > 0 ? 'passed' : 'unknown',
    predicted: before.report.verdict,
    ...{ made: sum('made'), through: sum('through'), failed: sum('failed'), unknown: sum('unknown') },
    places,
    findings: [...disagreements(judged, probed, traces), ...before.report.findings],
    notes: [...plan.notes, ...untold(probed)],
  }
}

function judgeAll({ plan, probes, before, after }: Probed): Judged[] {
  const made = new Map([...probes.values()].flatMap(({ attempted }) => attempted.map((one) => [one.id, one])))
  const endpoints = endpointsOf(plan.service, after.observation, plan.endpoints)
  const seen = { ...{ observation: after.observation, service: plan.service, report: after.report }, endpoints }
  const known = { observation: before.observation, evidence: evidenceOf(after.observation, probes) }
  const answering = new Set(plan.attempts.flatMap(({ id, target }) => (made.has(id) ? target.place : [])))
  const trails = plan.attempts.flatMap((attempt) => {
    const one = made.get(attempt.id) ?? (answering.has(attempt.target.place) ? lost(attempt.id) : null)
    return one ? [{ attempt, made: one, trail: trailOf(attempt, one, known) }] : []
  })
  const grounds = {
    ...known,
    endpoints: before.report.endpointsKnown ? endpoints : null,
    hearing: (endpoint: { address: string; port: number }) => hearingOf(seen, endpoint),
    blind: new Set(trails.flatMap((one) => (provesBlind(one) ? (blindSpotOf(one.trail) ?? []) : []))),
  }
  return trails.map((one) => judge(one.attempt, one.made, one.trail, grounds))
}

/** A pod that connects to itself shows nowhere. */
const provesBlind = ({ attempt, made }: Pick<Judged, 'attempt' | 'made'>): boolean =>
  ANSWERED.has(made.result) && !attempt.target.place.addresses.includes(attempt.address)

const ANSWERED: ReadonlySet<Attempted['result']> = new Set(['connected', 'answered'])

/** Its place told of others, and not of this one. */
const lost = (id: number): Attempted => ({
  id,
  result: 'error',
  milliseconds: null,
  sourcePort: null,
  error: null,
  status: null,
  certificate: null,
})

/** Those of both looks: one that came or went in between was an endpoint, too. */
function endpointsOf({ namespace, name }: Service, { cluster }: Observation, before: readonly Endpoint[]): Endpoint[] {
  return [...(cluster.endpointsOf(namespace, name) ?? []), ...before]
}

function placeReport(
  place: Place,
  judged: readonly Judged[],
  { plan, probes, failures }: Probed,
  seen: Beside,
): ProbedPlace {
  const own = judged.filter(({ attempt }) => attempt.target.place === place)
  const index = plan.places.filter(({ node }) => node === place.node).indexOf(place)
  const tool = probes.get(place.node)?.tools.get(index)
  const targets = [...new Set(plan.attempts.flatMap(({ target }) => (target.place === place ? target : [])))]
  const failure =
    tool && 'failure' in tool ? tool.failure : own.length > 0 ? null : (failures.get(place.node) ?? NOTHING)
  return {
    ...{ kind: place.kind, name: place.name, node: place.node },
    tool: tool && 'tool' in tool ? tool.tool : null,
    failure,
    entries: targets.map((target) =>
      entryReport(
        target,
        own.filter(({ attempt }) => attempt.target === target),
        plan,
        seen,
      ),
    ),
  }
}

const NOTHING = 'the node did not say what became of the connections'

/** What is known besides what became of connections. */
interface Beside {
  traces: ReadonlyMap<number, TraceComparison>
  counts: Counts
}

function entryReport(
  target: Target,
  judged: readonly Judged[],
  plan: ProbePlan,
  { traces, counts }: Beside,
): ProbedEntry {
  const { entry, node } = target
  const traced = judged.flatMap(({ attempt }) => traces.get(attempt.id) ?? [])
  const { kind, address, port, protocol, portName, verdict, reason } = entry
  const by = (fate: Judged['fate']) => judged.filter((one) => one.fate === fate)
  const endpoints = endpointsSeen(target, judged, counts)
  const times = timesOf(by('through'))
  return {
    ...{ kind, address, port, protocol, portName, node },
    predicted: { verdict, reason },
    ...{
      made: judged.length,
      through: by('through').length,
      failed: by('failed').length,
      unknown: by('unknown').length,
      counted: counts.entry(target),
    },
    ...times,
    endpoints,
    chance: plan.service.affinitySeconds === null ? spreadOf(endpoints) : null,
    deaths: deathsOf(by('failed')),
    ...answersOf(judged),
    unknowns: [...new Set(judged.flatMap(({ unknown }) => unknown ?? []))],
    ...(traced.length > 0 ? { kernelTrace: summaryOf(traced) } : {}),
    connections: judged.map(({ made, fate, trail: { endpoint } }) => ({
      ...{ sourcePort: made.sourcePort, result: made.result, fate, milliseconds: made.milliseconds },
      ...{ error: made.error, status: made.status },
      endpoint: endpoint && joinHostPort(endpoint.address, endpoint.port),
    })),
  }
}

function answersOf(judged: readonly Judged[]): Pick<ProbedEntry, 'answers' | 'certificates'> {
  const statuses = judged.flatMap(({ made }) => made.status ?? [])
  const shown = new Set(judged.flatMap(({ made }) => made.certificate ?? []))
  return {
    answers: [...Map.groupBy(statuses, (one) => one)].map(([status, all]) => ({ status, count: all.length })),
    certificates: [...shown].flatMap((one) => readCertificate(one) ?? []),
  }
}

/** Every endpoint that the walk or a connection leads to. */
function endpointsSeen(target: Target, judged: readonly Judged[], counts: Counts): ProbedEndpoint[] {
  const walked = target.entry.endpoints
  const led = judged.flatMap((one) => (one.trail.endpoint ? [{ ...one, endpoint: one.trail.endpoint }] : []))
  const others = led.filter(({ endpoint }) => !walked.some((one) => isSame(one, endpoint)))
  const known = walked.filter((one) => one.address !== null && one.port !== null)
  const places = [
    ...known.map(({ address, port, pod, node, state, probability, conditions }) => {
      return { address: address!, port: port!, pod, node, state, due: conditions.length === 0 ? probability : null }
    }),
    ...new Map(others.map(({ endpoint }) => [joinHostPort(endpoint.address, endpoint.port), endpoint]))
      .values()
      .map((endpoint) => ({ ...endpoint, pod: null, node: null, state: 'unknown' as const, due: null })),
  ]
  return places.map((place) => {
    const own = led.filter(({ endpoint }) => isSame(place, endpoint))
    const through = own.filter(({ fate }) => fate === 'through')
    const counted = counts.endpoint(target, place)
    return { ...place, led: own.length, through: through.length, counted, ...timesOf(through) }
  })
}

const isSame = (a: { address: string | null; port: number | null }, b: { address: string; port: number }): boolean =>
  a.address === b.address && a.port === b.port

function timesOf(judged: readonly Judged[]): { median: number | null; worst: number | null } {
  const times = judged.flatMap(({ made }) => made.milliseconds ?? []).sort((a, b) => a - b)
  return { median: times[Math.floor((times.length - 1) / 2)] ?? null, worst: times.at(-1) ?? null }
}

/** Where all shares are known and something was led anywhere. */
function spreadOf(endpoints: readonly ProbedEndpoint[]): number | null {
  const due = endpoints.filter((one) => (one.due ?? 0) > 0)
  const dealt = due.reduce((sum, one) => sum + one.due!, 0)
  const isKnown = endpoints.every((one) => one.due !== null && (one.due > 0 || one.led === 0))
  if (!isKnown || Math.abs(dealt - 1) > 1e-6) return null
  return chanceOf(
    due.map(({ led }) => led),
    due.map((one) => one.due!),
  )
}

/** Those that died alike, together. */
function deathsOf(failed: readonly Judged[]): Deaths[] {
  const groups = Map.groupBy(failed, ({ death, made, trail }) =>
    JSON.stringify([death!.kind, death!.node, death!.towards, death!.reason, made.result, trail.endpoint]),
  )
  return [...groups.values()].map((group) => {
    const { death, made, trail } = group[0]!
    const endpoint = trail.endpoint && joinHostPort(trail.endpoint.address, trail.endpoint.port)
    return { ...death!, result: made.result, endpoint, count: group.length, evidence: linesOf(group[0]!) }
  })
}
