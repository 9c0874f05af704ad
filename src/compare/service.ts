/** One service in two looks. */
import { findAll, untoldCodes, withFindings } from '../diagnose/diagnose.ts'
import type { Service } from '../model/cluster.ts'
import type { Change, DiffOutcome, Incomparable, ServiceDiff, WayChange } from '../model/diff/report.ts'
import type { NodeState } from '../model/node.ts'
import type { Observation } from '../model/observation.ts'
import type { EntryPath, NodePath, PathReport, Verdict } from '../model/report.ts'
import { proxiesOn } from '../proxies/on-node.ts'
import { tracePath, traceService } from '../trace/trace.ts'
import { endpointChanges, isInferred, serviceChanges } from './api-changes.ts'
import { Blame, type Looks } from './blame.ts'
import { type FindingDifferences, findingChanges, type Judged } from './findings.ts'
import { byGuilt, foldChanges, foldUnknowns, foldWay } from './fold.ts'
import { type Concern, nodeChanges } from './node-changes.ts'
import { type RuleDifferences, ruleChanges } from './rules.ts'
import { showsRules, showsService } from './scope.ts'
import { isWorse, wayChanges } from './way.ts'

export interface ComparedService {
  service: ServiceDiff
  /** What belongs to nodes, whichever service shows it. */
  ofNodes: Change[]
  unknownOfNodes: Incomparable[]
}

export class ServiceComparison {
  private readonly looks: Looks
  private readonly nodes: readonly string[]
  private readonly withNames: boolean
  private readonly blame: Blame

  /** `withNames`: the DNS leg, too. */
  constructor(looks: Looks, { nodes, withNames }: { nodes: readonly string[]; withNames: boolean }) {
    this.looks = looks
    this.nodes = nodes
    this.withNames = withNames
    this.blame = new Blame(looks, (observation, service) => this.judged(observation, service))
  }

  compare(old: Service | undefined, now: Service | undefined): ComparedService {
    if (old && now) return this.changed(old, now)
    return this.lone((old ?? now)!, old ? 'after' : 'before')
  }

  /** A service that one side has. */
  private lone(service: Service, missingIn: 'before' | 'after'): ComparedService {
    const { before, after } = this.looks
    const [own, other] = missingIn === 'after' ? [before, after] : [after, before]
    const report = this.judged(own, service)
    const { namespace, name } = service
    const verdict = {
      before: missingIn === 'after' ? report.verdict : null,
      after: missingIn === 'after' ? null : report.verdict,
    }
    const base = { namespace, name, verdict, way: [], appeared: [], vanished: [] }
    if (!showsService(other, service))
      return {
        service: {
          ...{ ...base, presence: 'both', outcome: 'unknown', changes: [] },
          unknowns: [{ nodes: [], what: 'the Service', missingIn }],
        },
        ...{ ofNodes: [], unknownOfNodes: [] },
      }
    const rules = report.nodes.flatMap((path): RuleDifferences[] => {
      const [state, others] = [stateOf(own, path.name), stateOf(other, path.name)]
      if (!state || !others) return []
      const [side, lacking] = [
        { state, path },
        { state: others, path: null },
      ]
      return [missingIn === 'after' ? ruleChanges(side, lacking) : ruleChanges(lacking, side)]
    })
    const worked = report.verdict !== 'broken' && report.verdict !== 'unknown'
    return {
      service: {
        ...{ ...base, presence: missingIn === 'after' ? 'vanished' : 'appeared' },
        outcome: missingIn === 'after' && worked ? 'worse' : 'changed',
        changes: foldChanges(rules.flatMap(({ changes }) => changes)).map((one) => ({ ...one, changesWay: true })),
        unknowns: foldUnknowns(rules.flatMap(({ unknowns }) => unknowns)),
      },
      ...{ ofNodes: [], unknownOfNodes: [] },
    }
  }

  private changed(old: Service, now: Service): ComparedService {
    const { before, after } = this.looks
    const [one, other] = [this.judged(before, old), this.judged(after, now)]
    const pairs = this.pairs(one, other)
    const sameService = isInferred(old) === isInferred(now)
    const sameApi = sameService && one.endpointsKnown === other.endpointsKnown && isApiAlike(this.looks)
    const unlike = new Set(pairs.filter((pair) => !isSeenAlike(pair)).map((pair) => pair.old.state.name))
    const verdictsOn = (node: string) => sameApi && !unlike.has(node)
    const ways = pairs.map(({ old: first, now: second }) =>
      wayChanges(first.path, second.path, {
        before: sameService && isCertain(before, first.state, old),
        after: sameService && isCertain(after, second.state, now),
        verdicts: verdictsOn(first.state.name),
      }),
    )
    const concern = concernOf(one, other)
    const rules = pairs.map((pair) => ruleChanges(pair.old, pair.now))
    const states = pairs.map((pair) => nodeChanges(pair.old.state, pair.now.state, concern(pair.old.state.name)))
    const ofService = [serviceChanges(old, now), endpointChanges(before, after, now), ...rules]
    const mark = (changes: readonly Change[]) => this.blame.marked(changes, old, now, [one, other])
    const findings = findingChanges(judgedBy(before, old, one), judgedBy(after, now, other), verdictsOn)
    const way = [...foldWay(ways.flatMap(({ changes }) => changes)), ...nameChanges(one, other)]
    const unknowns = foldUnknowns([
      ...[...ofService, ...ways, findings].flatMap((part) => part.unknowns),
      ...[...unlike].map((node) => rulesUnknown(this.looks, node)),
      ...verdictUnknown(one, other, way.length + findings.appeared.length + findings.vanished.length > 0),
    ])
    return {
      service: {
        ...{ namespace: now.namespace, name: now.name, presence: 'both', way },
        outcome: outcomeOf(way, findings, unknowns),
        verdict: { before: one.verdict, after: other.verdict },
        changes: byGuilt(foldChanges(mark(ofService.flatMap(({ changes }) => changes)))),
        ...{ appeared: findings.appeared, vanished: findings.vanished, unknowns },
      },
      ofNodes: mark([...rules.flatMap(({ shared }) => shared), ...states.flatMap(({ changes }) => changes)]),
      unknownOfNodes: states.flatMap((part) => part.unknowns),
    }
  }

