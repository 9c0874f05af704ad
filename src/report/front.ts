import { readFrom } from '../ask/choose.ts'
import { diagnose } from '../diagnose/diagnose.ts'
import { diagnoseFront } from '../diagnose/front/diagnose.ts'
import type { ParentCase } from '../front/attach.ts'
import { type FrontCase, frontCase, type RuleCase } from '../front/case.ts'
import { notesOf } from '../front/notes.ts'
import type { TargetCase } from '../front/targets.ts'
import { ruleText } from '../front/words.ts'
import type { Service } from '../model/cluster.ts'
import type { FrontQuery } from '../model/front/query.ts'
import type { FrontRule, FrontServer, FrontTarget, FrontWay, RouteReport } from '../model/front/report.ts'
import type { Observation } from '../model/observation.ts'
import type { Reason, ServiceSummary, Verdict } from '../model/report.ts'
import { traceService } from '../trace/trace.ts'

/** What is asked of an Ingress, HTTPRoute or Gateway. */
export interface FrontQuestion {
  query: FrontQuery
  /** Where the query names none; null: any. */
  namespace: string | null
  /** `--from`; null: the usual clients. */
  from: string | null
  /** Only these nodes; empty for all. */
  nodes: readonly string[]
}

/** The rules with the way of each Service that they lead to, and what is wrong before it. Throws where there is no such object. */
export function routeReport(observation: Observation, question: FrontQuestion): RouteReport {
  const seen = frontCase(observation, question.query, question.namespace)
  const ways = waysOf(seen, question)
  const rules = seen.rules.map((rule) => ruleOf(seen, rule, ways))
  const findings = diagnoseFront(seen)
  const reasons = reasonsOf(seen, rules)
  const byRules = together(rules.map(({ verdict }) => verdict))
  const all = byRules === 'reachable' && reasons.length > 0 ? 'unknown' : byRules
  const isWrong = findings.some(({ severity }) => severity === 'error')
  return {
    ...{ apiVersion: 'svcpath/v1alpha1', kind: 'RouteReport' },
    ...{ observedAt: observation.observedAt, source: observation.source, origin: observation.origin },
    subject: seen.subject,
    verdict: isWrong && all !== 'broken' ? 'degraded' : all,
    reasons,
    servers: serversOf(seen),
    rules,
    ways: [...ways.values()],
    findings,
    notes: notesOf(seen),
  }
}

/** One for each Service and port that requests are sent to, in the order of the rules. */
function waysOf({ observation, rules }: FrontCase, { from, nodes }: FrontQuestion): Map<string, FrontWay> {
  const ways = new Map<string, FrontWay>()
  for (const target of rules.flatMap(({ targets }) => targets)) {
    const key = wayKey(target)
    const { service, port } = target
    if (key === null || service === null || port === null || ways.has(key)) continue
    const options = {
      from: from === null ? null : readFrom(observation, from, service.namespace),
      ...{ nodes, port: `${port.port}/${port.protocol.toLowerCase()}` },
    }
    const own = insideOnly(service)
    const report = diagnose(observation, own, traceService(observation, own, options))
    ways.set(key, { key, report: { ...report, service: asWritten(report.service, service) } })
  }
  return ways
}

/** A controller is a client inside the cluster: what is wrong with node ports and load balancers of its Service does not concern it. */
const insideOnly = (service: Service): Service => {
  const { healthCheckNodePort, ...others } = service
  return {
    ...others,
    ports: service.ports.map((one) => ({ ...one, nodePort: null })),
    ...{ externalIPs: [], loadBalancerIPs: [], loadBalancerHostnames: [], externalTrafficPolicy: null },
  }
}

const asWritten = (summary: ServiceSummary, { ports, externalTrafficPolicy }: Service): ServiceSummary => ({
  ...summary,
  ports: summary.ports.map((one, i) => ({ ...one, nodePort: ports[i]!.nodePort })),
  externalTrafficPolicy,
})

/** `shop/web:80`; null where it leads to no port that is known. */
const wayKey = ({ service, port }: TargetCase): string | null =>
  service && port ? `${service.namespace}/${service.name}:${port.port}` : null

function ruleOf({ subject }: FrontCase, rule: RuleCase, ways: ReadonlyMap<string, FrontWay>): FrontRule {
  const { route, hosts, matches, filters } = rule
  const targets = rule.targets.map((one) => targetOf(one, ways))
  const place =
    route && subject.kind === 'Gateway' ? { namespace: route.route.namespace, name: route.route.name } : null
  return { ...{ route: place, hosts, matches, filters, targets }, ...verdictOf(rule, targets) }
}

