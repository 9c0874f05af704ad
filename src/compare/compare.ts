/** Two looks at a cluster, held against each other. */
import { lookUp } from '../ask/choose.ts'
import { allServices } from '../ask/find.ts'
import type { Service } from '../model/cluster.ts'
import type { DiffOutcome, DiffReport, DiffSide, Incomparable, ServiceDiff } from '../model/diff/report.ts'
import { NoServiceError } from '../model/errors.ts'
import type { Observation } from '../model/observation.ts'
import type { Looks } from './blame.ts'
import { withoutCounters } from './counterless.ts'
import { byGuilt, foldChanges, foldUnknowns } from './fold.ts'
import { nodePresence, versionsOf } from './nodes.ts'
import { showsService } from './scope.ts'
import { ServiceComparison } from './service.ts'

export interface DiffQuestion {
  /** As a person writes it; null: all. */
  service: string | null
  /** Null: any. */
  namespace: string | null
  /** Only these nodes; empty for all. */
  nodes: readonly string[]
}

/** What changed, as far as both show it. Throws where neither has the service that was named. */
export function compareLooks(before: Observation, after: Observation, question: DiffQuestion): DiffReport {
  const looks = { before: withoutCounters(before), after: withoutCounters(after) }
  const named = question.service === null ? null : namedService(looks, question.service, question.namespace)
  const comparison = new ServiceComparison(looks, { nodes: question.nodes, withNames: named !== null })
  const found = named === null ? servicesOf(looks, question.namespace) : [servicesNamed(looks, named)]
  const diffs = found.map(({ old, now }) => comparison.compare(old, now))
  const nodes = nodePresence(looks, question.nodes)
  const own = [...nodes.changes, ...versionsOf(looks, nodes.both), ...diffs.flatMap(({ ofNodes }) => ofNodes)]
  const changes = byGuilt(foldChanges(own))
  const services = diffs
    .map(({ service }) => service)
    .filter(isTold)
    .sort(byOutcome)
  const unknowns = foldUnknowns([...nodes.unknowns, ...diffs.flatMap((one) => one.unknownOfNodes)])
  return {
    ...({ apiVersion: 'svcpath/v1alpha1', kind: 'DiffReport' } as const),
    ...{ before: sideOf(before), after: sideOf(after) },
    asked: named && `${named.namespace}/${named.name}`,
    outcome: outcomeOf(services, unknowns),
    compared: found.length,
    ...{ services, changes, unknowns },
  }
}

interface Pair {
  old: Service | undefined
  now: Service | undefined
}

/** The service that is meant: by the one look, or where it is not there by the other. */
function namedService({ before, after }: Looks, text: string, namespace: string | null): Service {
  const found = lookUp(before, text, namespace)
  if ('service' in found) return found.service
  const later = lookUp(after, text, namespace)
  if ('service' in later) return later.service
  const near = [...new Set([...found.missing.near, ...later.missing.near])].slice(0, 5)
  throw new NoServiceError(
    `neither BEFORE nor AFTER has a service ${text}${namespace ? ` in the namespace ${namespace}` : ''}`,
    {
      hint: near.length > 0 ? `did you mean ${near.join(', ')}?` : 'leave the name out to compare all services',
    },
  )
}

function servicesNamed({ before, after }: Looks, service: Service): Pair {
  return { old: serviceIn(before, service), now: serviceIn(after, service) }
}

/** The service of the same name. Where the API's list is whole, rules that were left behind are no service. */
function serviceIn(observation: Observation, service: Service): Service | undefined {
  const { namespace, name } = service
  const isListed = observation.source !== 'rules' && observation.cluster.services !== null
  if (isListed && showsService(observation, service))
    return observation.cluster.services?.find((one) => one.namespace === namespace && one.name === name)
  const found = lookUp(observation, `${namespace}/${name}`, null)
  return 'service' in found ? found.service : undefined
}

function servicesOf({ before, after }: Looks, namespace: string | null): Pair[] {
  const byName = (observation: Observation) =>
    new Map(
      allServices(observation)
        .filter((one) => namespace === null || one.namespace === namespace)
        .map((one) => [`${one.namespace}/${one.name}`, one]),
    )
  const [old, now] = [byName(before), byName(after)]
  return [...new Set([...old.keys(), ...now.keys()])].sort().map((key) => ({ old: old.get(key), now: now.get(key) }))
}

const sideOf = ({ origin, source, observedAt }: Observation): DiffSide => ({ origin, source, observedAt })

const isTold = ({ presence, way, changes, appeared, vanished, unknowns, verdict }: ServiceDiff): boolean =>
  presence !== 'both' ||
  verdict.before !== verdict.after ||
  [way, changes, appeared, vanished, unknowns].some((list) => list.length > 0)

const ORDER: readonly DiffOutcome[] = ['worse', 'changed', 'unknown', 'same']

const byOutcome = (a: ServiceDiff, b: ServiceDiff): number => ORDER.indexOf(a.outcome) - ORDER.indexOf(b.outcome)

function outcomeOf(services: readonly ServiceDiff[], unknowns: readonly Incomparable[]): DiffOutcome {
  const outcomes = [...services.map(({ outcome }) => outcome), ...(unknowns.length > 0 ? ['unknown' as const] : [])]
  return ORDER.find((one) => outcomes.includes(one)) ?? 'same'
}