  private pairs(one: PathReport, other: PathReport): Pair[] {
    return one.nodes.flatMap((path): Pair[] => {
      const twin = other.nodes.find(({ name }) => name === path.name)
      const [old, now] = [stateOf(this.looks.before, path.name), stateOf(this.looks.after, path.name)]
      return twin && old && now ? [{ old: { state: old, path }, now: { state: now, path: twin } }] : []
    })
  }

  private judged(observation: Observation, service: Service): PathReport {
    const trace = this.withNames ? traceService : tracePath
    const nodes = this.nodes.filter((name) => observation.nodes.some((one) => one.name === name))
    const report = trace(observation, service, { from: null, nodes, port: null })
    return withFindings(report, findAll(observation, service, report))
  }
}

interface Pair {
  old: { state: NodeState; path: NodePath }
  now: { state: NodeState; path: NodePath }
}

/** Did both sides list nodes and pods? What is local, and what is masqueraded, rests on them. */
const isApiAlike = ({ before, after }: Looks): boolean =>
  (['nodes', 'pods'] as const).every((kind) => (before.cluster[kind] === null) === (after.cluster[kind] === null))

/** Was as much seen of what serves services on the node? */
const isSeenAlike = ({ old, now }: Pair): boolean =>
  ([4, 6] as const).every((family) => proxiesOn(old.state, family).seen.how === proxiesOn(now.state, family).seen.how)

const stateOf = ({ nodes }: Observation, name: string): NodeState | undefined => nodes.find((one) => one.name === name)

const judgedBy = (observation: Observation, service: Service, report: PathReport): Judged => ({
  report,
  untold: untoldCodes(observation, service, report),
})

/** Does this side show every entry that the service has on a node? */
const isCertain = (observation: Observation, state: NodeState, service: Service): boolean =>
  service.type === null || service.selector === undefined
    ? showsRules(state, service)
    : showsService(observation, service)

/** Addresses and interfaces of the way on either side, node by node. */
function concernOf(one: PathReport, other: PathReport): (node: string) => Concern {
  const paths = [...one.nodes, ...other.nodes]
  const addresses = new Set(
    paths.flatMap(({ entries }) => entries.flatMap((entry) => entry.endpoints.flatMap(({ address }) => address ?? []))),
  )
  const interfaces = Map.groupBy(
    paths.flatMap(({ name, entries }) => entries.flatMap((entry) => interfacesOf(name, entry))),
    ({ node }) => node,
  )
  return (node) => ({ addresses, interfaces: new Set((interfaces.get(node) ?? []).flatMap(({ names }) => names)) })
}

const interfacesOf = (node: string, { endpoints }: EntryPath): { node: string; names: string[] }[] =>
  endpoints.flatMap(({ link: { interface: name, bridge, remote } }) => [
    { node, names: [name, bridge].filter((one) => one !== null) },
    ...(remote ? [{ node: remote.node, names: [remote.interface, remote.bridge].filter((one) => one !== null) }] : []),
  ])

/** What DNS answers is a part of the way, too. */
function nameChanges({ dns: old }: PathReport, { dns: now }: PathReport): WayChange[] {
  // Where one side did not query, its verdict rests on less.
  if (!old || !now || (old.servers === null) !== (now.servers === null)) return []
  if (old.verdict === now.verdict || old.verdict === 'unknown' || now.verdict === 'unknown') return []
  const nothing = { outcome: null, share: null, state: null, fate: null, masquerade: null, link: null, reason: null }
  const state = (verdict: Verdict) => ({ verdict, ...nothing })
  return [
    {
      ...{ nodes: [], entry: null, endpoint: null, pod: null },
      ...{ before: state(old.verdict), after: state(now.verdict), worse: isWorse(old.verdict, now.verdict) },
    },
  ]
}

/** A node whose rules one side does not show whole. */
function rulesUnknown({ before }: Looks, node: string): Incomparable {
  const state = stateOf(before, node)
  const isWhole = state && ([4, 6] as const).some((family) => proxiesOn(state, family).seen.how === 'whole')
  return { nodes: [node], what: 'the rules for services', missingIn: isWhole ? 'after' : 'before' }
}

/** Verdicts that differ for no other reason than that one side shows more. */
function verdictUnknown(one: PathReport, other: PathReport, isExplained: boolean): Incomparable[] {
  const [before, after] = [one.verdict, other.verdict]
  if (before === after || isExplained) return []
  const missingIn = before === 'unknown' ? 'before' : after === 'unknown' ? 'after' : 'both'
  return [{ nodes: [], what: 'the verdict', missingIn }]
}

/** By what both sides show: a verdict also falls where more was seen. */
function outcomeOf(
  way: readonly WayChange[],
  { appeared, vanished }: FindingDifferences,
  unknowns: readonly Incomparable[],
): DiffOutcome {
  if (way.some(({ worse }) => worse) || appeared.some(({ severity }) => severity === 'error')) return 'worse'
  if (way.length > 0 || [...appeared, ...vanished].some(({ severity }) => severity !== 'info')) return 'changed'
  return unknowns.length > 0 ? 'unknown' : 'same'
}