/** A route that no parent takes leads nowhere, whatever its backends are. */
function verdictOf(
  { route, filters }: RuleCase,
  targets: readonly FrontTarget[],
): Pick<FrontRule, 'verdict' | 'reason'> {
  const parents = route?.parents ?? []
  const entry = route === null ? null : entryOf(parents)
  if (entry?.verdict === 'broken') return entry
  const used = targets.filter(({ share }) => share > 0)
  const answered = filters.find(({ type }) => type === 'RequestRedirect')
  const behind: Pick<FrontRule, 'verdict' | 'reason'> =
    used.length > 0
      ? { verdict: together(used.map(({ verdict }) => verdict)), reason: null }
      : answered
        ? { verdict: 'reachable', reason: null }
        : { verdict: 'unknown', reason: 'no backend gets requests: what is answered is up to the controller' }
  if (entry === null || entry.verdict === 'reachable') return behind
  return behind.verdict === 'reachable' ? entry : behind
}

/** Of several parts: broken only where all of them are, for what is not known may be well. */
function together(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length > 0 && verdicts.every((one) => one === 'broken')) return 'broken'
  if (verdicts.some((one) => one === 'broken' || one === 'degraded')) return 'degraded'
  return verdicts.length === 0 || verdicts.includes('unknown') ? 'unknown' : 'reachable'
}

/** How requests come to the rules of a route: reachable where one parent takes it. */
function entryOf(parents: readonly ParentCase[]): Pick<FrontRule, 'verdict' | 'reason'> {
  const [first] = parents
  // A Gateway may take routes that ask for a default one, which is experimental and not read.
  if (first === undefined)
    return { verdict: 'unknown', reason: 'the route names no parent: only a default Gateway would take it' }
  if (parents.some(({ leads }) => leads === 'yes')) return { verdict: 'reachable', reason: null }
  const open = parents.find(({ leads }) => leads === 'unknown')
  return open ? { verdict: 'unknown', reason: open.why } : { verdict: 'broken', reason: first.why }
}

const STATES: Readonly<Record<FrontTarget['state'], Verdict>> = {
  found: 'unknown',
  noService: 'broken',
  noPort: 'broken',
  notGranted: 'broken',
  notJudged: 'unknown',
  unknown: 'unknown',
}

function targetOf(target: TargetCase, ways: ReadonlyMap<string, FrontWay>): FrontTarget {
  const { ref, share, mirror, state, reason } = target
  const key = wayKey(target)
  const way = key === null ? undefined : ways.get(key)
  return {
    ...{ kind: ref.kind, namespace: ref.namespace, name: ref.name, port: ref.port, weight: ref.weight },
    ...{ share, mirror, state, reason },
    verdict: state === 'found' ? (way?.report.verdict ?? 'unknown') : STATES[state],
    way: way?.key ?? null,
  }
}

/** What is not known of it as a whole, and each rule that does not lead, by a sentence. What its Services lack is in their own reports. */
function reasonsOf(seen: FrontCase, rules: readonly FrontRule[]): Reason[] {
  const reason = (verdict: Verdict, message: string): Reason => ({
    ...{ verdict, node: null, subject: null, message, evidence: [] },
  })
  const { ingress, ingressClass, subject } = seen
  const isClaimed = (ingress?.addresses.length ?? 0) > 0
  const unserved =
    ingress && !isClaimed && (ingress.className === null || ingressClass.presence === 'absent')
      ? [reason('unknown', 'no controller is known to serve this Ingress')]
      : []
  const empty = rules.length === 0 ? [reason('unknown', emptyText(subject.kind))] : []
  const told = rules.flatMap((rule) => [
    ...(rule.reason === null ? [] : [reason(rule.verdict, `${ruleText(rule)}: ${rule.reason}`)]),
    ...rule.targets
      .filter(({ state, share }) => (state === 'unknown' || state === 'notJudged') && share > 0)
      .map((one) => ({ ...reason('unknown', `${ruleText(rule)}: ${one.reason}`), ...toldBy(seen, one) })),
  ])
  return [...new Map([...unserved, ...empty, ...told].map((one) => [one.message, one])).values()]
}

/** A target port in a port's place is a finding, too. */
const toldBy = ({ rules }: FrontCase, { namespace, name, port }: FrontTarget): Pick<Reason, 'finding'> =>
  rules.some(({ targets }) =>
    targets.some(
      ({ ref, meant }) => meant !== null && ref.namespace === namespace && ref.name === name && ref.port === port,
    ),
  )
    ? { finding: 'SVP901' }
    : {}

const emptyText = (kind: string): string =>
  kind === 'Gateway' ? 'no HTTPRoute that names this Gateway is known' : `this ${kind} has no rule`

function serversOf({ ingress, ingressClass, gateways }: FrontCase): FrontServer[] {
  if (ingress)
    return [
      {
        gateway: null,
        className: ingress.className,
        controller: ingressClass.object?.controller ?? null,
        addresses: ingress.addresses,
        listeners: [],
      },
    ]
  return gateways.map(({ namespace, name, gateway, gatewayClass }) => ({
    gateway: { namespace, name },
    className: gateway?.className ?? null,
    controller: gatewayClass?.controller ?? null,
    addresses: gateway?.addresses ?? [],
    listeners: (gateway?.listeners ?? []).map(({ name: listener, hostname, port, protocol }) => ({
      ...{ name: listener, hostname, port, protocol },
    })),
  }))
}
