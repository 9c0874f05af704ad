import { chooseServices, type WantedServices } from '../ask/check-services.ts'
import { findAll } from '../diagnose/diagnose.ts'
import { isConverged } from '../diagnose/drift.ts'
import type { CheckedService, CheckReport, Goal } from '../model/check.ts'
import type { Service } from '../model/cluster.ts'
import type { Finding } from '../model/finding.ts'
import type { Observation } from '../model/observation.ts'
import { countEndpoints, type NodePath, type Reason } from '../model/report.ts'
import { tracePath, traceService } from '../trace/trace.ts'
import { type Exception, exceptionText, isExcepted } from './exceptions.ts'
import { MigrationDraft } from './migration.ts'
import { missingServices } from './missing.ts'
import { judge, type Rules, worst } from './outcome.ts'
import { programmingOf } from './programming.ts'
import { SharedFindings } from './shared.ts'

export interface CheckOptions extends Rules {
  /** Only these nodes; empty for all. */
  nodes: readonly string[]
  /** Findings that are neither told nor counted. */
  ignored: readonly Exception[]
  /** Judge the DNS leg of each, too: for those that were named. */
  dns: boolean
  /** The mode of the proxy that is asked about. */
  goal?: Goal
  /** Say of each node how many endpoints it leads to. */
  perNode?: boolean
  /** What real connections showed, by `namespace/name`. */
  probed?: ReadonlyMap<string, { findings: readonly Finding[]; unknowns: readonly Reason[] }>
  /** The services to be judged of those that are meant; left out: all. */
  only?: (service: Service) => boolean
  /** Does the work on a service, and may measure it. */
  timed?: <T>(service: string, work: () => T) => T
}

/** Judges the services that are meant. A name that no service has is one that failed: what did not come with a deploy is no slip of the pen. */
export function checkChosen(
  observation: Observation,
  wanted: WantedServices,
  namespace: string | null,
  options: CheckOptions,
): CheckReport {
  const services = chooseServices(observation, wanted, namespace).filter(options.only ?? (() => true))
  const report = checkServices(observation, services, options)
  const missing = missingServices(observation, wanted, namespace)
  const notes = [
    ...observation.problems.map(({ file, line, message }) => `${file}${line === null ? '' : `:${line}`}: ${message}`),
    ...(report.notes ?? []),
  ]
  return {
    ...report,
    outcome: worst([...missing, ...report.services].map(({ outcome }) => outcome)),
    services: [...report.services, ...missing],
    ...(notes.length > 0 ? { notes } : {}),
  }
}

/** Judges each service. Of each no more is kept than what is told, so that thousands fit into memory. */
export function checkServices(
  observation: Observation,
  services: readonly Service[],
  options: CheckOptions,
): CheckReport {
  const sorted = [...services].sort((a, b) => order(a.namespace, b.namespace) || order(a.name, b.name))
  const { goal } = options
  const migration = goal && new MigrationDraft(observation, goal)
  const modes = new Map<string, Set<string>>()
  const excepted = new Map<Exception, Set<string>>()
  const shared = new SharedFindings()
  const { timed = (_, work) => work() } = options
  const gathered = { migration, modes, excepted }
  const checked = sorted.map((service) => {
    const work = () => checkService(observation, service, options, gathered)
    const one = timed(`${service.namespace}/${service.name}`, work)
    releaseRules(observation)
    return { ...one, findings: shared.of(one.findings) }
  })
  const notes = [
    ...[...modes].map(([what, nodes]) => `${[...nodes].join(', ')}: ${what}`),
    ...[...excepted].flatMap(([one, names]) => exceptedText(one, [...names])),
  ]
  const { observedAt, source, origin } = observation
  return {
    ...({ apiVersion: 'svcpath/v1alpha1', kind: 'CheckReport' } as const),
    ...{ observedAt, source, origin, failOn: options.failOn, ignored: options.ignored.map(exceptionText) },
    outcome: worst(checked.map(({ outcome }) => outcome)),
    services: checked,
    ...(migration ? { migration: migration.finish() } : {}),
    ...(notes.length > 0 ? { notes } : {}),
  }
}

/** The rules of a service's own chains are asked for by no other. */
export function releaseRules({ nodes }: Observation): void {
  for (const { rulesets } of nodes) for (const { tables } of rulesets) for (const table of tables) table.release?.()
}

/** What is gathered about nodes and exceptions, whichever service shows it. */
interface Gathered {
  migration: MigrationDraft | undefined
  /** What there is to know of a mode, and the nodes that have it. */
  modes: Map<string, Set<string>>
  /** The exceptions that were made use of, and for which services. */
  excepted: Map<Exception, Set<string>>
}

function checkService(
  observation: Observation,
  service: Service,
  options: CheckOptions,
  { migration, modes, excepted }: Gathered,
): CheckedService {
  const trace = options.dns ? traceService : tracePath
  const path = trace(observation, service, { from: null, nodes: options.nodes, port: null })
  const probed = options.probed?.get(`${service.namespace}/${service.name}`)
  const all = [...findAll(observation, service, path, options.goal), ...(probed?.findings ?? [])]
  const { report, findings, unknowns, outcome } = judge(path, service, all, {
    ...options,
    isIgnored: (one) => isIgnored(one, service, options.ignored, excepted),
    unknowns: probed?.unknowns,
  })
  migration?.add(path, all)
  for (const node of path.nodes) noteMode(node, modes)
  const { ready, total } = countEndpoints(report)
  return {
    namespace: service.namespace,
    name: service.name,
    type: service.headless ? 'Headless' : (service.type ?? '?'),
    outcome,
    ...{ verdict: report.verdict, ready, endpoints: total },
    converged: report.nodes.filter(isConverged).length,
    nodes: report.nodes.length,
    ...(options.perNode ? { programming: report.nodes.flatMap((node) => programmingOf(node) ?? []) } : {}),
    ...{ findings, unknowns },
  }
}

/** Is there an exception for it? `excepted` keeps for whom. */
export function isIgnored(
  finding: Finding,
  { namespace, name }: Pick<Service, 'namespace' | 'name'>,
  ignored: readonly Exception[],
  excepted: Gathered['excepted'],
): boolean {
  const exception = ignored.find((one) => isExcepted(one, finding, { namespace, name }))
  if (!exception) return false
  excepted.set(exception, (excepted.get(exception) ?? new Set()).add(`${namespace}/${name}`))
  return true
}

/** What stands in a file is hidden to whoever reads the answer. What was given on the command line is not. */
function exceptedText({ code, said }: Exception, names: readonly string[]): string[] {
  if (!said) return []
  const who = names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ')
  const end = said.until === null ? '' : ` until ${said.until}`
  return [`${code} of ${who} is ignored${end}: ${said.reason} (${said.file})`]
}

/** What there is to know of a node's mode is told once for all nodes that have it. */
function noteMode({ name, mode, modeNote }: NodePath, modes: Gathered['modes']): void {
  if (modeNote === undefined) return
  const what = `mode ${mode}, ${modeNote}`
  const nodes = modes.get(what) ?? new Set()
  modes.set(what, nodes.add(name))
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
