import { type GatewayCase, isCurrent } from '../../front/attach.ts'
import type { FrontCase, RouteCase } from '../../front/case.ts'
import { presenceOf } from '../../front/known.ts'
import type { Condition } from '../../model/front/objects.ts'
import type { TargetState } from '../../model/front/report.ts'
import { conditionText, evidence, type FrontAnalyzer, type FrontDraft, getCommand } from './analyzer.ts'
import { listenersInUse } from './listeners.ts'
import { isUnmatched } from './no-listener-matches.ts'

/** What a controller says is wrong, and no other finding says why. */
export const routeNotAccepted: FrontAnalyzer = {
  code: 'SVP902',
  find: (seen) => {
    const since = Date.parse(seen.observation.observedAt ?? '')
    return [
      ...seen.routes.flatMap((one) => ofRoute(seen, one, since)),
      ...seen.gateways.flatMap((one) => ofGateway(one, since)),
      ...ofListeners(seen, since),
    ]
  },
}

const MISSING: readonly TargetState[] = ['noService', 'noPort']

/** By which states of what a rule leads to a reason of ResolvedRefs is told; of other reasons by any that is wrong. */
const TELLS: Readonly<Record<string, readonly TargetState[]>> = {
  BackendNotFound: MISSING,
  RefNotPermitted: ['notGranted'],
  InvalidKind: [],
  UnsupportedProtocol: [],
}

/** Where a listener does not fit, or a backend is missing, the condition is that finding's proof. */
function ofRoute({ rules }: FrontCase, seen: RouteCase, now: number): FrontDraft[] {
  const { route, parents } = seen
  const states = new Set(
    rules.filter((rule) => rule.route?.route === route).flatMap(({ targets }) => targets.map(({ state }) => state)),
  )
  const isTold = ({ reason }: Condition): boolean =>
    (TELLS[reason] ?? ([...MISSING, 'notGranted'] as const)).some((state) => states.has(state))
  return parents.flatMap((parent) => {
    const { ref, conditions } = parent
    const own = conditions.filter(
      (one) => !(one.type === 'Accepted' && isUnmatched(parent)) && !(one.type === 'ResolvedRefs' && isTold(one)),
    )
    const place = {
      kind: 'HTTPRoute',
      ...route,
      of: `HTTPRoute ${route.namespace}/${route.name} at ${ref.kind} ${ref.namespace}/${ref.name}`,
    }
    return draftsOf(own, place, now)
  })
}

function ofGateway({ gateway, gatewayClass }: GatewayCase, now: number): FrontDraft[] {
  if (gateway === null) return []
  const ofClass = gatewayClass
    ? draftsOf(
        gatewayClass.conditions.filter(({ type, status }) => type === 'Accepted' && status === 'False'),
        { ...gatewayClass, kind: 'GatewayClass', of: `GatewayClass ${gatewayClass.name}` },
        now,
      )
    : []
  // A class that nobody has claimed is told by itself.
  const isWaiting = gatewayClass?.conditions.some(({ type, status }) => type === 'Accepted' && status === 'Unknown')
  const own = gateway.conditions.filter(({ status }) => !(status === 'Unknown' && isWaiting))
  return [
    ...ofClass,
    ...draftsOf(own, { ...gateway, kind: 'Gateway', of: `Gateway ${gateway.namespace}/${gateway.name}` }, now),
  ]
}

const ofListeners = (seen: FrontCase, now: number): FrontDraft[] =>
  listenersInUse(seen).flatMap(({ at, listener, conditions }) => {
    const noSecret = listener.certificates.some(
      ({ namespace, name }) => presenceOf(seen.front, 'Secret', namespace, name) === 'absent',
    )
    const own = conditions.filter(({ type }) => !(type === 'ResolvedRefs' && noSecret))
    const of = `listener ${listener.name} of Gateway ${at.namespace}/${at.name}`
    return draftsOf(own, { ...at.gateway!, kind: 'Gateway', of }, now)
  })

interface Place {
  kind: string
  namespace: string
  name: string
  createdAt: string | null
  generation: number | null
  of: string
}

const WORDS: Readonly<Record<string, string>> = {
  Accepted: 'is not accepted',
  Programmed: 'is not programmed',
  ResolvedRefs: 'refers to what is missing or not allowed',
  Conflicted: 'conflicts with another listener',
  PartiallyInvalid: 'is not valid in part',
}

/** Conditions that are good when they are False. */
const INVERSE = new Set(['Conflicted', 'PartiallyInvalid'])

/** Traffic often flows all the same, by an address that the controller does not know of (envoyproxy/gateway issue 8953). */
const MILD = new Set(['Pending', 'AddressNotAssigned'])

/** A controller needs a moment. */
const PATIENCE_MS = 60_000

function draftsOf(conditions: readonly Condition[], place: Place, now: number): FrontDraft[] {
  const young = now - Date.parse(place.createdAt ?? '') < PATIENCE_MS
  return conditions.flatMap((one) => {
    const words = WORDS[one.type]
    const bad = one.status === (INVERSE.has(one.type) ? 'True' : 'False')
    const open = one.status === 'Unknown' && !young
    if (words === undefined || (!bad && !open)) return []
    const current = isCurrent(one, place.generation)
    const doubt = current ? '' : ', as its controller says of an older version'
    return {
      subject: `${place.of} ${one.type}`,
      message: open
        ? `${place.of}: its controller has not decided about ${one.type} (${one.reason})`
        : `${place.of} ${words}${doubt}: ${one.reason}${one.message ? ` (${one.message})` : ''}`,
      ...(open || !current || MILD.has(one.reason) || one.type === 'PartiallyInvalid'
        ? { severity: 'warning' as const }
        : {}),
      evidence: [evidence(getCommand(place.kind, place), conditionText(one))],
      fix: `${getCommand(place.kind, place)}  # change what the reason ${one.reason} names`,
    }
  })
}
